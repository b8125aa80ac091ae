// A mail in plain sentences, for those who wait for what a task makes and do not operate it.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Site } from "./site";
import { notEndedWell, pattern } from "./taskEvents";

interface FailureMailArgs {
  site: Site;
  clusterArn: pulumi.Output<string>;
  definition: aws.ecs.TaskDefinition;
  logGroupName: pulumi.Output<string>;
  /** The task's name, after that of the stack. */
  task: string;
  /** What failed. */
  what: string;
  /** What it means, and what is to be done: a sentence a line. */
  advice: string[];
  topicArn: pulumi.Output<string>;
  /** Receives events that could not be sent. */
  deadLettersArn: pulumi.Output<string>;
}

export class FailureMail extends pulumi.ComponentResource {
  constructor(name: string, args: FailureMailArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:alarms:FailureMail", name, {}, opts);
    const { site, task, what } = args;
    const rule = new aws.cloudwatch.EventRule(
      name,
      {
        name: `${site.prefix}-${task}-failed`,
        description: `${what} failed`,
        eventPattern: pattern(args.clusterArn, {
          group: [pulumi.interpolate`family:${args.definition.family}`],
          ...notEndedWell,
        }),
      },
      { parent: this },
    );
    const lines = pulumi
      .all([logs(args), site.account])
      .apply(([link, account]) => [
        `${what} failed.`,
        "",
        "When: <time> (UTC)",
        `Where: stack ${site.prefix}, account ${account}, region ${site.region}`,
        "Task: <task>",
        "How it ended: <stopCode>",
        "",
        ...args.advice,
        "",
        `Log: ${link}`,
      ]);
    new aws.cloudwatch.EventTarget(
      name,
      {
        rule: rule.name,
        arn: args.topicArn,
        deadLetterConfig: { arn: args.deadLettersArn },
        inputTransformer: {
          // None of these ever has a quotation mark: EventBridge would drop the mail.
          inputPaths: { time: "$.time", task: "$.detail.taskArn", stopCode: "$.detail.stopCode" },
          // A text, not an object: each line stands between quotation marks, in the mail as well.
          inputTemplate: lines.apply((all) => all.map((line) => `"${line}"`).join("\n")),
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** The page of CloudWatch that lists the task's logs, newest first: an event does not have the id that names the log. */
function logs({ site, logGroupName, task }: FailureMailArgs): pulumi.Output<string> {
  // The console takes a path that is encoded twice, with $ for %.
  const encoded = logGroupName.apply((name) => name.replaceAll("/", "$252F"));
  return pulumi.interpolate`https://${site.region}.console.aws.amazon.com/cloudwatch/home?region=${site.region}#logsV2:log-groups/log-group/${encoded}$3FlogStreamNameFilter$3D${task}/`;
}
