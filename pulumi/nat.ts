// One NAT gateway: connections go out through it, none come in.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

interface NatArgs {
  vpcId: pulumi.Output<string>;
  zone: string;
  /** Addresses of the public subnet, which has only the gateway. */
  cidr: string;
  privateRouteTableId: pulumi.Output<string>;
}

export class Nat extends pulumi.ComponentResource {
  constructor(name: string, args: NatArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:network:Nat", name, {}, opts);
    const { vpcId } = args;
    const tags = { Name: name };
    const internet = new aws.ec2.InternetGateway(name, { vpcId, tags }, { parent: this });
    const subnet = new aws.ec2.Subnet(
      name,
      { vpcId, availabilityZone: args.zone, cidrBlock: args.cidr, mapPublicIpOnLaunch: false, tags },
      { parent: this },
    );
    const routes = new aws.ec2.RouteTable(`${name}-public`, { vpcId, tags }, { parent: this });
    new aws.ec2.RouteTableAssociation(
      name,
      { subnetId: subnet.id, routeTableId: routes.id },
      { parent: this },
    );
    const toInternet = new aws.ec2.Route(
      `${name}-public`,
      { routeTableId: routes.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: internet.id },
      { parent: this },
    );
    const address = new aws.ec2.Eip(name, { domain: "vpc", tags }, { parent: this, dependsOn: internet });
    const gateway = new aws.ec2.NatGateway(
      name,
      { subnetId: subnet.id, allocationId: address.id, tags },
      { parent: this, dependsOn: toInternet },
    );
    new aws.ec2.Route(
      `${name}-private`,
      {
        routeTableId: args.privateRouteTableId,
        destinationCidrBlock: "0.0.0.0/0",
        natGatewayId: gateway.id,
      },
      { parent: this },
    );
    this.registerOutputs({ publicIp: address.publicIp });
  }
}
