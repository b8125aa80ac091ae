// Reports to the topic what happens to the database itself: a failover, a failure, storage that cannot grow.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Topic } from "./topic";

interface DatabaseEventsArgs {
  topic: Topic;
  databaseIdentifier: pulumi.Output<string>;
}

/** RDS' own words. Those of every day, such as `backup`, are left out. */
const categories = [
  "availability",
  "deletion",
  "failover",
  "failure",
  "low storage",
  "maintenance",
  "recovery",
  "restoration",
];

export class DatabaseEvents extends pulumi.ComponentResource {
  constructor(name: string, args: DatabaseEventsArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:alarms:DatabaseEvents", name, {}, opts);
    const { topic, databaseIdentifier } = args;
    new aws.rds.EventSubscription(
      name,
      {
        snsTopic: topic.arn,
        sourceType: "db-instance",
        sourceIds: [databaseIdentifier],
        eventCategories: categories,
      },
      // RDS tries at once whether it may publish.
      { parent: this, dependsOn: topic.open },
    );
    this.registerOutputs({});
  }
}
