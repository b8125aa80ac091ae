// The lake: what is published when, who may write and who may read it, what a query may cost, and what tells that it is late.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { list, record } from "../policy/documents";
import { fits } from "./eventBridge";
import { committed, run, type Graph } from "./graph";
import { difference, look } from "./look";
import { digest } from "./stacks";

const declare = (settings: Record<string, string>) =>
  run("dev", {
    ...committed("dev"),
    "landfall:image": digest("a"),
    "landfall:egress": "endpoints",
    "landfall:lake": "on",
    ...settings,
  });

let graph: Graph;
let dev: ReturnType<typeof look>;
beforeAll(async () => {
  graph = await declare({});
  dev = look(graph);
});

const bucket = "«bucket landfall-dev-lake.arn»";
const name = "«bucket landfall-dev-lake.bucket»";
const key = "«key landfall-dev-lake.arn»";
const glue = "arn:«partition»:glue:eu-west-3:«account»";
const catalog = [`${glue}:catalog`, `${glue}:database/landfall_dev`, `${glue}:table/landfall_dev/*`];

/** Keys as Landfall makes them. */
const written = [
  "feeds/spot/data/market=012345678901_us-west-2/month=2026-03/00001-82b0cf5d.parquet",
  "feeds/spot/metadata/00001-82b0cf5d.metadata.json",
  "feeds/events/metadata/version-hint.text",
];
const found = "queries/2026/11/27/0a1b.csv";

test("without a lake there is nothing of it", async () => {
  const without = await declare({ "landfall:lake": "off" });
  const { more, changed } = difference(graph, without);
  expect(more.length).toBeGreaterThan(15);
  expect(more.filter((one) => !/^landfall-dev-(lake|published|tasks-publish|publish)/.test(one))).toEqual([
    // The way to Glue, and the schedule.
    "landfall-dev-network-endpoints-glue",
    "landfall-dev-schedule-publish",
  ]);
  expect(changed).toEqual(["landfall-dev-network-endpoints-s3", "landfall-dev-schedule"]);
  expect(without.outputs).toMatchObject({
    lakeBucket: "",
    lakeDatabase: "",
    lakeWorkgroup: "",
    lakeReadersPolicy: "",
  });
});

test("before there is an image, the lake is there, and nothing is published", async () => {
  const { resources, outputs } = await run("dev", { ...committed("dev"), "landfall:lake": "on" });
  expect(resources.filter(({ type }) => /taskDefinition|scheduler\/schedule:/.test(type))).toEqual([]);
  expect(resources.filter(({ name: id }) => id.includes("-published"))).toEqual([]);
  expect(outputs).toMatchObject({
    lakeBucket: name,
    lakeDatabase: "landfall_dev",
    lakeWorkgroup: "landfall-dev",
    lakeReadersPolicy: "«policy landfall-dev-lake-readers.arn»",
  });
});

describe("the bucket", () => {
  const rules = () => list(dev.props("BucketLifecycleConfiguration", "lake").rules).map(record);
  const of = (path: string) => rules().filter(({ filter }) => path.startsWith(String(record(filter).prefix)));

  test.each(written)("keeps %s until it is published without it, and a month longer", (path) => {
    expect(of(path)).toMatchObject([
      {
        expiration: { expiredObjectDeleteMarker: true },
        noncurrentVersionExpiration: { noncurrentDays: 30 },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
      },
    ]);
    expect(of(path).flatMap(({ transitions }) => list(transitions))).toEqual([]);
  });

  test("keeps what queries found for a week", () => {
    const days = of(found).map(({ expiration }) => record(expiration).days);
    expect(days.filter((day) => day !== undefined)).toEqual([7]);
  });

  test("is closed, has versions, and is encrypted with a key of its own that rotates", () => {
    expect(dev.props("BucketPublicAccessBlock", "lake")).toMatchObject({ restrictPublicBuckets: true });
    expect(dev.props("BucketOwnershipControls", "lake").rule).toEqual({
      objectOwnership: "BucketOwnerEnforced",
    });
    expect(dev.props("BucketVersioning", "lake").versioningConfiguration).toEqual({ status: "Enabled" });
    expect(list(dev.props("BucketServerSideEncryptionConfiguration", "lake").rules)).toEqual([
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key },
        bucketKeyEnabled: true,
      },
    ]);
    expect(dev.props("Key", "lake").enableKeyRotation).toBe(true);
    expect(dev.statements(dev.props("BucketPolicy", "lake"))).toMatchObject([
      { Effect: "Deny", Principal: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
    ]);
  });
});

