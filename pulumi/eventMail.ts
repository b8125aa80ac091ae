// A rule of EventBridge that mails: what happened, what to do about it, and the event itself.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Site } from "./site";

export interface EventMailArgs {
  site: Site;
  /** The rule's name. */
  rule: string;
  pattern: pulumi.Output<string>;
  problem: string;
  remedy: string;
  /** What it happened to: the name of a field in the mail, and the event's path to its value, which has no quotation marks. */
  subject: Record<string, string>;
  topicArn: pulumi.Output<string>;
  /** Receives events that could not be sent. */
  deadLettersArn: pulumi.Output<string>;
}

export class EventMail extends pulumi.ComponentResource {
  constructor(name: string, args: EventMailArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:alarms:EventMail", name, {}, opts);
    const { site, problem, remedy, subject } = args;
    const rule = new aws.cloudwatch.EventRule(
      name,
      { name: args.rule, description: problem, eventPattern: args.pattern },
      { parent: this },
    );
    new aws.cloudwatch.EventTarget(
      name,
      {
        rule: rule.name,
        arn: args.topicArn,
        deadLetterConfig: { arn: args.deadLettersArn },
        inputTransformer: {
          inputPaths: { ...subject, detail: "$.detail" },
          // EventBridge does not escape a string that it fills in, and drops what is not JSON then: a reason with a
          // quotation mark in it would be no mail. So reasons come as part of an object, which is filled in as JSON.
          inputTemplate: [
            `{"problem": ${JSON.stringify(`${site.prefix}: ${problem}`)}`,
            `"what to do": ${JSON.stringify(remedy)}`,
            ...Object.keys(subject).map((field) => `"${field}": <${field}>`),
            `"details": <detail>}`,
          ].join(",\n"),
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
