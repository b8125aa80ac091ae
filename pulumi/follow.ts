// Lands dumps as the queue tells of them. The hourly import stays: it lands what nothing told of.

import * as pulumi from "@pulumi/pulumi";
import type { Network } from "./network";
import type { Notifications } from "./notifications";
import { Service } from "./service";
import type { Tasks } from "./tasks";

interface FollowArgs {
  network: Network;
  tasks: Tasks;
  notifications: Notifications;
  image: string;
}

export class Follow extends pulumi.ComponentResource {
  readonly service: Service;

  constructor(name: string, args: FollowArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:service:Follow", name, {}, opts);
    const { network, tasks, notifications } = args;
    const definition = tasks.define("follow", args.image, ["follow"], {
      cpu: 256,
      memory: 512,
      // One is enough for a core that it has a quarter of, and each takes a connection.
      environment: { LANDFALL_QUEUE: notifications.url, LANDFALL_JOBS: "1" },
      role: tasks.role("follow", [...tasks.readSource, ...notifications.statements]),
    });
    this.service = new Service(
      name,
      {
        network,
        tasks,
        definition,
        securityGroupId: tasks.securityGroupId,
        // One that fails is replaced within a minute or two, and the queue waits.
        count: 1,
        scaled: false,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
