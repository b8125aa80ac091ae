// The queue that applications send events to, and the one that what is no event ends in.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "./role";

const days14 = 14 * 24 * 3600;

export class EventQueue extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly url: pulumi.Output<string>;
  readonly deadName: pulumi.Output<string>;
  readonly deadUrl: pulumi.Output<string>;
  /** What consuming it takes. */
  readonly statements: Statement[];

  constructor(name: string, { protect }: { protect: boolean }, opts: pulumi.ComponentResourceOptions) {
    super("landfall:queue:EventQueue", name, {}, opts);
    // What is in either is nowhere else yet.
    const kept = { parent: this, protect };
    const deadName = `${name}-dead-letters`;
    const dead = new aws.sqs.Queue(
      deadName,
      {
        name: deadName,
        sqsManagedSseEnabled: true,
        messageRetentionSeconds: days14,
        // The most there is: a message of any size fits in, and the reason with it.
        maxMessageSize: 1024 ** 2,
      },
      kept,
    );
    const queue = new aws.sqs.Queue(
      name,
      {
        name,
        sqsManagedSseEnabled: true,
        messageRetentionSeconds: days14,
        // A consumer sets its own.
        visibilityTimeoutSeconds: 300,
        // A message in hand is received once, however long that takes. Each consumer that is killed costs it another time.
        redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 10 }),
      },
      kept,
    );
    new aws.sqs.RedriveAllowPolicy(
      name,
      {
        queueUrl: dead.url,
        redriveAllowPolicy: pulumi.jsonStringify({
          redrivePermission: "byQueue",
          sourceQueueArns: [queue.arn],
        }),
      },
      { parent: this },
    );
    tlsOnly(name, queue, this);
    tlsOnly(deadName, dead, this);
    this.arn = queue.arn;
    this.name = queue.name;
    this.url = queue.url;
    this.deadName = dead.name;
    this.deadUrl = dead.url;
    this.statements = [
      {
        Effect: "Allow",
        Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
        Resource: queue.arn,
      },
      { Effect: "Allow", Action: ["sqs:SendMessage", "sqs:GetQueueAttributes"], Resource: dead.arn },
    ];
    this.registerOutputs({ arn: this.arn });
  }
}

/** Lets nobody in: who may send is up to the roles of this account. */
function tlsOnly(name: string, queue: aws.sqs.Queue, parent: pulumi.Resource): void {
  new aws.sqs.QueuePolicy(
    name,
    {
      queueUrl: queue.url,
      policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "TlsOnly",
            Effect: "Deny",
            Principal: "*",
            Action: "sqs:*",
            Resource: queue.arn,
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      }),
    },
    { parent },
  );
}
