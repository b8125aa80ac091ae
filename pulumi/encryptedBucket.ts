// A bucket of files that outlive the stack, encrypted with a key of their own: whoever may read them has to be allowed both.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { close } from "./bucketAccess";
import { EncryptionKey } from "./key";
import type { Statement } from "./role";
import type { Site } from "./site";

type Rule = aws.types.input.s3.BucketLifecycleConfigurationRule;

interface EncryptedBucketArgs {
  site: Site;
  /** What is in it. */
  what: string;
  /** Days in which a version that was overwritten or deleted can be brought back. */
  noncurrentDays: number;
  /** What else goes, and when. */
  rules?: Rule[];
  /** Whether versions can be locked; that is decided when a bucket is made. */
  lockable?: boolean;
  protect: boolean;
}

export class EncryptedBucket extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly bucket: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;
  private readonly kept: pulumi.CustomResourceOptions;

  constructor(
    private readonly name: string,
    private readonly args: EncryptedBucketArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:bucket:EncryptedBucket", name, {}, opts);
    const { site, what, protect, lockable = false } = args;
    // Pulumi never deletes it, nor what guards it: without `protect` it only forgets it.
    this.kept = { parent: this, protect, retainOnDelete: true };
    const key = new EncryptionKey(
      name,
      { description: `${what} of ${site.prefix}`, site, statements: [], protect, retain: true },
      { parent: this },
    );
    const bucket = new aws.s3.Bucket(name, { objectLockEnabled: lockable }, this.kept);
    new aws.s3.BucketVersioning(
      name,
      { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } },
      this.kept,
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      name,
      {
        bucket: bucket.id,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
            // One call of KMS for many objects.
            bucketKeyEnabled: true,
          },
        ],
      },
      this.kept,
    );
    close(name, bucket, this.kept);
    new aws.s3.BucketLifecycleConfiguration(
      name,
      { bucket: bucket.id, rules: [this.keep(), ...(args.rules ?? [])] },
      this.kept,
    );
    this.arn = bucket.arn;
    this.bucket = bucket.bucket;
    this.keyArn = key.arn;
    this.registerOutputs({ bucket: this.bucket });
  }

  /** Locks each new version for so many days. */
  lock(mode: "GOVERNANCE" | "COMPLIANCE", days: number): void {
    new aws.s3.BucketObjectLockConfiguration(
      this.name,
      { bucket: this.bucket, rule: { defaultRetention: { mode, days } } },
      this.kept,
    );
  }

  /** The ARN of objects: of all whose keys begin with what is before a `*`. */
  under(path: string): pulumi.Output<string> {
    return pulumi.interpolate`${this.arn}/${path}`;
  }

  /** What writing whole objects takes. */
  put(...paths: string[]): Statement[] {
    return [this.on("s3:PutObject", paths), this.key("kms:GenerateDataKey")];
  }

  /** The same where an object that is there already is compared with what would have been written. */
  putNew(...paths: string[]): Statement[] {
    return [this.on(["s3:PutObject", "s3:GetObject"], paths), this.key("kms:GenerateDataKey", "kms:Decrypt")];
  }

  private on(actions: string | string[], paths: string[]): Statement {
    return { Effect: "Allow", Action: actions, Resource: paths.map((path) => this.under(path)) };
  }

  /** A statement on its key, for what S3 asks of it and nothing else. */
  key(...actions: string[]): Statement {
    const { region, domain } = this.args.site;
    return {
      Effect: "Allow",
      Action: actions,
      Resource: this.keyArn,
      Condition: { StringEquals: { "kms:ViaService": pulumi.interpolate`s3.${region}.${domain}` } },
    };
  }

  private keep(): Rule {
    return {
      id: "keep",
      status: "Enabled",
      filter: { prefix: "" },
      noncurrentVersionExpiration: { noncurrentDays: this.args.noncurrentDays },
      // Of what has no version left.
      expiration: { expiredObjectDeleteMarker: true },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
    };
  }
}
