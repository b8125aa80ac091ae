// Reports to the topic that a service cannot be brought to a version, or cannot keep its tasks running. A single task that
// ends says nothing: ECS starts another one.

import * as pulumi from "@pulumi/pulumi";
import { EventMail } from "./eventMail";
import type { Site } from "./site";

interface ServiceEventsArgs {
  site: Site;
  clusterName: pulumi.Output<string>;
  topicArn: pulumi.Output<string>;
  deadLettersArn: pulumi.Output<string>;
}

const events = [
  {
    id: "deployment-failed",
    type: "ECS Deployment State Change",
    event: "SERVICE_DEPLOYMENT_FAILED",
    problem: "a service's new version did not start, and ECS went back to the one before if there was one",
    remedy: "see docs/deploy.md, When a service does not start",
  },
  {
    id: "impaired",
    type: "ECS Service Action",
    event: "SERVICE_TASK_START_IMPAIRED",
    problem: "tasks of a service end again and again",
    remedy: "see docs/deploy.md, When a service does not start",
  },
  {
    id: "not-placed",
    type: "ECS Service Action",
    event: "SERVICE_TASK_PLACEMENT_FAILURE",
    problem: "AWS has no place for a task of a service",
    remedy: "it is tried again; if it lasts, see docs/deploy.md, When a service does not start",
  },
];

export class ServiceEvents extends pulumi.ComponentResource {
  constructor(name: string, args: ServiceEventsArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:alarms:ServiceEvents", name, {}, opts);
    const { site, clusterName, topicArn, deadLettersArn } = args;
    const services = pulumi.interpolate`arn:${site.partition}:ecs:${site.region}:${site.account}:service/${clusterName}/`;
    for (const { id, type, event, problem, remedy } of events) {
      new EventMail(
        `${name}-${id}`,
        {
          site,
          rule: `${site.prefix}-service-${id}`,
          pattern: pulumi.jsonStringify({
            source: ["aws.ecs"],
            "detail-type": [type],
            resources: [{ prefix: services }],
            detail: { eventName: [event] },
          }),
          problem,
          remedy,
          subject: { service: "$.resources[0]" },
          topicArn,
          deadLettersArn,
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
