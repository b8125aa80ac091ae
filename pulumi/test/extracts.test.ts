// Extracts: the bucket, the monthly extract of loans, and the mail when it fails.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { list, record, type Props } from "../policy/documents";
import { fits } from "./eventBridge";
import { committed, run, type Graph } from "./graph";
import { difference, look } from "./look";
import { digest, loans } from "./stacks";

const declare = (settings: Record<string, string>) =>
  run("dev", { ...committed("dev"), "landfall:image": digest("a"), ...settings });

let graph: Graph;
let dev: ReturnType<typeof look>;
beforeAll(async () => {
  graph = await declare(loans);
  dev = look(graph);
});

const bucket = "«bucket landfall-dev-extracts.arn»";
const name = "«bucket landfall-dev-extracts.bucket»";
const key = "«key landfall-dev-extracts.arn»";
const secret = loans["landfall:loansSecretArn"];
const without = (setting: string) =>
  Object.fromEntries(Object.entries(loans).filter(([key]) => key !== setting));
/** A key as Landfall makes it. */
const file = "loans/BankName=First_Bank-1/year=2026/month=10/First_Bank-1_20261031.csv";

test("without extracts there is nothing of them", async () => {
  const bare = await declare({});
  const { more, changed } = difference(graph, bare);
  expect(more.length).toBeGreaterThan(15);
  expect(
    more.filter(
      (one) =>
        !/^landfall-dev-(database-from-landfall-dev-)?(extract|loans|support|tasks-(extract|loans|start-loans)|schedule-loans)/.test(
          one,
        ),
    ),
  ).toEqual([]);
  expect(changed).toEqual([
    "landfall-dev-network-endpoints-s3",
    "landfall-dev-schedule",
    // Who is told of a loans task that failed.
    "landfall-dev-task-failed",
    "landfall-dev-task-lagging",
    "landfall-dev-task-not-run",
    "landfall-dev-task-rejected",
  ]);
  expect(bare.outputs).toMatchObject({
    extractsBucket: "",
    extractTask: "",
    loansTask: "",
    loansNetwork: "",
  });
});

test("before there is an image there is a bucket, and nothing runs", async () => {
  const { resources, outputs } = await run("dev", { ...committed("dev"), ...loans });
  expect(resources.filter(({ type }) => /taskDefinition|scheduler\/schedule:/.test(type))).toEqual([]);
  expect(outputs).toMatchObject({ extractsBucket: name, extractTask: "", loansTask: "", loansNetwork: "" });
});

describe("the bucket", () => {
  test("keeps files for ever, and what they replaced for three months", () => {
    expect(list(dev.props("BucketLifecycleConfiguration", "extracts").rules)).toEqual([
      {
        id: "keep",
        status: "Enabled",
        filter: { prefix: "" },
        noncurrentVersionExpiration: { noncurrentDays: 90 },
        expiration: { expiredObjectDeleteMarker: true },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
      },
    ]);
    expect(dev.props("BucketVersioning", "extracts").versioningConfiguration).toEqual({ status: "Enabled" });
  });

  test("is closed, and encrypted with a key of its own", () => {
    expect(dev.props("BucketPublicAccessBlock", "extracts")).toMatchObject({ restrictPublicBuckets: true });
    expect(JSON.stringify(dev.props("BucketServerSideEncryptionConfiguration", "extracts").rules)).toContain(
      key,
    );
    expect(JSON.stringify(dev.props("BucketPolicy", "extracts").policy)).toContain("aws:SecureTransport");
  });

  test.each([
    ["none", undefined],
    ["governance", { mode: "GOVERNANCE", days: 365 }],
    ["compliance", { mode: "COMPLIANCE", days: 365 }],
  ])("with extractsLock: %s locks %j", async (lock, defaultRetention) => {
    const { props } = look(await declare({ "landfall:extracts": "on", "landfall:extractsLock": lock }));
    expect(props("BucketObjectLockConfiguration", "extracts").rule).toEqual(
      defaultRetention && { defaultRetention },
    );
    // Or a change of the setting would replace the bucket.
    expect(props("Bucket", "extracts").objectLockEnabled).toBe(true);
  });

  test("locks for as many days as said", async () => {
    const settings = { "landfall:extractsLock": "governance", "landfall:extractsLockDays": "30" };
    const { props } = look(await declare({ "landfall:extracts": "on", ...settings }));
    expect(props("BucketObjectLockConfiguration", "extracts").rule).toEqual({
      defaultRetention: { mode: "GOVERNANCE", days: 30 },
    });
  });

  test("is deleted from by nobody", () => {
    const touching = graph.resources
      .filter(({ type }) => type.endsWith(":RolePolicy"))
      .filter(({ props }) => JSON.stringify(props.policy).includes("landfall-dev-extracts"))
      .flatMap(({ props }) => dev.may(props).map(([actions]) => actions));
    expect([...new Set(touching)].filter((action) => action?.startsWith("s3:"))).toEqual([
      "s3:PutObject s3:GetObject",
    ]);
  });
});

