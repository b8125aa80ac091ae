// Where everything that runs here writes: one encrypted log group each, kept for the same time.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { EncryptionKey } from "./key";
import type { Site } from "./site";

export class Logs extends pulumi.ComponentResource {
  private readonly key: EncryptionKey;

  constructor(
    private readonly name: string,
    private readonly args: { site: Site; days: number; protect: boolean },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:logs:Logs", name, {}, opts);
    const { site } = args;
    const groups = pulumi.interpolate`arn:${site.partition}:logs:${site.region}:${site.account}:log-group`;
    this.key = new EncryptionKey(
      name,
      {
        description: `Logs of ${site.prefix}`,
        site,
        statements: [
          {
            Sid: "Logs",
            Effect: "Allow",
            Principal: { Service: pulumi.interpolate`logs.${site.region}.${site.domain}` },
            Action: [
              "kms:Encrypt",
              "kms:Decrypt",
              "kms:ReEncrypt*",
              "kms:GenerateDataKey*",
              "kms:DescribeKey",
            ],
            Resource: "*",
            Condition: {
              ArnLike: {
                "kms:EncryptionContext:aws:logs:arn": [
                  pulumi.interpolate`${groups}:/${site.prefix}/*`,
                  pulumi.interpolate`${groups}:/aws/rds/instance/${site.prefix}/*`,
                ],
              },
            },
          },
        ],
        protect: args.protect,
      },
      { parent: this },
    );
    this.registerOutputs({ key: this.key.arn });
  }

  /** A group of its own: `path` is its whole name where a service prescribes it. */
  group(id: string, path = `/${this.args.site.prefix}/${id}`): aws.cloudwatch.LogGroup {
    return new aws.cloudwatch.LogGroup(
      `${this.name}-${id}`,
      { name: path, retentionInDays: this.args.days, kmsKeyId: this.key.arn },
      { parent: this },
    );
  }
}
