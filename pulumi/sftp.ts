// An SFTP server over the bucket of extracts: each receiver logs in with a key, sees one folder, and can only read.

import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./config";
import type { EncryptedBucket } from "./encryptedBucket";
import type { Logs } from "./logs";
import type { Network } from "./network";
import { ServiceRole, type Statement } from "./role";
import type { Site } from "./site";

interface SftpArgs {
  site: Site;
  network: Network;
  logs: Logs;
  extracts: EncryptedBucket;
  sftp: NonNullable<Settings["sftp"]>;
}

type Receiver = SftpArgs["sftp"]["receivers"][number];

export class Sftp extends pulumi.ComponentResource {
  readonly serverId: pulumi.Output<string>;
  /** Public addresses, for the receivers' firewalls. */
  readonly addresses: pulumi.Output<string>[];

  constructor(
    private readonly name: string,
    private readonly args: SftpArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:sftp:Sftp", name, {}, opts);
    const { network, logs, sftp } = args;
    const isPublic = sftp.endpoint === "public";
    // A server takes up to three addresses, one for each subnet.
    const subnetIds = (isPublic ? network.publicSubnetIds : network.privateSubnetIds).slice(0, 3);
    const addresses = !isPublic
      ? []
      : subnetIds.map((_, index) => {
          const id = `${name}-${index + 1}`;
          return new aws.ec2.Eip(id, { domain: "vpc", tags: { Name: id } }, { parent: this });
        });
    const server = new aws.transfer.Server(
      name,
      {
        protocols: ["SFTP"],
        domain: "S3",
        identityProviderType: "SERVICE_MANAGED",
        securityPolicyName: "TransferSecurityPolicy-2025-03",
        // An endpoint of AWS' own lets the whole world knock; this one has a security group.
        endpointType: "VPC",
        endpointDetails: {
          vpcId: network.vpcId,
          subnetIds,
          securityGroupIds: [this.door().id],
          ...(isPublic && { addressAllocationIds: addresses.map(({ id }) => id) }),
        },
        // These take no role: a logging role is for workflows, and writes to groups that AWS makes, which are kept for ever.
        structuredLogDestinations: [pulumi.interpolate`${logs.group("sftp").arn}:*`],
        tags: { Name: name },
      },
      { parent: this },
    );
    for (const receiver of sftp.receivers) {
      this.let(receiver, server);
    }
    this.serverId = server.id;
    this.addresses = addresses.map(({ publicIp }) => publicIp);
    this.registerOutputs({ serverId: this.serverId });
  }

  /** Lets the receivers' networks in, and nothing out. */
  private door(): aws.ec2.SecurityGroup {
    const { name, args } = this;
    const group = new aws.ec2.SecurityGroup(
      name,
      { vpcId: args.network.vpcId, description: `${name}: in from receivers only`, tags: { Name: name } },
      { parent: this },
    );
    for (const network of args.sftp.networks) {
      new aws.vpc.SecurityGroupIngressRule(
        `${name}-from-${network.replaceAll(/[./]/g, "-")}`,
        {
          securityGroupId: group.id,
          description: "SFTP",
          cidrIpv4: network,
          ipProtocol: "tcp",
          fromPort: 22,
          toPort: 22,
        },
        { parent: this },
      );
    }
    return group;
  }

  private let(receiver: Receiver, server: aws.transfer.Server): void {
    const { site, extracts } = this.args;
    const id = `${this.name}-${receiver.name}`;
    const role = new ServiceRole(
      id,
      {
        service: "transfer.amazonaws.com",
        condition: {
          StringEquals: { "aws:SourceAccount": site.account },
          ArnLike: {
            "aws:SourceArn": pulumi.interpolate`arn:${site.partition}:transfer:${site.region}:${site.account}:user/${server.id}/*`,
          },
        },
        statements: this.readStatements(receiver),
      },
      { parent: this },
    );
    const user = new aws.transfer.User(
      id,
      {
        serverId: server.id,
        userName: receiver.name,
        role: role.arn,
        homeDirectoryType: "LOGICAL",
        // What is above it does not exist for the receiver.
        homeDirectoryMappings: [
          { entry: "/", target: pulumi.interpolate`/${extracts.bucket}/${receiver.prefix}` },
        ],
      },
      { parent: this, dependsOn: role.granted },
    );
    for (const body of receiver.publicKeys) {
      // Named after itself, so that the others stay when one goes.
      const [, key = ""] = body.split(" ");
      new aws.transfer.SshKey(
        `${id}-${createHash("sha256").update(key).digest("hex").slice(0, 8)}`,
        { serverId: server.id, userName: user.userName, body },
        { parent: this },
      );
    }
  }

  private readStatements({ prefix }: Receiver): Statement[] {
    const { extracts } = this.args;
    return [
      { Effect: "Allow", Action: "s3:GetBucketLocation", Resource: extracts.arn },
      {
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: extracts.arn,
        // Both, as AWS documents it: a client asks for the folder, then for what is in it.
        Condition: { StringLike: { "s3:prefix": [prefix, `${prefix}/*`] } },
      },
      { Effect: "Allow", Action: "s3:GetObject", Resource: extracts.under(`${prefix}/*`) },
      extracts.key("kms:Decrypt"),
    ];
  }
}
