// The bucket of raw events, which are kept for ever, and of the charts that are drawn of them.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { close } from "./bucketAccess";
import type { Statement } from "./role";

/** What expires. */
export const charts = "charts/";

export class RawBucket extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly bucket: pulumi.Output<string>;
  /** What `landfall consume` does with it. */
  readonly consume: Statement[];
  /** What an import of the events does. */
  readonly load: Statement[];
  /** What drawing a chart does. */
  readonly draw: Statement[];

  constructor(name: string, { protect }: { protect: boolean }, opts: pulumi.ComponentResourceOptions) {
    super("landfall:bucket:RawBucket", name, {}, opts);
    // Pulumi never deletes it, nor what guards it: without `protect` it only forgets it.
    const kept = { parent: this, protect, retainOnDelete: true };
    const bucket = new aws.s3.Bucket(name, {}, kept);
    new aws.s3.BucketVersioning(
      name,
      { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } },
      kept,
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      name,
      {
        bucket: bucket.id,
        // S3's own: what is kept for ever must not depend on a key of the stack, which goes with it.
        rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
      },
      kept,
    );
    close(name, bucket, kept);
    new aws.s3.BucketLifecycleConfiguration(name, { bucket: bucket.id, rules }, kept);
    const under = (path: string) => pulumi.interpolate`${bucket.arn}/${path}`;
    this.consume = [
      {
        Effect: "Allow",
        Action: "s3:PutObject",
        // The last one shows it that it may write.
        Resource: [under("events/*"), under("malformed/*"), under("landfall-consume.txt")],
      },
    ];
    this.load = [
      { Effect: "Allow", Action: "s3:ListBucket", Resource: bucket.arn },
      { Effect: "Allow", Action: "s3:GetObject", Resource: [under("events/*"), under("malformed/*")] },
    ];
    this.draw = [{ Effect: "Allow", Action: "s3:PutObject", Resource: under(`${charts}*`) }];
    this.arn = bucket.arn;
    this.bucket = bucket.bucket;
    this.registerOutputs({ bucket: this.bucket });
  }
}

/** No object but a chart ever expires. */
const rules: aws.types.input.s3.BucketLifecycleConfigurationRule[] = [
  {
    id: "keep",
    status: "Enabled",
    filter: { prefix: "" },
    // Raw events are read once, to be loaded, and hardly ever after that. In this class they can still be read at once. S3 leaves
    // objects below 128 KiB where they are: they would cost more there.
    transitions: [{ days: 90, storageClass: "GLACIER_IR" }],
    // The time to bring back what was deleted or overwritten by mistake.
    noncurrentVersionExpiration: { noncurrentDays: 90 },
    // Of what has no version left.
    expiration: { expiredObjectDeleteMarker: true },
    abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
  },
  { id: "charts", status: "Enabled", filter: { prefix: charts }, expiration: { days: 90 } },
];
