// The network: private subnets, a way out to AWS, no way in.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Endpoints } from "./endpoints";
import type { Settings } from "./config";
import type { Logs } from "./logs";
import { Nat } from "./nat";
import { ServiceRole } from "./role";
import type { Site } from "./site";
import { sixteenth } from "./subnets";

interface NetworkArgs {
  site: Site;
  logs: Logs;
  cidr: string;
  zones: string[];
  egress: "endpoints" | "nat";
  availability: "single" | "high";
  /** The bucket that may be read from inside. */
  source: Settings["source"];
}

export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: pulumi.Output<string>[];
  private readonly endpoints: Endpoints;

  constructor(
    private readonly name: string,
    private readonly args: NetworkArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:network:Network", name, {}, opts);
    const { site, cidr, zones, egress, availability, source } = args;
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
      const id = `${name}-private-${zone}`;
      const subnet = new aws.ec2.Subnet(
        id,
        {
          vpcId: vpc.id,
          availabilityZone: `${site.region}${zone}`,
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
    this.subnetIds = subnets.map((subnet) => subnet.id);

    this.endpoints = new Endpoints(
      `${name}-endpoints`,
      {
        site,
        vpcId: vpc.id,
        routeTableId: routes.id,
        source,
        // With a NAT gateway only S3 has an endpoint, which costs nothing.
        interfaceSubnetIds:
          egress === "nat" ? [] : this.subnetIds.slice(0, availability === "high" ? undefined : 1),
      },
      { parent: this },
    );
    if (egress === "nat") {
      new Nat(
        `${name}-nat`,
        {
          vpcId: vpc.id,
          zone: `${site.region}${zones[0] ?? ""}`,
          // The last part: private subnets may become more without moving it.
          cidr: sixteenth(cidr, 15),
          privateRouteTableId: routes.id,
        },
        { parent: this },
      );
    }
    this.logFlows();
    this.registerOutputs({ vpcId: this.vpcId, subnetIds: this.subnetIds });
  }

  /** A security group for something that runs here: out to AWS over TLS, and nothing in. */
  workload(id: string): aws.ec2.SecurityGroup {
    const group = new aws.ec2.SecurityGroup(
      id,
      { vpcId: this.vpcId, description: `${id}: out to AWS only`, tags: { Name: id } },
      { parent: this },
    );
    this.endpoints.openTo(id, group);
    if (this.args.egress === "nat") {
      new aws.vpc.SecurityGroupEgressRule(
        `${id}-to-nat`,
        {
          securityGroupId: group.id,
          description: "AWS through the NAT gateway",
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
            Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            Resource: pulumi.interpolate`${group.arn}:*`,
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
