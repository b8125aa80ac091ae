// Receives what could not be delivered: starts of tasks that failed, and events that no mail was made of.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Site } from "./site";

export class DeadLetters extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly url: pulumi.Output<string>;

  constructor(name: string, { site }: { site: Site }, opts: pulumi.ComponentResourceOptions) {
    super("landfall:queue:DeadLetters", name, {}, opts);
    const queue = new aws.sqs.Queue(
      name,
      { name, sqsManagedSseEnabled: true, messageRetentionSeconds: 14 * 24 * 3600 },
      { parent: this },
    );
    new aws.sqs.QueuePolicy(
      name,
      {
        queueUrl: queue.url,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            {
              // EventBridge's rules have no role to send with, as the scheduler has.
              Sid: "Rules",
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sqs:SendMessage",
              Resource: queue.arn,
              Condition: {
                ArnLike: {
                  "aws:SourceArn": pulumi.interpolate`arn:${site.partition}:events:${site.region}:${site.account}:rule/${site.prefix}-*`,
                },
              },
            },
          ],
        }),
      },
      { parent: this },
    );
    this.arn = queue.arn;
    this.name = queue.name;
    this.url = queue.url;
    this.registerOutputs({ url: this.url });
  }
}
