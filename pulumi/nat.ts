// One NAT gateway: connections go out through it, none come in.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { PublicSubnets } from "./publicSubnets";

interface NatArgs {
  /** It stands in the first of these. */
  outside: PublicSubnets;
  privateRouteTableId: pulumi.Output<string>;
}

export class Nat extends pulumi.ComponentResource {
  constructor(name: string, args: NatArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:network:Nat", name, {}, opts);
    const tags = { Name: name };
    const { outside } = args;
    const address = new aws.ec2.Eip(
      name,
      { domain: "vpc", tags },
      { parent: this, dependsOn: outside.connected },
    );
    const gateway = new aws.ec2.NatGateway(
      name,
      { subnetId: outside.ids[0], allocationId: address.id, tags },
      { parent: this },
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