describe("publishing", () => {
  test("happens four times a day, the first time once yesterday has landed", () => {
    const { scheduleExpression, scheduleExpressionTimezone, target } = dev.props(
      "Schedule",
      "schedule-publish",
    );
    expect([scheduleExpression, scheduleExpressionTimezone]).toEqual(["cron(40 0/6 * * ? *)", "UTC"]);
    // At 00:15 the import lands yesterday.
    expect(dev.props("Schedule", "schedule-import").scheduleExpression).toBe("cron(15 * * * ? *)");
    expect(record(target).deadLetterConfig).toEqual({ arn: "«queue landfall-dev-dead-letters.arn»" });
    expect(record(record(target).ecsParameters)).toMatchObject({
      taskDefinitionArn: "«taskDefinition landfall-dev-publish.arn»",
      networkConfiguration: { securityGroups: ["«securityGroup landfall-dev-tasks»"] },
    });
  });

  test("goes to the bucket and to Glue, and removes what is 30 days old", () => {
    expect(dev.container("publish").command).toEqual([
      "publish",
      "--glue",
      "landfall_dev",
      "--expire",
      "30d",
    ]);
    expect(dev.variables("publish")).toMatchObject({
      AWS_REGION: "eu-west-3",
      LANDFALL_LAKE: `s3://${name}/feeds`,
    });
    expect(dev.variables("publish")).not.toHaveProperty("LANDFALL_SOURCE");
    expect(dev.props("CatalogDatabase", "lake")).toMatchObject({
      name: "landfall_dev",
      locationUri: `s3://${name}/feeds`,
    });
  });

  test("may write and delete the tables' files, move the tables, and nothing else", () => {
    expect(dev.role("tasks-publish")).toEqual([
      ["s3:PutObject", `${bucket}/feeds/*`],
      ["kms:GenerateDataKey", key],
      ["s3:PutObject s3:GetObject", `${bucket}/feeds/*/metadata/table-uuid.txt`],
      ["kms:GenerateDataKey kms:Decrypt", key],
      ["s3:DeleteObject", `${bucket}/feeds/*`],
      ["glue:GetTable glue:CreateTable glue:UpdateTable", ...catalog],
    ]);
    const [, onKey] = dev.statements(dev.props("RolePolicy", "tasks-publish"));
    expect(onKey?.Condition).toEqual({ StringEquals: { "kms:ViaService": "s3.eu-west-3.«domain»" } });
    expect(found.startsWith("feeds/")).toBe(false);
    // And no other role of a task may.
    const others = graph.resources
      .filter(({ type }) => type.endsWith(":RolePolicy"))
      .filter(({ props }) => JSON.stringify(props.policy).includes("landfall-dev-lake"));
    expect(others.map(({ name: id }) => id)).toEqual(["landfall-dev-tasks-publish"]);
  });

  test("logs in at the database as every other task", async () => {
    expect(Object.keys(dev.secrets("publish"))).toEqual(["PGUSER", "PGPASSWORD"]);
    const byIam = look(await declare({ "landfall:databaseAuthentication": "iam", "landfall:login": "iam" }));
    expect(byIam.secrets("publish")).toEqual({});
    expect(byIam.role("tasks-publish").map(([action]) => action)).toContain("rds-db:connect");
  });

  test("reaches both from a network without another way out", () => {
    const s3 = dev.statements(dev.props("VpcEndpoint", "network-endpoints-s3"));
    expect(s3.find(({ Sid }) => Sid === "Lake")).toEqual({
      Sid: "Lake",
      Effect: "Allow",
      Principal: "*",
      Action: ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"],
      Resource: [bucket, `${bucket}/*`],
      Condition: { StringEquals: { "aws:PrincipalAccount": "«account»" } },
    });
    expect(dev.props("VpcEndpoint", "network-endpoints-glue").serviceName).toBe("«service glue»");
  });

  test("is started by the scheduler with its role", () => {
    const [starting, passing] = dev.role("schedule");
    expect(starting).toContain("«taskDefinition landfall-dev-publish.arnWithoutRevision»:*");
    expect(passing).toContain("«role landfall-dev-tasks-publish.arn»");
  });
});

