// The API as a service: servers in two zones at least, as many as there is work for.

import * as pulumi from "@pulumi/pulumi";
import { readers } from "./connections";
import type { Database } from "./database";
import { port, type LoadBalancer } from "./loadBalancer";
import type { Network } from "./network";
import { scaling } from "./scaling";
import { Service } from "./service";
import type { Tasks } from "./tasks";

/** So that one can fail, or a zone, and another answers. */
const least = 2;

interface ServeArgs {
  network: Network;
  database: Database;
  tasks: Tasks;
  balancer: LoadBalancer;
  image: string;
  apiTokenSecretArn: string | undefined;
  /** Servers at most. */
  most: number;
}

export class Serve extends pulumi.ComponentResource {
  readonly service: Service;

  constructor(name: string, args: ServeArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:service:Serve", name, {}, opts);
    const { network, database, tasks, balancer, apiTokenSecretArn } = args;
    const definition = tasks.define("serve", args.image, ["serve"], {
      cpu: 256,
      memory: 512,
      port,
      environment: {
        LANDFALL_LISTEN: `0.0.0.0:${port}`,
        LANDFALL_READERS: String(readers),
        // ECS takes a task out of the balancer before it stops it, but not one that it did not want to stop, such as on a
        // host that goes; balancers notice within these.
        LANDFALL_DRAIN_PERIOD: "15s",
      },
      secrets: apiTokenSecretArn === undefined ? {} : { LANDFALL_API_TOKEN: apiTokenSecretArn },
      // It asks nothing of AWS.
      role: tasks.role("serve", []),
    });
    const group = network.workload(name);
    database.openTo(name, group);
    balancer.openTo(name, group);
    this.service = new Service(
      name,
      {
        network,
        tasks,
        definition,
        securityGroupId: group.id,
        count: least,
        scaled: true,
        targets: { arn: balancer.targetGroupArn, port, listening: balancer.listening },
      },
      { parent: this },
    );
    this.scale(name, args);
    this.registerOutputs({});
  }

  private scale(name: string, { tasks, balancer, most }: ServeArgs): void {
    const { loadBalancer, targetGroup } = balancer.counted;
    const follow = scaling(name, { tasks, service: this.service, least, most }, this);
    follow("cpu", {
      targetValue: 60,
      predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
    });
    // Requests a minute.
    follow("requests", {
      targetValue: 6000,
      predefinedMetricSpecification: {
        predefinedMetricType: "ALBRequestCountPerTarget",
        resourceLabel: pulumi.interpolate`${loadBalancer}/${targetGroup}`,
      },
    });
  }
}