describe("what is extracted by hand", () => {
  test("has a task that nobody schedules, with the way to its folders", () => {
    expect(dev.container("extract").command).toEqual(["extract", "spot", `s3://${name}/spot`]);
    expect(dev.role("tasks-extract")).toEqual([
      ["s3:PutObject s3:GetObject", `${bucket}/spot/*`, `${bucket}/freight/*`, `${bucket}/events/*`],
      ["kms:GenerateDataKey kms:Decrypt", key],
    ]);
    const scheduled = graph.resources
      .filter(({ type }) => type.endsWith(":Schedule"))
      .map(({ props }) => record(record(props.target).ecsParameters).taskDefinitionArn);
    expect(scheduled).toContain("«taskDefinition landfall-dev-loans.arn»");
    expect(scheduled).not.toContain("«taskDefinition landfall-dev-extract.arn»");
    expect(graph.outputs.extractTask).toBe("«taskDefinition landfall-dev-extract.arn»");
  });
});

describe("the extract of loans", () => {
  test("is made on the 1st, and again on two days after, which make good what failed", () => {
    const { scheduleExpression, scheduleExpressionTimezone, target } = dev.props(
      "Schedule",
      "schedule-loans",
    );
    expect([scheduleExpression, scheduleExpressionTimezone]).toEqual(["cron(0 4 1-3 * ? *)", "UTC"]);
    expect(record(target)).toMatchObject({
      retryPolicy: { maximumRetryAttempts: 20, maximumEventAgeInSeconds: 3600 },
      deadLetterConfig: { arn: "«queue landfall-dev-dead-letters.arn»" },
      ecsParameters: {
        taskDefinitionArn: "«taskDefinition landfall-dev-loans.arn»",
        networkConfiguration: { securityGroups: ["«securityGroup landfall-dev-loans»"] },
      },
    });
    expect(record(target).input).toBeUndefined();
  });

  test("knows its database without a password, verifies it, and has the password from the secret", () => {
    expect(dev.container("loans").command).toEqual(["extract", "loans", `s3://${name}/loans`]);
    const { LANDFALL_LOANS_FROM: from, ...variables } = dev.variables("loans");
    expect(String(from).split("?")[0]).toBe(loans["landfall:loansFrom"]);
    expect(String(from)).toContain("?sslmode=verify-full&sslrootcert=/etc/ssl/certs/rds.pem&");
    expect(variables).toMatchObject({
      AWS_REGION: "eu-west-3",
      LANDFALL_LOANS_MAP: loans["landfall:loansMap"],
    });
    expect(variables).not.toHaveProperty("LANDFALL_SOURCE");
    expect(dev.secrets("loans").LANDFALL_LOANS_PASSWORD).toBe(`${secret}:password::`);
    // Its ledger is in Landfall's own.
    expect(Object.keys(dev.secrets("loans"))).toEqual(["PGUSER", "PGPASSWORD", "LANDFALL_LOANS_PASSWORD"]);
  });

  test("has no mapping where the public data model will do", async () => {
    const { variables } = look(await declare(without("landfall:loansMap")));
    expect(variables("loans")).not.toHaveProperty("LANDFALL_LOANS_MAP");
  });

  test("alone is started with the right to the secret, and to its key for that secret", () => {
    expect(dev.props("TaskDefinition", "loans").executionRoleArn).toBe(
      "«role landfall-dev-tasks-start-loans.arn»",
    );
    const onSecret = dev.statements(dev.props("RolePolicy", "tasks-start-loans")).slice(-2);
    expect(onSecret).toEqual([
      { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secret },
      {
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: loans["landfall:loansSecretKmsKeyArn"],
        Condition: {
          StringEquals: {
            "kms:ViaService": "secretsmanager.eu-west-3.«domain»",
            "kms:EncryptionContext:SecretARN": secret,
          },
        },
      },
    ]);
    const reading = graph.resources.filter(({ props }) =>
      JSON.stringify(props.policy ?? "").includes(secret),
    );
    expect(reading.map(({ name: id }) => id)).toEqual(["landfall-dev-tasks-start-loans"]);
  });

  test("needs no right to a key where the secret has that of AWS", async () => {
    const { role } = look(await declare(without("landfall:loansSecretKmsKeyArn")));
    expect(role("tasks-start-loans").at(-1)).toEqual(["secretsmanager:GetSecretValue", secret]);
  });

  test("may write its folder and compare what is there, and nothing else", () => {
    expect(dev.role("tasks-loans")).toEqual([
      ["s3:PutObject s3:GetObject", `${bucket}/loans/*`],
      ["kms:GenerateDataKey kms:Decrypt", key],
    ]);
    expect(file.startsWith("loans/")).toBe(true);
  });

  test("with tokens of IAM, still has the password of the other database, and none of Landfall's", async () => {
    const byIam = look(
      await declare({ ...loans, "landfall:databaseAuthentication": "iam", "landfall:login": "iam" }),
    );
    expect(byIam.secrets("loans")).toEqual({ LANDFALL_LOANS_PASSWORD: `${secret}:password::` });
    expect(byIam.variables("loans").LANDFALL_RDS_IAM).toBe("true");
    expect(JSON.stringify(byIam.props("RolePolicy", "tasks-start-loans"))).not.toContain("rds!db");
    expect(byIam.role("tasks-loans").map(([action]) => action)).toContain("rds-db:connect");
  });

  const outbound = (of: ReturnType<typeof look>) => of.props("SecurityGroupEgressRule", "loans-to-source");

  test.each([
    ["sg-0123456789abcdef0", { referencedSecurityGroupId: "sg-0123456789abcdef0" }],
    ["111122223333/sg-0123456789abcdef0", { referencedSecurityGroupId: "111122223333/sg-0123456789abcdef0" }],
    ["10.50.8.0/24", { cidrIpv4: "10.50.8.0/24" }],
  ])(
    "gets to %s, at the port of its database, and nothing else of the stack does",
    async (network, where) => {
      const port = { "landfall:loansFrom": "postgres://reader@core.example.com:5433/core" };
      const there = await declare({ ...loans, ...port, "landfall:loansNetwork": network });
      expect(outbound(look(there))).toEqual({
        securityGroupId: "«securityGroup landfall-dev-loans»",
        description: "operational database",
        ipProtocol: "tcp",
        fromPort: 5433,
        toPort: 5433,
        ...where,
      });
      expect(there.resources.filter(({ props }) => props.fromPort === 5433)).toHaveLength(1);
    },
  );

  test("takes Postgres' own port where the setting names none", () => {
    expect(outbound(dev)).toMatchObject({ fromPort: 5432, toPort: 5432 });
  });

  test("runs by hand in its own network", () => {
    expect(graph.outputs.loansTask).toBe("«taskDefinition landfall-dev-loans.arn»");
    expect(JSON.parse(String(graph.outputs.loansNetwork))).toMatchObject({
      awsvpcConfiguration: { securityGroups: ["«securityGroup landfall-dev-loans»"] },
    });
  });

  test("is started by the scheduler with both of its roles", () => {
    const [starting, passing] = dev.role("schedule");
    expect(starting).toContain("«taskDefinition landfall-dev-loans.arnWithoutRevision»:*");
    expect(passing).toEqual(
      expect.arrayContaining([
        "«role landfall-dev-tasks-start-loans.arn»",
        "«role landfall-dev-tasks-loans.arn»",
      ]),
    );
  });

  test("reaches the bucket through the endpoint of S3", () => {
    const s3 = dev.statements(dev.props("VpcEndpoint", "network-endpoints-s3"));
    expect(s3.find(({ Sid }) => Sid === "Extracts")).toMatchObject({
      Action: ["s3:PutObject", "s3:GetObject"],
      Resource: [bucket, `${bucket}/*`],
      Condition: { StringEquals: { "aws:PrincipalAccount": "«account»" } },
    });
  });
});

