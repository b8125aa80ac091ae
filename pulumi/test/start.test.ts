import { expect, test } from "vitest";
import { start, type Run } from "./engine";
import { committed } from "./graph";
import { certificateArn, digest, loans, sftp } from "./stacks";

const configuration: Record<string, string> = { ...committed("dev"), "landfall:image": digest("a") };

test("an update runs to its end, and has all its outputs", async () => {
  const { code, urns, protected: kept, outputs, complaints } = await start("dev", configuration, false);
  expect(complaints).toEqual([]);
  // dev is meant to be deleted.
  expect(kept).toEqual([]);
  expect(urns.length).toBeGreaterThan(80);
  expect(urns.filter((urn, index) => urns.indexOf(urn) !== index)).toEqual([]);
  expect(outputs).toMatchObject({
    region: configuration["aws:region"],
    image: digest("a"),
    cluster: "landfall-dev",
  });
  expect(code).toBe(0);
});

test("what has data, and the keys it is encrypted with, cannot be deleted unless it is said", async () => {
  const kinds = (urns: Run["urns"]) => urns.map((urn) => urn.replace(/.*::(.*)::(.*)/, "$1 $2")).sort();
  const served = {
    "landfall:serve": "internal",
    "landfall:certificateArn": certificateArn,
    "landfall:events": "on",
    "landfall:lake": "on",
    ...loans,
    ...sftp,
    "landfall:extractsLock": "governance",
  };
  const prod = await start("prod", { ...configuration, ...served, "landfall:protect": "true" }, false);
  const bucket = [
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
  ];
  const named = (stack: string, id: string) => bucket.map((type) => `${type} landfall-${stack}-${id}`);
  const lock = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration";
  expect(kinds(prod.protected)).toEqual(
    [
      "aws:ecr/repository:Repository landfall-prod-registry",
      ...["alarms", "database", "extracts", "lake", "logs", "support"].map(
        (id) => `aws:kms/key:Key landfall-prod-${id}`,
      ),
      "aws:rds/instance:Instance landfall-prod-database",
      "aws:s3/bucket:Bucket landfall-prod-balancer-logs",
      ...["extracts", "lake", "raw"].flatMap((id) => named("prod", id)),
      `${lock} landfall-prod-extracts`,
      "aws:sqs/queue:Queue landfall-prod-events",
      "aws:sqs/queue:Queue landfall-prod-events-dead-letters",
    ].sort(),
  );
  // Also without protection: nothing ever deletes raw events, nor what was delivered, nor the keys to that.
  const kept = { "landfall:events": "on", "landfall:lake": "on", "landfall:extracts": "on" };
  const dev = await start("dev", { ...configuration, ...kept }, false);
  expect(dev.protected).toEqual([]);
  expect(kinds(dev.retained)).toEqual(
    [
      ...["extracts", "lake", "raw"].flatMap((id) => named("dev", id)),
      ...["extracts", "lake"].map((id) => `aws:kms/key:Key landfall-dev-${id}`),
    ].sort(),
  );
  // Autoscaling sets it, and an update must not set it back.
  expect(prod.ignored).toEqual({
    "landfall-prod-consume": ["desiredCount"],
    "landfall-prod-serve": ["desiredCount"],
  });
});

test("a first preview, where little is known yet and there is no image, has nothing to warn of", async () => {
  const { code, urns, complaints } = await start("dev", committed("dev"), true);
  expect(complaints).toEqual([]);
  expect(urns.length).toBeGreaterThan(70);
  expect(code).toBe(0);
});

test("wrong settings are told without a stack trace, and nothing is declared", async () => {
  const { code, urns, complaints } = await start("dev", { ...configuration, "landfall:egres": "nat" }, false);
  expect(complaints).toEqual([
    expect.stringMatching(/^the configuration .*\n {2}- landfall:egres is not a setting.*$/),
  ]);
  expect(urns).toEqual(["urn:pulumi:dev::landfall::pulumi:pulumi:Stack::landfall-dev"]);
  expect(code).not.toBe(0);
});
