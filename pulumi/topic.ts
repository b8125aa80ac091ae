// The topic of alarms, and the address that it sends to.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { EncryptionKey } from "./key";
import type { Site } from "./site";

export class Topic extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** Resolves once the publishers may publish. */
  readonly open: pulumi.Resource;

  constructor(
    name: string,
    { site, email, protect }: { site: Site; email: string; protect: boolean },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:alarms:Topic", name, {}, opts);
    // For EventBridge this is the form that AWS documents; with a condition, its messages may be lost unseen.
    const publishers = [
      { Principal: { Service: "events.amazonaws.com" } },
      {
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": site.account } },
      },
      {
        Principal: { Service: "events.rds.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": site.account } },
      },
    ];
    const key = new EncryptionKey(
      name,
      {
        description: `Alarms of ${site.prefix}`,
        site,
        statements: publishers.map((publisher) => ({
          Effect: "Allow",
          ...publisher,
          Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
          Resource: "*",
        })),
        protect,
      },
      { parent: this },
    );
    const topic = new aws.sns.Topic(name, { name, kmsMasterKeyId: key.arn }, { parent: this });
    this.open = new aws.sns.TopicPolicy(
      name,
      {
        arn: topic.arn,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: publishers.map((publisher) => ({
            Effect: "Allow",
            ...publisher,
            Action: "sns:Publish",
            Resource: topic.arn,
          })),
        }),
      },
      { parent: this },
    );
    new aws.sns.TopicSubscription(
      name,
      { topic: topic.arn, protocol: "email", endpoint: email },
      { parent: this },
    );
    this.arn = topic.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
