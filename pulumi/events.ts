// Application events: from the queue to the bucket all the time, from there to the database every five minutes, and drawn every
// two hours. Once a day, what those loads may have left out follows.

import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Consume } from "./consume";
import { EventQueue } from "./eventQueue";
import type { Network } from "./network";
import { charts, type RawBucket } from "./rawBucket";
import type { Service } from "./service";
import type { Site } from "./site";
import type { Tasks } from "./tasks";

interface EventsArgs {
  site: Site;
  network: Network;
  tasks: Tasks;
  raw: RawBucket;
  /** Nothing runs without one. */
  image: string | undefined;
  protect: boolean;
}

/** What is scheduled. */
export interface EventTasks {
  /** Of the last days, so that it lists no more objects however many there are in all. */
  load: aws.ecs.TaskDefinition;
  /** Of whatever there is. */
  loadAll: aws.ecs.TaskDefinition;
  chart: aws.ecs.TaskDefinition;
  /** Their roles. */
  roleArns: pulumi.Output<string>[];
}

export class Events extends pulumi.ComponentResource {
  readonly queue: EventQueue;
  readonly consumers: Service | undefined;
  readonly scheduled: EventTasks | undefined;

  constructor(name: string, args: EventsArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:events:Events", name, {}, opts);
    const { site, network, tasks, raw, image, protect } = args;
    this.queue = new EventQueue(name, { protect }, { parent: this });
    if (image !== undefined) {
      this.consumers = new Consume(
        `${site.prefix}-consume`,
        { network, tasks, queue: this.queue, raw, image },
        { parent: this },
      ).service;
      this.scheduled = schedule(site, tasks, raw, image);
    }
    this.registerOutputs({});
  }
}

function schedule({ region }: Site, tasks: Tasks, raw: RawBucket, image: string): EventTasks {
  const small = { cpu: 256, memory: 512 };
  const loader = tasks.role("load", raw.load);
  const artist = tasks.role("chart", raw.draw);
  const picture = pulumi.interpolate`s3://${raw.bucket}/${charts}events-%Y%m%dT%H%MZ.svg`;
  const loading = {
    ...small,
    // One is enough for a core that it has a quarter of, and each takes a connection.
    environment: { LANDFALL_JOBS: "1" },
    source: { bucket: raw.bucket, prefix: "", region, anonymous: false },
    role: loader,
  };
  return {
    // Consumers name an object by the day on which it is written: one of an earlier day than that is none of theirs.
    load: tasks.define("load", image, ["import", "--since", "2d"], loading),
    loadAll: tasks.define("load-all", image, ["import"], loading),
    chart: tasks.define("chart", image, ["chart", "events", "--output", picture], {
      ...small,
      source: "none",
      role: artist,
    }),
    roleArns: [loader.arn, artist.arn],
  };
}
