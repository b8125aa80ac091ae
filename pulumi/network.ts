// The network: private subnets, a way out to AWS, and a way in to a public load balancer alone.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Endpoints, type ReachedBucket } from "./endpoints";
import type { Settings } from "./config";
import type { Logs } from "./logs";
import { Nat } from "./nat";
import { PublicSubnets } from "./publicSubnets";
import { ServiceRole } from "./role";
import type { Site } from "./site";
import { sixteenth } from "./subnets";

interface NetworkArgs {
  site: Site;
  logs: Logs;
  cidr: string;
  /** Their ids. */
  zones: pulumi.Output<string>[];
  egress: Settings["egress"];
  serve: Settings["serve"];
  /** Whether receivers of extracts come from the internet. */
  publicSftp: boolean;
  /** Buckets of the stack that are reached from inside. */
  buckets: ReachedBucket[];
  /** Services that are called from inside, beside those that every task needs. */
  services: string[];
  availability: "single" | "high";
  /** The bucket that may be read from inside. */
  source: Settings["source"];
}

export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** For what is never to have an address of its own. */
  readonly privateSubnetIds: pulumi.Output<string>[];
  /** Where what may be reached from the internet stands; none unless there is such a thing. */
  readonly publicSubnetIds: pulumi.Output<string>[];
  /** Where a load balancer stands. */
  readonly balancerSubnetIds: pulumi.Output<string>[];
  /** Where tasks run, and whether they need a public address there to get out. */
  readonly placement: { subnetIds: pulumi.Output<string>[]; publicAddress: boolean };
  private readonly endpoints: Endpoints;

  constructor(
    private readonly name: string,
    private readonly args: NetworkArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:network:Network", name, {}, opts);
    const { cidr, zones, egress, availability, serve, publicSftp } = args;
    const vpc = new aws.ec2.Vpc(
      name,
      { cidrBlock: cidr, enableDnsSupport: true, enableDnsHostnames: true, tags: { Name: name } },
      { parent: this },
    );
    this.vpcId = vpc.id;
    // Emptied: whatever is started here without a group of its own can reach nothing.
    new aws.ec2.DefaultSecurityGroup(`${name}-default`, { vpcId: vpc.id }, { parent: this });

    const routes = new aws.ec2.RouteTable(
      `${name}-private`,
      { vpcId: vpc.id, tags: { Name: `${name}-private` } },
      { parent: this },
    );
    const subnets = zones.map((zone, index) => {
      const id = `${name}-private-${index + 1}`;
      const subnet = new aws.ec2.Subnet(
        id,
        {
          vpcId: vpc.id,
          availabilityZoneId: zone,
          cidrBlock: sixteenth(cidr, index),
          mapPublicIpOnLaunch: false,
          tags: { Name: id },
        },
        { parent: this },
      );
      new aws.ec2.RouteTableAssociation(
        id,
        { subnetId: subnet.id, routeTableId: routes.id },
        { parent: this },
      );
      return subnet;
    });
    this.privateSubnetIds = subnets.map((subnet) => subnet.id);
    // A NAT gateway stands in one zone, what is reached from the internet or tasks in all.
    const everywhere = egress === "public" || serve === "public" || publicSftp;
    const outside =
      everywhere || egress === "nat"
        ? new PublicSubnets(
            `${name}-public`,
            {
              vpcId: vpc.id,
              // The second half: private subnets may become more without moving these.
              subnets: zones
                .slice(0, everywhere ? undefined : 1)
                .map((zone, index) => ({ zone, cidr: sixteenth(cidr, 8 + index) })),
            },
            { parent: this },
          )
        : undefined;
    this.publicSubnetIds = outside?.ids ?? [];
    this.balancerSubnetIds = serve === "public" ? this.publicSubnetIds : this.privateSubnetIds;
    this.placement =
      egress === "public"
        ? { subnetIds: this.publicSubnetIds, publicAddress: true }
        : { subnetIds: this.privateSubnetIds, publicAddress: false };

    this.endpoints = new Endpoints(
      `${name}-endpoints`,
      {
        site: args.site,
        vpcId: vpc.id,
        routeTableIds: [routes.id, ...(egress === "public" && outside ? [outside.routeTableId] : [])],
        source: args.source,
        buckets: args.buckets,
        services: args.services,
        // With another way out only S3 has an endpoint, which costs nothing.
        interfaceSubnetIds:
          egress === "endpoints"
            ? this.privateSubnetIds.slice(0, availability === "high" ? undefined : 1)
            : [],
      },
      { parent: this },
    );
    if (egress === "nat" && outside) {
      new Nat(`${name}-nat`, { outside, privateRouteTableId: routes.id }, { parent: this });
    }
    this.logFlows();
    this.registerOutputs({ vpcId: this.vpcId, subnetIds: this.privateSubnetIds });
  }

  /** A security group for something that runs here: out to AWS over TLS, and nothing in. */
  workload(id: string): aws.ec2.SecurityGroup {
    const group = new aws.ec2.SecurityGroup(
      id,
      { vpcId: this.vpcId, description: `${id}: out to AWS only`, tags: { Name: id } },
      { parent: this },
    );
    this.endpoints.openTo(id, group);
    if (this.args.egress !== "endpoints") {
      new aws.vpc.SecurityGroupEgressRule(
        `${id}-to-internet`,
        {
          securityGroupId: group.id,
          description: "AWS over the internet",
          cidrIpv4: "0.0.0.0/0",
          ipProtocol: "tcp",
          fromPort: 443,
          toPort: 443,
        },
        { parent: this },
      );
    }
    return group;
  }

  private logFlows(): void {
    const { site, logs } = this.args;
    const group = logs.group("flows");
    const role = new ServiceRole(
      `${this.name}-flows`,
      {
        service: "vpc-flow-logs.amazonaws.com",
        condition: {
          StringEquals: { "aws:SourceAccount": site.account },
          ArnLike: {
            "aws:SourceArn": pulumi.interpolate`arn:${site.partition}:ec2:${site.region}:${site.account}:vpc-flow-log/*`,
          },
        },
        statements: [
          {
            Effect: "Allow",
            Action: [
              "logs:CreateLogGroup",
              "logs:CreateLogStream",
              "logs:PutLogEvents",
              "logs:DescribeLogStreams",
            ],
            Resource: pulumi.interpolate`${group.arn}:*`,
          },
          {
            // Asked of all groups at once: the service looks for the one it was given.
            Effect: "Allow",
            Action: "logs:DescribeLogGroups",
            Resource: pulumi.interpolate`arn:${site.partition}:logs:${site.region}:${site.account}:log-group:*`,
          },
        ],
      },
      { parent: this },
    );
    new aws.ec2.FlowLog(
      `${this.name}-flows`,
      { vpcId: this.vpcId, trafficType: "ALL", logDestination: group.arn, iamRoleArn: role.arn },
      { parent: this, dependsOn: role.granted },
    );
  }
}
