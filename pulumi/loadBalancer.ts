// The way to the servers: TLS ends here, and what is not for everybody is turned away.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { AccessLogs } from "./accessLogs";
import type { Network } from "./network";
import type { Site } from "./site";

/** Where servers listen. */
export const port = 8080;

/** For operators and for senders of batches. Everything else of the API is for reading. */
const guarded = ["/metrics", "/rates/batches", "/rates/batches/*"];

interface LoadBalancerArgs {
  site: Site;
  network: Network;
  /** Addresses of the network. */
  cidr: string;
  reach: "internal" | "public";
  certificateArn: string;
  allowedNetworks: string[];
  logDays: number;
  protect: boolean;
}

/** What alarms and scaling count by. */
export interface Counted {
  loadBalancer: pulumi.Output<string>;
  targetGroup: pulumi.Output<string>;
}

export class LoadBalancer extends pulumi.ComponentResource {
  readonly dnsName: pulumi.Output<string>;
  readonly targetGroupArn: pulumi.Output<string>;
  readonly counted: Counted;
  /** Resolves once requests are forwarded, which a service waits for. */
  readonly listening: pulumi.Resource;
  private readonly group: aws.ec2.SecurityGroup;

  constructor(
    private readonly name: string,
    private readonly args: LoadBalancerArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:balancer:LoadBalancer", name, {}, opts);
    const { site, network, reach, protect } = args;
    const logs = new AccessLogs(`${name}-logs`, { site, days: args.logDays, protect }, { parent: this });
    this.group = new aws.ec2.SecurityGroup(
      name,
      { vpcId: network.vpcId, description: `${name}: out to servers only`, tags: { Name: name } },
      { parent: this },
    );
    this.letIn();
    const balancer = new aws.lb.LoadBalancer(
      name,
      {
        name: site.prefix,
        loadBalancerType: "application",
        internal: reach === "internal",
        subnets: network.balancerSubnetIds,
        securityGroups: [this.group.id],
        dropInvalidHeaderFields: true,
        // Less than the 75 s after which a server closes idle connections.
        idleTimeout: 60,
        enableDeletionProtection: protect,
        accessLogs: { bucket: logs.bucket, enabled: true },
      },
      { parent: this, dependsOn: logs.open },
    );
    const targets = new aws.lb.TargetGroup(
      name,
      {
        // A replaced one is made before its predecessor goes, so the name must be new; it has room for six letters.
        namePrefix: "serve-",
        vpcId: network.vpcId,
        targetType: "ip",
        protocol: "HTTP",
        port,
        // Longer than the longest answers: 120 s for a batch to arrive, and 30 for its locks.
        deregistrationDelay: 150,
        healthCheck: {
          path: "/readyz",
          matcher: "200",
          interval: 15,
          timeout: 5,
          healthyThreshold: 2,
          // In a failover of the database no server is ready. ECS replaces those that are unhealthy, so 150 s have to pass.
          unhealthyThreshold: 10,
        },
      },
      { parent: this },
    );
    const listener = new aws.lb.Listener(
      `${name}-https`,
      {
        loadBalancerArn: balancer.arn,
        port: 443,
        protocol: "HTTPS",
        sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
        certificateArn: args.certificateArn,
        defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
      },
      { parent: this },
    );
    new aws.lb.Listener(
      `${name}-http`,
      {
        loadBalancerArn: balancer.arn,
        port: 80,
        protocol: "HTTP",
        defaultActions: [
          { type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } },
        ],
      },
      { parent: this },
    );
    this.guard(listener, targets);
    this.dnsName = balancer.dnsName;
    this.targetGroupArn = targets.arn;
    this.counted = { loadBalancer: balancer.arnSuffix, targetGroup: targets.arnSuffix };
    this.listening = listener;
    this.registerOutputs({ dnsName: this.dnsName });
  }

  /** Lets requests through to what carries this security group. */
  openTo(id: string, servers: aws.ec2.SecurityGroup): void {
    const http = { ipProtocol: "tcp", fromPort: port, toPort: port };
    new aws.vpc.SecurityGroupEgressRule(
      `${this.name}-to-${id}`,
      { securityGroupId: this.group.id, description: id, referencedSecurityGroupId: servers.id, ...http },
      { parent: this },
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${id}-from-balancer`,
      {
        securityGroupId: servers.id,
        description: "load balancer",
        referencedSecurityGroupId: this.group.id,
        ...http,
      },
      { parent: this },
    );
  }

  private letIn(): void {
    const { reach, cidr, allowedNetworks } = this.args;
    const networks =
      reach === "public"
        ? [{ id: "world", block: "0.0.0.0/0" }]
        : [cidr, ...allowedNetworks.filter((network) => network !== cidr)].map((block) => ({
            id: block.replaceAll(/\W/g, "-"),
            block,
          }));
    for (const { id, block } of networks) {
      for (const port of [80, 443]) {
        new aws.vpc.SecurityGroupIngressRule(
          // The rule no-open-security-group knows the one of the world by this name.
          `${this.name}-${port}-from-${id}`,
          {
            securityGroupId: this.group.id,
            description: "clients",
            cidrIpv4: block,
            ipProtocol: "tcp",
            fromPort: port,
            toPort: port,
          },
          { parent: this },
        );
      }
    }
  }

  /** A rule has five values at most, and a network takes one beside the paths: so each has a rule. */
  private guard(listener: aws.lb.Listener, targets: aws.lb.TargetGroup): void {
    const paths = { pathPattern: { values: guarded } };
    this.args.allowedNetworks.forEach((network, index) => {
      new aws.lb.ListenerRule(
        `${this.name}-allow-${network.replaceAll(/\W/g, "-")}`,
        {
          listenerArn: listener.arn,
          priority: index + 1,
          conditions: [paths, { sourceIp: { values: [network] } }],
          actions: [{ type: "forward", targetGroupArn: targets.arn }],
        },
        { parent: this },
      );
    });
    new aws.lb.ListenerRule(
      `${this.name}-refuse`,
      {
        listenerArn: listener.arn,
        priority: 100,
        conditions: [paths],
        actions: [
          {
            type: "fixed-response",
            fixedResponse: {
              statusCode: "403",
              contentType: "text/plain",
              messageBody: "not from this network",
            },
          },
        ],
      },
      { parent: this },
    );
  }
}
