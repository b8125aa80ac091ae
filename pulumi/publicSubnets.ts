// Subnets with a route to the internet. What stands there without a public address of its own can use it neither way.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

interface PublicSubnetsArgs {
  vpcId: pulumi.Output<string>;
  /** A subnet in each of these zones (ids), with these addresses. */
  subnets: { zone: pulumi.Output<string>; cidr: string }[];
}

export class PublicSubnets extends pulumi.ComponentResource {
  readonly ids: pulumi.Output<string>[];
  readonly routeTableId: pulumi.Output<string>;
  /** Resolves once the route is there. */
  readonly connected: pulumi.Resource;

  constructor(name: string, args: PublicSubnetsArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:network:PublicSubnets", name, {}, opts);
    const { vpcId } = args;
    const tags = { Name: name };
    const internet = new aws.ec2.InternetGateway(name, { vpcId, tags }, { parent: this });
    const routes = new aws.ec2.RouteTable(name, { vpcId, tags }, { parent: this });
    this.routeTableId = routes.id;
    this.connected = new aws.ec2.Route(
      name,
      { routeTableId: routes.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: internet.id },
      { parent: this },
    );
    this.ids = args.subnets.map(({ zone, cidr }, index) => {
      const id = `${name}-${index + 1}`;
      const subnet = new aws.ec2.Subnet(
        id,
        { vpcId, availabilityZoneId: zone, cidrBlock: cidr, mapPublicIpOnLaunch: false, tags: { Name: id } },
        { parent: this },
      );
      new aws.ec2.RouteTableAssociation(
        id,
        { subnetId: subnet.id, routeTableId: routes.id },
        { parent: this },
      );
      return subnet.id;
    });
    this.registerOutputs({ ids: this.ids });
  }
}
