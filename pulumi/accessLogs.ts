// A bucket for a load balancer's log of requests.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Site } from "./site";

interface AccessLogsArgs {
  site: Site;
  /** For how long they are kept. */
  days: number;
  protect: boolean;
}

export class AccessLogs extends pulumi.ComponentResource {
  readonly bucket: pulumi.Output<string>;
  /** Resolves once balancers may write: they try as soon as they are told. */
  readonly open: pulumi.Resource;

  constructor(name: string, { site, days, protect }: AccessLogsArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:balancer:AccessLogs", name, {}, opts);
    const bucket = new aws.s3.Bucket(name, { forceDestroy: !protect }, { parent: this, protect });
    const closed = new aws.s3.BucketPublicAccessBlock(
      name,
      {
        bucket: bucket.id,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      { parent: this },
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      name,
      {
        bucket: bucket.id,
        // The only one that balancers can write with.
        rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
      },
      { parent: this },
    );
    new aws.s3.BucketLifecycleConfiguration(
      name,
      {
        bucket: bucket.id,
        rules: [
          {
            id: "expire",
            status: "Enabled",
            filter: { prefix: "" },
            expiration: { days },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
        ],
      },
      { parent: this },
    );
    this.open = new aws.s3.BucketPolicy(
      name,
      {
        bucket: bucket.id,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "Balancers",
              Effect: "Allow",
              // In old regions an account of AWS wrote them, which AWS advises to replace by this.
              Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
              Action: "s3:PutObject",
              Resource: pulumi.interpolate`${bucket.arn}/AWSLogs/${site.account}/*`,
              Condition: {
                ArnLike: {
                  "aws:SourceArn": pulumi.interpolate`arn:${site.partition}:elasticloadbalancing:${site.region}:${site.account}:loadbalancer/*`,
                },
              },
            },
            {
              Sid: "TlsOnly",
              Effect: "Deny",
              Principal: "*",
              Action: "s3:*",
              Resource: [bucket.arn, pulumi.interpolate`${bucket.arn}/*`],
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
          ],
        }),
      },
      // S3 refuses two changes of a bucket's access at a time.
      { parent: this, dependsOn: closed },
    );
    this.bucket = bucket.bucket;
    this.registerOutputs({ bucket: this.bucket });
  }
}
