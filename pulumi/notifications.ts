// The queue that says which dumps are new. The bucket is somebody else's: what it notifies of is set by its owner, as a
// resource for it would replace whatever is set there (docs/deploy.md, Following the bucket).

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./config";
import type { Statement } from "./role";
import type { Site } from "./site";

interface NotificationsArgs {
  site: Site;
  source: Settings["source"];
  /** The account of the bucket. */
  sourceAccount: string | undefined;
  way: "queue" | "eventbridge";
  /** Receives events that EventBridge could not send. */
  deadLettersArn: pulumi.Output<string>;
}

const days14 = 14 * 24 * 3600;

export class Notifications extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly url: pulumi.Output<string>;
  /** Where messages go that could not be dealt with ten times. */
  readonly deadName: pulumi.Output<string>;
  /** What following it takes. */
  readonly statements: Statement[];

  constructor(
    private readonly id: string,
    private readonly args: NotificationsArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:queue:Notifications", id, {}, opts);
    const dead = new aws.sqs.Queue(
      `${id}-dead`,
      { name: `${id}-dead`, sqsManagedSseEnabled: true, messageRetentionSeconds: days14 },
      { parent: this },
    );
    const queue = new aws.sqs.Queue(
      id,
      {
        name: id,
        sqsManagedSseEnabled: true,
        messageRetentionSeconds: days14,
        // A follower that works for longer says so in time; one that vanished is replaced after this.
        visibilityTimeoutSeconds: 300,
        redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 10 }),
      },
      { parent: this },
    );
    new aws.sqs.RedriveAllowPolicy(
      id,
      {
        queueUrl: dead.url,
        redriveAllowPolicy: pulumi.jsonStringify({
          redrivePermission: "byQueue",
          sourceQueueArns: [queue.arn],
        }),
      },
      { parent: this },
    );
    new aws.sqs.QueuePolicy(
      id,
      {
        queueUrl: queue.url,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Action: "sqs:SendMessage",
              Resource: queue.arn,
              ...(args.way === "queue" ? this.bucket() : this.rule(queue.arn)),
            },
          ],
        }),
      },
      { parent: this },
    );
    this.arn = queue.arn;
    this.name = queue.name;
    this.url = queue.url;
    this.deadName = dead.name;
    this.statements = [
      {
        Effect: "Allow",
        Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
        Resource: queue.arn,
      },
    ];
    this.registerOutputs({ arn: this.arn });
  }

  /** S3 may send, for this bucket. Its name says nothing of whose it is: hence the account. */
  private bucket(): Record<string, unknown> {
    const { site, source, sourceAccount } = this.args;
    return {
      Principal: { Service: "s3.amazonaws.com" },
      Condition: {
        ArnEquals: { "aws:SourceArn": pulumi.interpolate`arn:${site.partition}:s3:::${source.bucket}` },
        StringEquals: { "aws:SourceAccount": sourceAccount ?? site.account },
      },
    };
  }

  /** A rule that sends what is new under the prefix, and may. */
  private rule(queueArn: pulumi.Output<string>): Record<string, unknown> {
    const { source, deadLettersArn } = this.args;
    const rule = new aws.cloudwatch.EventRule(
      this.id,
      {
        name: this.id,
        description: "a new dump; the queue of this name gets it",
        eventPattern: JSON.stringify({
          source: ["aws.s3"],
          "detail-type": ["Object Created", "Object Restore Completed"],
          detail: {
            bucket: { name: [source.bucket] },
            ...(source.prefix !== "" && { object: { key: [{ prefix: source.prefix }] } }),
          },
        }),
      },
      { parent: this },
    );
    new aws.cloudwatch.EventTarget(
      this.id,
      { rule: rule.name, arn: queueArn, deadLetterConfig: { arn: deadLettersArn } },
      { parent: this },
    );
    return {
      Principal: { Service: "events.amazonaws.com" },
      Condition: { ArnEquals: { "aws:SourceArn": rule.arn } },
    };
  }
}
