// VPC endpoints: AWS' own services, reached from the private subnets without leaving AWS.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./config";
import type { Site } from "./site";

/** What a task needs to start: its image, its logs, its secret. */
const services = ["ecr.api", "ecr.dkr", "logs", "secretsmanager"];

/** A bucket of the stack, and what is done with it from inside. */
export interface ReachedBucket {
  sid: string;
  arn: pulumi.Output<string>;
  actions: string[];
}

interface EndpointsArgs {
  site: Site;
  vpcId: pulumi.Output<string>;
  /** Of the subnets whose traffic to S3 is to stay within AWS. */
  routeTableIds: pulumi.Output<string>[];
  source: Settings["source"];
  buckets: ReachedBucket[];
  /** What tasks call beside that. */
  services: string[];
  /** Subnets of interface endpoints; without any, there are none. */
  interfaceSubnetIds: pulumi.Output<string>[];
}

export class Endpoints extends pulumi.ComponentResource {
  private readonly s3: aws.ec2.VpcEndpoint;
  private readonly group: aws.ec2.SecurityGroup | undefined;

  constructor(name: string, args: EndpointsArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:network:Endpoints", name, {}, opts);
    const { vpcId } = args;
    this.s3 = new aws.ec2.VpcEndpoint(
      `${name}-s3`,
      {
        vpcId,
        vpcEndpointType: "Gateway",
        serviceName: this.serviceName("s3", "Gateway"),
        routeTableIds: args.routeTableIds,
        policy: s3Policy(args),
        tags: { Name: `${name}-s3` },
      },
      { parent: this },
    );
    if (args.interfaceSubnetIds.length > 0) {
      const group = new aws.ec2.SecurityGroup(
        name,
        { vpcId, description: `${name}: in from what runs here`, tags: { Name: name } },
        { parent: this },
      );
      this.group = group;
      for (const service of [...services, ...args.services]) {
        const id = `${name}-${service.replace(".", "-")}`;
        new aws.ec2.VpcEndpoint(
          id,
          {
            vpcId,
            vpcEndpointType: "Interface",
            serviceName: this.serviceName(service, "Interface"),
            subnetIds: args.interfaceSubnetIds,
            securityGroupIds: [group.id],
            privateDnsEnabled: true,
            tags: { Name: id },
          },
          { parent: this },
        );
      }
    }
    this.registerOutputs({ s3: this.s3.id });
  }

  /** Lets what carries this security group use the endpoints. */
  openTo(id: string, group: aws.ec2.SecurityGroup): void {
    const tls = { ipProtocol: "tcp", fromPort: 443, toPort: 443 };
    new aws.vpc.SecurityGroupEgressRule(
      `${id}-to-s3`,
      { securityGroupId: group.id, description: "S3", prefixListId: this.s3.prefixListId, ...tls },
      { parent: this },
    );
    if (this.group) {
      new aws.vpc.SecurityGroupEgressRule(
        `${id}-to-endpoints`,
        {
          securityGroupId: group.id,
          description: "AWS services",
          referencedSecurityGroupId: this.group.id,
          ...tls,
        },
        { parent: this },
      );
      new aws.vpc.SecurityGroupIngressRule(
        `${id}-at-endpoints`,
        { securityGroupId: this.group.id, description: id, referencedSecurityGroupId: group.id, ...tls },
        { parent: this },
      );
    }
  }

  /** Looked up, as partitions name them differently. */
  private serviceName(service: string, serviceType: string): pulumi.Output<string> {
    return aws.ec2.getVpcEndpointServiceOutput({ service, serviceType }, { parent: this }).serviceName;
  }
}

/**
 * What can be reached through this endpoint, and no other bucket: the dumps and where ECR keeps images, to read, and the stack's own.
 */
function s3Policy({ site, source: { bucket, anonymous }, buckets }: EndpointsArgs): pulumi.Output<string> {
  const arn = (resource: string) => pulumi.interpolate`arn:${site.partition}:s3:::${resource}`;
  const ours = { StringEquals: { "aws:PrincipalAccount": site.account } };
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Dumps",
        Effect: "Allow",
        Principal: "*",
        Action: ["s3:ListBucket", "s3:GetObject"],
        Resource: [arn(bucket), arn(`${bucket}/*`)],
        // An unsigned request is nobody's, and would never meet this.
        ...(!anonymous && { Condition: ours }),
      },
      ...buckets.map(({ sid, arn, actions }) => ({
        Sid: sid,
        Effect: "Allow",
        Principal: "*",
        Action: actions,
        Resource: [arn, pulumi.interpolate`${arn}/*`],
        Condition: ours,
      })),
      {
        // ECR hands out signed links of its own to this bucket; AWS documents its name.
        Sid: "ImageLayers",
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: arn(`prod-${site.region}-starport-layer-bucket/*`),
      },
    ],
  });
}
