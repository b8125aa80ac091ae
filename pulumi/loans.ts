// The monthly extract of loans: it reads an operational database of yours, and writes a file for each bank.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./config";
import type { Database } from "./database";
import type { EncryptedBucket } from "./encryptedBucket";
import type { Network } from "./network";
import type { Scheduled } from "./schedule";
import type { Site } from "./site";
import { connection, type Tasks } from "./tasks";

/** Where the files are in the bucket. */
const folder = "loans";

interface LoansArgs {
  site: Site;
  network: Network;
  /** Landfall's own, which has the ledger. */
  database: Database;
  tasks: Tasks;
  extracts: EncryptedBucket;
  image: string;
  loans: NonNullable<Settings["loans"]>;
}

export class Loans extends pulumi.ComponentResource {
  readonly scheduled: Scheduled;

  constructor(name: string, args: LoansArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:loans:Loans", name, {}, opts);
    const { tasks, extracts, loans, site } = args;
    const start = tasks.startRole("start-loans", [
      { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: loans.secretArn },
      ...(loans.secretKmsKeyArn === undefined
        ? []
        : [
            {
              Effect: "Allow" as const,
              Action: "kms:Decrypt",
              Resource: loans.secretKmsKeyArn,
              Condition: {
                StringEquals: {
                  "kms:ViaService": pulumi.interpolate`secretsmanager.${site.region}.${site.domain}`,
                  "kms:EncryptionContext:SecretARN": loans.secretArn,
                },
              },
            },
          ]),
    ]);
    const role = tasks.role("loans", extracts.putNew(`${folder}/*`));
    const destination = pulumi.interpolate`s3://${extracts.bucket}/${folder}`;
    this.scheduled = {
      definition: tasks.define("loans", args.image, ["extract", "loans", destination], {
        environment: {
          LANDFALL_LOANS_FROM: `${loans.from}?${connection}`,
          ...(loans.map !== undefined && { LANDFALL_LOANS_MAP: loans.map }),
        },
        // ECS reads it at every start: each month has the password of that day.
        secrets: { LANDFALL_LOANS_PASSWORD: `${loans.secretArn}:password::` },
        source: "none",
        role,
        startRole: start,
      }),
      roleArns: [start.arn, role.arn],
      securityGroupId: this.group(name, args).id,
    };
    this.registerOutputs({});
  }

  /** Nothing else of the stack gets to the operational database. */
  private group(name: string, { network, database, loans }: LoansArgs): aws.ec2.SecurityGroup {
    const group = network.workload(name);
    database.openTo(name, group);
    const isGroup = loans.network.includes("sg-");
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-to-source`,
      {
        securityGroupId: group.id,
        description: "operational database",
        ...(isGroup ? { referencedSecurityGroupId: loans.network } : { cidrIpv4: loans.network }),
        ipProtocol: "tcp",
        fromPort: loans.port,
        toPort: loans.port,
      },
      { parent: this },
    );
    return group;
  }
}
