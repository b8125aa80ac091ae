// Writes the events of the queue to the bucket of raw events: as many consumers as there is work for.

import * as pulumi from "@pulumi/pulumi";
import type { EventQueue } from "./eventQueue";
import type { Network } from "./network";
import type { RawBucket } from "./rawBucket";
import { scaling } from "./scaling";
import { Service } from "./service";
import type { Tasks } from "./tasks";

/** One that fails is replaced within a minute or two, and the queue waits. */
const least = 1;
/** Bounds what a sender that runs wild costs. */
const most = 10;

interface ConsumeArgs {
  network: Network;
  tasks: Tasks;
  queue: EventQueue;
  raw: RawBucket;
  image: string;
}

export class Consume extends pulumi.ComponentResource {
  readonly service: Service;

  constructor(name: string, args: ConsumeArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:service:Consume", name, {}, opts);
    const { network, tasks, queue, raw } = args;
    const definition = tasks.define("consume", args.image, ["consume"], {
      cpu: 256,
      memory: 512,
      environment: {
        LANDFALL_QUEUE: queue.url,
        LANDFALL_DEAD_LETTER_QUEUE: queue.deadUrl,
        LANDFALL_TO: pulumi.interpolate`s3://${raw.bucket}`,
      },
      source: "none",
      login: "none",
      role: tasks.roleWithoutLogin("consume", [...queue.statements, ...raw.consume]),
    });
    this.service = new Service(
      name,
      {
        network,
        tasks,
        definition,
        // The database does not let this group in.
        securityGroupId: network.workload(name).id,
        count: least,
        scaled: true,
      },
      { parent: this },
    );
    this.scale(name, args);
    this.registerOutputs({});
  }

  private scale(name: string, { tasks, queue }: ConsumeArgs): void {
    const follow = scaling(name, { tasks, service: this.service, least, most }, this);
    const metric = (id: string, metricName: string, stat: string) => ({
      id,
      metricStat: {
        metric: {
          namespace: "AWS/SQS",
          metricName,
          dimensions: [{ name: "QueueName", value: queue.name }],
        },
        stat,
      },
      returnData: false,
    });
    follow("backlog", {
      targetValue: 2,
      customizedMetricSpecification: {
        metrics: [
          // What is in hand is not among them.
          metric("waiting", "ApproximateNumberOfMessagesVisible", "Average"),
          metric("deleted", "NumberOfMessagesDeleted", "Sum"),
          {
            // The backlog of a task by what it does in a minute: the number of tasks cancels out, which ECS counts for nobody
            // without Container Insights. Without work it is 0, and not undefined.
            id: "minutes",
            label: "minutes until the queue is empty, at the pace of now",
            expression: "FILL(waiting, 0) / (FILL(deleted, 0) + 1)",
            returnData: true,
          },
        ],
      },
    });
    // Scaling in needs both: an empty queue says nothing of how many it takes to keep it empty.
    follow("cpu", {
      targetValue: 60,
      predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
    });
  }
}