describe("queries", () => {
  test("read so much and no more, and leave their results encrypted", async () => {
    const configuration = (of: ReturnType<typeof look>) =>
      record(of.props("Workgroup", "lake").configuration);
    expect(configuration(dev)).toMatchObject({
      enforceWorkgroupConfiguration: true,
      bytesScannedCutoffPerQuery: 10 * 1024 ** 3,
      resultConfiguration: {
        outputLocation: `s3://${name}/queries/`,
        expectedBucketOwner: "«account»",
        encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: key },
      },
    });
    const less = look(await declare({ "landfall:athenaScanLimit": "10485760" }));
    expect(configuration(less).bytesScannedCutoffPerQuery).toBe(10485760);
  });

  test("take these rights, none of which changes a table", () => {
    const may = dev.may(dev.props("Policy", "lake-readers"));
    expect(may).toEqual([
      ["glue:GetDatabase glue:GetTable glue:GetTables glue:GetPartitions", ...catalog],
      ["s3:GetBucketLocation s3:ListBucket", bucket],
      ["s3:GetObject", `${bucket}/feeds/*`],
      ["kms:Decrypt kms:GenerateDataKey", key],
      [
        "athena:StartQueryExecution athena:StopQueryExecution athena:GetQueryExecution athena:GetQueryResults athena:GetWorkGroup",
        "«workgroup landfall-dev-lake.arn»",
      ],
      [
        "s3:GetObject s3:PutObject s3:AbortMultipartUpload s3:ListMultipartUploadParts",
        `${bucket}/queries/*`,
      ],
    ]);
  });
});

describe("a publication that fails", () => {
  const event = (family: string, exitCode: number) => ({
    source: "aws.ecs",
    "detail-type": "ECS Task State Change",
    detail: {
      clusterArn: "«cluster landfall-dev-tasks.arn»",
      group: `family:landfall-dev-${family}`,
      taskDefinitionArn: `«taskDefinition landfall-dev-${family}.arnWithoutRevision»:7`,
      lastStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      overrides: { containerOverrides: [{ name: "landfall" }] },
      containers: [{ name: "landfall", exitCode }],
    },
  });
  const told = (family: string, exitCode: number) =>
    graph.resources
      .filter(({ type }) => type.endsWith(":EventRule"))
      .filter(({ props }) => fits(JSON.parse(String(props.eventPattern)), event(family, exitCode)))
      .map(({ props }) => String(props.name).replace("landfall-dev-", ""));

  test("is mailed as that of any other task, and one that ends well is counted", () => {
    expect(told("publish", 1)).toEqual(["task-failed"]);
    expect(told("publish", 0)).toEqual(["published"]);
    expect(told("import", 0)).toEqual(["imported"]);
  });

  test("for a day is an alarm, also if nothing happens at all", () => {
    const { period, evaluationPeriods, alarmDescription, ...alarm } = dev.props("MetricAlarm", "published");
    expect(Number(period) * Number(evaluationPeriods)).toBe(24 * 3600);
    expect(alarm).toMatchObject({
      dimensions: { RuleName: "landfall-dev-published" },
      treatMissingData: "breaching",
      alarmActions: ["«topic landfall-dev-alarms.arn»"],
    });
    const [, heading] = /docs\/deploy\.md, ([^).]*)/.exec(String(alarmDescription)) ?? [];
    expect(readFileSync("../docs/deploy.md", "utf8").split("\n")).toContain(`### ${heading ?? ""}`);
  });
});
