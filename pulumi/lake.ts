// The lake: what has landed as Iceberg tables on S3, which engines of others read. Athena can query it here.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { EncryptedBucket } from "./encryptedBucket";
import type { Statement } from "./role";
import type { Scheduled } from "./schedule";
import type { Site } from "./site";
import type { Tasks } from "./tasks";

/** Where the tables are in the bucket. */
const feeds = "feeds";
/** Where Athena leaves what queries found. */
const queries = "queries/";

/** What of the lake's bucket goes. */
export const expiring: aws.types.input.s3.BucketLifecycleConfigurationRule[] = [
  {
    id: "queries",
    status: "Enabled",
    filter: { prefix: queries },
    expiration: { days: 7 },
    noncurrentVersionExpiration: { noncurrentDays: 1 },
  },
];

interface LakeArgs {
  site: Site;
  tasks: Tasks;
  bucket: EncryptedBucket;
  /** Bytes that a query may read. */
  scanLimit: number;
  /** Nothing is published without one. */
  image: string | undefined;
}

export class Lake extends pulumi.ComponentResource {
  readonly database: string;
  readonly workgroup: pulumi.Output<string>;
  /** A policy for roles that query the lake. */
  readonly readersArn: pulumi.Output<string>;
  readonly scheduled: Scheduled | undefined;

  constructor(
    name: string,
    private readonly args: LakeArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:lake:Lake", name, {}, opts);
    const { site, bucket, tasks, image } = args;
    // Athena takes no hyphens. Tables are not declared here: Landfall makes each with its first snapshot, and moves it to each
    // next one. Pulumi would move it back.
    this.database = site.prefix.replaceAll("-", "_");
    new aws.glue.CatalogDatabase(
      name,
      {
        name: this.database,
        description: `What has landed in ${site.prefix}`,
        locationUri: pulumi.interpolate`s3://${bucket.bucket}/${feeds}`,
      },
      { parent: this },
    );
    const workgroup = new aws.athena.Workgroup(
      name,
      {
        name: site.prefix,
        description: `Queries of what has landed in ${site.prefix}`,
        // With what was asked in it: there is nothing else.
        forceDestroy: true,
        configuration: {
          enforceWorkgroupConfiguration: true,
          publishCloudwatchMetricsEnabled: true,
          bytesScannedCutoffPerQuery: args.scanLimit,
          // The one that reads Iceberg's deletions and time travel.
          engineVersion: { selectedEngineVersion: "Athena engine version 3" },
          resultConfiguration: {
            outputLocation: pulumi.interpolate`s3://${bucket.bucket}/${queries}`,
            expectedBucketOwner: site.account,
            encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: bucket.keyArn },
          },
        },
      },
      { parent: this },
    );
    this.workgroup = workgroup.name;
    const readers = new aws.iam.Policy(
      `${name}-readers`,
      {
        description: `Queries the lake of ${site.prefix}`,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: this.readStatements(workgroup.arn),
        }),
      },
      { parent: this },
    );
    this.readersArn = readers.arn;
    if (image !== undefined) {
      const role = tasks.role("publish", this.publishStatements());
      this.scheduled = {
        definition: tasks.define("publish", image, ["publish", "--glue", this.database, "--expire", "30d"], {
          environment: { LANDFALL_LAKE: pulumi.interpolate`s3://${bucket.bucket}/${feeds}` },
          source: "none",
          role,
        }),
        roleArns: [role.arn],
      };
    }
    this.registerOutputs({ database: this.database });
  }

  private publishStatements(): Statement[] {
    const { bucket } = this.args;
    return [
      ...bucket.put(`${feeds}/*`),
      // It says whose folder it is.
      ...bucket.putNew(`${feeds}/*/metadata/table-uuid.txt`),
      // What `--expire` removes.
      { Effect: "Allow", Action: "s3:DeleteObject", Resource: bucket.under(`${feeds}/*`) },
      {
        Effect: "Allow",
        Action: ["glue:GetTable", "glue:CreateTable", "glue:UpdateTable"],
        Resource: this.catalog(),
      },
    ];
  }

  private readStatements(workgroupArn: pulumi.Output<string>): Statement[] {
    const { bucket } = this.args;
    return [
      {
        Effect: "Allow",
        Action: ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetPartitions"],
        Resource: this.catalog(),
      },
      { Effect: "Allow", Action: ["s3:GetBucketLocation", "s3:ListBucket"], Resource: bucket.arn },
      { Effect: "Allow", Action: "s3:GetObject", Resource: bucket.under(`${feeds}/*`) },
      bucket.key("kms:Decrypt", "kms:GenerateDataKey"),
      // From here on for Athena alone, which does all this on behalf of who asks.
      {
        Effect: "Allow",
        Action: [
          "athena:StartQueryExecution",
          "athena:StopQueryExecution",
          "athena:GetQueryExecution",
          "athena:GetQueryResults",
          "athena:GetWorkGroup",
        ],
        Resource: workgroupArn,
      },
      {
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
        Resource: bucket.under(`${queries}*`),
      },
    ];
  }

  /** Glue asks for a right on each of what a table is in. */
  private catalog(): pulumi.Output<string>[] {
    const { partition, region, account } = this.args.site;
    return ["catalog", `database/${this.database}`, `table/${this.database}/*`].map(
      (resource) => pulumi.interpolate`arn:${partition}:glue:${region}:${account}:${resource}`,
    );
  }
}