describe("the mail", () => {
  const own = "EssentialContainerExited";
  const agent = { name: "aws-guardduty-agent", exitCode: 143 };
  const event = (detail: Props, family = "loans") => ({
    source: "aws.ecs",
    "detail-type": "ECS Task State Change",
    time: "2026-12-01T04:01:07Z",
    detail: {
      clusterArn: "«cluster landfall-dev-tasks.arn»",
      taskArn: "arn:aws:ecs:eu-west-3:111122223333:task/landfall-dev/0a1b",
      group: `family:landfall-dev-${family}`,
      taskDefinitionArn: `«taskDefinition landfall-dev-${family}.arnWithoutRevision»:7`,
      lastStatus: "STOPPED",
      stoppedReason: 'a "reason"',
      overrides: { containerOverrides: [{ name: "landfall" }] },
      ...detail,
    },
  });
  const exited = (exitCode: number) => ({
    stopCode: own,
    containers: [{ name: "landfall", exitCode }, agent],
  });
  const told = (detail: Props, family?: string) =>
    graph.resources
      .filter(({ type }) => type.endsWith(":EventRule"))
      .filter(({ props }) => fits(JSON.parse(String(props.eventPattern)), event(detail, family)))
      .map(({ props }) => String(props.name).replace("landfall-dev-", ""));

  test.each([
    ["ended well", exited(0), []],
    ["failed", exited(1), ["loans-failed"]],
    ["was used wrongly", exited(2), ["loans-failed"]],
    ["ended with a code of imports", exited(3), ["loans-failed"]],
    ["ran out of memory", exited(137), ["loans-failed"]],
    ["left no exit code", { stopCode: own, containers: [{ name: "landfall" }] }, ["loans-failed"]],
    [
      "found no image",
      { stopCode: "TaskFailedToStart", containers: [{ name: "landfall" }] },
      ["loans-failed"],
    ],
    ["was stopped by Fargate", { ...exited(143), stopCode: "TerminationNotice" }, ["loans-failed"]],
    ["is still running", { ...exited(1), lastStatus: "RUNNING" }, []],
  ])("tells once, and nothing else does, of an extract that %s", (_, detail, rules) => {
    expect(told(detail)).toEqual(rules);
  });

  test("does not tell of other tasks, and these are told of as before", () => {
    expect(told(exited(1), "import")).toEqual(["task-failed"]);
    expect(told(exited(1), "extract")).toEqual(["task-failed"]);
    expect(told(exited(3), "import")).toEqual(["task-rejected"]);
    expect(told(exited(4), "status")).toEqual(["task-lagging"]);
  });

  test("beside loads of events, which have an alarm, is told of once as well", async () => {
    const both = await declare({ ...loans, "landfall:events": "on" });
    const of = (family: string, exitCode: number) =>
      both.resources
        .filter(({ type }) => type.endsWith(":EventRule"))
        .filter(({ props }) => fits(JSON.parse(String(props.eventPattern)), event(exited(exitCode), family)))
        .map(({ props }) => String(props.name).replace("landfall-dev-", ""));
    expect([of("loans", 1), of("load", 1), of("load", 3), of("load-all", 1)]).toEqual([
      ["loans-failed"],
      [],
      ["task-rejected"],
      ["task-failed"],
    ]);
  });

  /** EventBridge fills in a text line by line; a line that is no JSON then is none. */
  function mail(): string[] {
    const { inputPaths, inputTemplate } = record(dev.props("EventTarget", "loans-failed").inputTransformer);
    let text = String(inputTemplate);
    for (const [variable, path] of Object.entries(record(inputPaths))) {
      const value = String(path)
        .split(".")
        .slice(1)
        .reduce<unknown>((inner, field) => record(inner)[field], event(exited(1)));
      text = text.replaceAll(`<${variable}>`, () => String(value));
    }
    return text.split("\n").map((line) => JSON.parse(line) as string);
  }

  test("says what, when, where, what to do, and leads to the log", () => {
    expect(mail()).toEqual([
      "The monthly extract of loans failed.",
      "",
      "When: 2026-12-01T04:01:07Z (UTC)",
      "Where: stack landfall-dev, account «account», region eu-west-3",
      "Task: arn:aws:ecs:eu-west-3:111122223333:task/landfall-dev/0a1b",
      "How it ended: EssentialContainerExited",
      "",
      "What this means: files of this month may be missing. Every file that is there is whole.",
      "What happens next: it is run again on the 2nd and 3rd at 04:00 UTC, and next month, and makes what is missing then.",
      "What to do: the last line of the log says it. See docs/deploy.md, When an extract fails.",
      "",
      "Log: https://eu-west-3.console.aws.amazon.com/cloudwatch/home?region=eu-west-3#logsV2:log-groups/log-group/$252Flandfall-dev$252Ftasks$3FlogStreamNameFilter$3Dloans/",
    ]);
    expect(readFileSync("../docs/deploy.md", "utf8").split("\n")).toContain("### When an extract fails");
    // The log that the link leads to is the task's.
    expect(record(record(dev.container("loans").logConfiguration).options)).toMatchObject({
      "awslogs-group": "/landfall-dev/tasks",
      "awslogs-stream-prefix": "loans",
    });
  });

  test("has no quotation mark, which EventBridge would drop it for", () => {
    expect(mail().filter((line) => /["\\]/.test(line))).toEqual([]);
  });

  test("goes to the support address, or to that of the alarms", async () => {
    expect(dev.props("TopicSubscription", "support")).toMatchObject({
      protocol: "email",
      endpoint: "loans@example.com",
      topic: "«topic landfall-dev-support.arn»",
    });
    expect(dev.props("EventTarget", "loans-failed")).toMatchObject({
      arn: "«topic landfall-dev-support.arn»",
      deadLetterConfig: { arn: "«queue landfall-dev-dead-letters.arn»" },
    });
    const { props } = look(await declare(without("landfall:supportAddress")));
    expect(props("EventTarget", "loans-failed").arn).toBe("«topic landfall-dev-alarms.arn»");
    expect(props("Topic", "support")).toEqual({});
  });
});
