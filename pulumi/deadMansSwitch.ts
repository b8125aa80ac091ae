// Mails when nothing has gone well for too long. Alarms on failures are silent where nothing runs at all: a start for which
// Fargate has no capacity, for one, is answered without an error, and leaves neither a task nor an event.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Site } from "./site";
import { exitedWith, pattern } from "./taskEvents";

interface DeadMansSwitchArgs {
  site: Site;
  clusterArn: pulumi.Output<string>;
  topicArn: pulumi.Output<string>;
  /** What is scheduled. */
  definition: aws.ecs.TaskDefinition;
  /** What it is. */
  what: string;
  /** The alarm's name, after that of the stack. */
  alarm: string;
  alarmDescription: string;
  /** Periods without one that ended well, and how many seconds each has. */
  periods: number;
  period: number;
}

export class DeadMansSwitch extends pulumi.ComponentResource {
  constructor(name: string, args: DeadMansSwitchArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:alarms:DeadMansSwitch", name, {}, opts);
    const { site, topicArn } = args;
    const id = `${site.prefix}-${args.alarm}`;
    const rule = new aws.cloudwatch.EventRule(
      name,
      {
        name: id,
        description: `${args.what} ended well; nothing is sent, the alarm of this name counts`,
        eventPattern: pattern(args.clusterArn, {
          group: [pulumi.interpolate`family:${args.definition.family}`],
          // Run by hand with another command, it is none of these.
          overrides: { containerOverrides: { command: [{ exists: false }] } },
          ...exitedWith(0),
        }),
      },
      { parent: this },
    );
    new aws.cloudwatch.MetricAlarm(
      name,
      {
        name: id,
        alarmDescription: args.alarmDescription,
        namespace: "AWS/Events",
        metricName: "TriggeredRules",
        dimensions: { RuleName: rule.name },
        statistic: "Sum",
        comparisonOperator: "LessThanThreshold",
        threshold: 1,
        period: args.period,
        evaluationPeriods: args.periods,
        // A period without an event has no data point.
        treatMissingData: "breaching",
        alarmActions: [topicArn],
        okActions: [topicArn],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
