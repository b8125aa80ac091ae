// Application events: what is kept, for how long, who may do what with it, and what tells that it does not work.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { allowed, list, record, type Props } from "../policy/documents";
import { fits } from "./eventBridge";
import { committed, run, type Graph } from "./graph";
import { digest } from "./stacks";

const declare = (settings: Record<string, string>) =>
  run("dev", {
    ...committed("dev"),
    "landfall:image": digest("a"),
    "landfall:source": "s3://dumps/spot",
    "landfall:events": "on",
    ...settings,
  });

let graph: Graph;
beforeAll(async () => {
  graph = await declare({});
});
const props = (kind: string, name: string, of = graph): Props =>
  of.resources.find(
    (resource) => resource.type.endsWith(`:${kind}`) && resource.name === `landfall-dev-${name}`,
  )?.props ?? {};
const container = (name: string, of = graph): Props =>
  record(list(props("TaskDefinition", name, of).containerDefinitions)[0]);
const variables = (name: string, of = graph) =>
  Object.fromEntries(
    list(container(name, of).environment).map((variable) => [record(variable).name, record(variable).value]),
  ) as Props;
const may = (role: string, of = graph) =>
  allowed(props("RolePolicy", `tasks-${role}`, of).policy).map(({ actions, resources }) => [
    actions.join(" "),
    ...resources,
  ]);

const bucket = "«bucket landfall-dev-raw.arn»";
const name = "«bucket landfall-dev-raw.bucket»";
/** Whether a role may do this with the object of this key. */
const mayWith = (role: string, action: string, key: string) =>
  may(role).some(
    ([actions = "", ...resources]) =>
      actions.split(" ").includes(action) &&
      resources.some((resource) =>
        resource.endsWith("*")
          ? `${bucket}/${key}`.startsWith(resource.slice(0, -1))
          : `${bucket}/${key}` === resource,
      ),
  );

/** Keys as docs/operations.md and the program have them. */
const event = "events/dt=2026-11-27/events_20261127_82b0cf5da91b6a7e02f031e2da2fa5ed.ndjson.gz";
const malformed = "malformed/dt=2026-11-27/malformed_20261127_82b0cf5da91b6a7e02f031e2da2fa5ed.ndjson.gz";
const chart = "charts/events-20261127T1208Z.svg";
const [, probe = ""] = /const PROBE: &str = "(.*)";/.exec(readFileSync("../src/sink/s3.rs", "utf8")) ?? [];

test("without events there is nothing of them", async () => {
  const { resources, outputs } = await declare({ "landfall:events": "off" });
  const more = graph.resources.filter(
    ({ type, name: id }) => !resources.some((resource) => resource.type === type && resource.name === id),
  );
  expect(more.length).toBeGreaterThan(30);
  // And what is there without them is as it is with them, but for who is told of what there is more, and of what not.
  const changed = resources.filter(({ type, name: id, props: before }) => {
    const after = graph.resources.find((resource) => resource.type === type && resource.name === id);
    return JSON.stringify(after?.props) !== JSON.stringify(before);
  });
  expect(changed.map(({ name: id }) => id).sort()).toEqual([
    "landfall-dev-dashboard",
    "landfall-dev-network-endpoints-s3",
    "landfall-dev-schedule",
    "landfall-dev-task-failed",
    "landfall-dev-task-not-run",
  ]);
  expect(outputs).toMatchObject({ eventQueue: "", eventQueueArn: "", eventDeadLetters: "", eventBucket: "" });
});

test("before there is an image, events can be sent, and nothing runs", async () => {
  const { resources, outputs } = await run("dev", { ...committed("dev"), "landfall:events": "on" });
  expect(
    resources.filter(({ type }) => /ecs\/(service|taskDefinition)|scheduler\/schedule:/.test(type)),
  ).toEqual([]);
  expect(resources.filter(({ name: id }) => /events-(consumers|loaded)/.test(id))).toEqual([]);
  expect(outputs).toMatchObject({
    eventQueue: "«queue landfall-dev-events.url»",
    eventQueueArn: "«queue landfall-dev-events.arn»",
    eventDeadLetters: "«queue landfall-dev-events-dead-letters.url»",
    eventBucket: name,
  });
});

describe("the queue", () => {
  test("lets roles of the account send, and nobody else", () => {
    for (const id of ["events", "events-dead-letters"]) {
      const { policy } = props("QueuePolicy", id);
      expect(allowed(policy)).toEqual([]);
      expect(list(policy).flatMap((document) => list(record(document).Statement))).toMatchObject([
        { Effect: "Deny", Principal: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
      ]);
      expect(props("Queue", id)).toMatchObject({
        sqsManagedSseEnabled: true,
        messageRetentionSeconds: 14 * 24 * 3600,
      });
    }
  });

  test("gives up on a message late, and loses none", () => {
    const { redrivePolicy, maxMessageSize } = props("Queue", "events");
    expect(JSON.parse(String(redrivePolicy))).toEqual({
      deadLetterTargetArn: "«queue landfall-dev-events-dead-letters.arn»",
      // docs/operations.md, Consuming events: 10 or more.
      maxReceiveCount: 10,
    });
    // One of 256 KiB, which is the provider's default, has to fit with its reason.
    expect(maxMessageSize).toBeUndefined();
    expect(props("Queue", "events-dead-letters").maxMessageSize).toBeGreaterThan(256 * 1024 + 512);
  });
});

describe("the bucket", () => {
  const rules = () => list(props("BucketLifecycleConfiguration", "raw").rules).map(record);
  const of = (key: string) => rules().filter(({ filter }) => key.startsWith(String(record(filter).prefix)));

  test.each([event, malformed, probe])("keeps %s for ever, where it can be read at once", (key) => {
    expect(key).not.toBe("");
    for (const { expiration, transitions } of of(key)) {
      expect(Object.keys(record(expiration))).toEqual(["expiredObjectDeleteMarker"]);
      // Landfall takes objects in GLACIER and DEEP_ARCHIVE for unreadable.
      expect(list(transitions)).toEqual([{ days: 90, storageClass: "GLACIER_IR" }]);
    }
  });

  test("keeps charts for three months", () => {
    const days = of(chart).map(({ expiration }) => record(expiration).days);
    expect(days.filter((day) => day !== undefined)).toEqual([90]);
  });

  test("can bring back what was deleted or overwritten, and then forgets it", () => {
    expect(props("BucketVersioning", "raw").versioningConfiguration).toEqual({ status: "Enabled" });
    expect(of(event).map(({ noncurrentVersionExpiration }) => noncurrentVersionExpiration)).toEqual([
      { noncurrentDays: 90 },
    ]);
  });

  test("is closed, encrypted, and the account's own", () => {
    expect(props("BucketPublicAccessBlock", "raw")).toMatchObject({ restrictPublicBuckets: true });
    expect(props("BucketOwnershipControls", "raw").rule).toEqual({ objectOwnership: "BucketOwnerEnforced" });
    expect(JSON.stringify(props("BucketServerSideEncryptionConfiguration", "raw").rules)).toContain("AES256");
    const { policy } = props("BucketPolicy", "raw");
    expect(allowed(policy)).toEqual([]);
    expect(JSON.stringify(policy)).toContain("aws:SecureTransport");
  });

  test("is deleted from by nobody", () => {
    const deleting = graph.resources
      .filter(({ type }) => type.endsWith(":RolePolicy"))
      .filter(({ props: { policy } }) => JSON.stringify(policy).includes("s3:Delete"));
    expect(deleting).toEqual([]);
  });
});

describe("a consumer", () => {
  test("knows its queues and the bucket, and nothing of dumps or the database", () => {
    expect(container("consume")).toMatchObject({ command: ["consume"], portMappings: [], secrets: [] });
    expect(variables("consume")).toEqual({
      AWS_REGION: "eu-west-3",
      LANDFALL_QUEUE: "«queue landfall-dev-events.url»",
      LANDFALL_DEAD_LETTER_QUEUE: "«queue landfall-dev-events-dead-letters.url»",
      LANDFALL_TO: `s3://${name}`,
    });
    const placed = record(props("Service", "consume").networkConfiguration);
    expect(placed.securityGroups).toEqual(["«securityGroup landfall-dev-consume»"]);
    const opened = graph.resources
      .filter(({ name: id }) => id.includes("database-from-") || id.endsWith("-to-database"))
      .map(({ name: id }) => id);
    expect(opened).toEqual([
      "landfall-dev-tasks-to-database",
      "landfall-dev-database-from-landfall-dev-tasks",
    ]);
  });

  test("may do what docs/operations.md lists, and no more", () => {
    expect(may("consume")).toEqual([
      ["sqs:ReceiveMessage sqs:DeleteMessage sqs:ChangeMessageVisibility", "«queue landfall-dev-events.arn»"],
      ["sqs:SendMessage sqs:GetQueueAttributes", "«queue landfall-dev-events-dead-letters.arn»"],
      ["s3:PutObject", `${bucket}/events/*`, `${bucket}/malformed/*`, `${bucket}/landfall-consume.txt`],
    ]);
    for (const key of [event, malformed, probe]) {
      expect(mayWith("consume", "s3:PutObject", key)).toBe(true);
    }
    expect(mayWith("consume", "s3:PutObject", chart)).toBe(false);
  });

  test("with tokens of IAM, still has no way to the database, nor has what starts it", async () => {
    const byIam = await declare({ "landfall:databaseAuthentication": "iam", "landfall:login": "iam" });
    expect(variables("consume", byIam)).toEqual(variables("consume"));
    expect(may("consume", byIam)).toEqual(may("consume"));
    expect(props("TaskDefinition", "consume", byIam).executionRoleArn).toBe(
      "«role landfall-dev-tasks-start.arn»",
    );
  });

  test("has the time to write what is in hand", () => {
    // docs/operations.md, Consuming events: SIGTERM, 30 s.
    expect(container("consume").stopTimeout).toBeGreaterThanOrEqual(30);
  });

  test("is there at least once, and autoscaling decides how often", () => {
    expect(props("Service", "consume").desiredCount).toBe(1);
    expect(props("Target", "consume")).toMatchObject({
      minCapacity: 1,
      maxCapacity: 10,
      resourceId: "service/landfall-dev/landfall-dev-consume",
    });
  });

  const policy = (id: string) =>
    record(props("Policy", `consume-${id}`).targetTrackingScalingPolicyConfiguration);
  /** How many consumers target tracking wants: so many that the metric, which is shared among them, is on target. */
  function wanted(tasks: number, waiting: number | undefined, deleted: number | undefined): number {
    const { targetValue, customizedMetricSpecification } = policy("backlog");
    const metrics = list(record(customizedMetricSpecification).metrics).map(record);
    const [expression = "", ...others] = metrics.flatMap(({ expression: text }) => text ?? []) as string[];
    expect(others).toEqual([]);
    const values: Record<string, number | undefined> = { waiting, deleted };
    const numbers = expression.replaceAll(/FILL\((\w+), (\d+)\)/g, (_, id: string, otherwise: string) =>
      String(values[id] ?? otherwise),
    );
    const [, work = "", pace = "", more = ""] = /^(\d+) \/ \((\d+) \+ (\d+)\)$/.exec(numbers) ?? [];
    const minutes = Number(work) / (Number(pace) + Number(more));
    return Math.max(1, Math.ceil((tasks * minutes) / Number(targetValue)));
  }

  test.each([
    ["without events", 1, 0, undefined, 1],
    ["that keeps up", 1, 40, 20_000, 1],
    ["with a minute of work waiting", 1, 20_000, 20_000, 1],
    ["with ten minutes of work waiting", 1, 200_000, 20_000, 5],
    ["of five, with ten minutes of work waiting for all", 5, 1_000_000, 100_000, 25],
    ["of five that have caught up", 5, 100, 50_000, 1],
    ["whose queue was never used", 1, undefined, undefined, 1],
  ])("%s: of %i, %s waiting and %s done a minute, %i are wanted", (_, tasks, waiting, deleted, expected) => {
    expect(wanted(tasks, waiting, deleted)).toBe(expected);
  });

  test("is not taken away because the queue is empty, as long as it is busy", () => {
    expect(policy("cpu")).toMatchObject({
      targetValue: 60,
      predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
    });
  });

  test("scales by metrics of this queue", () => {
    const metrics = list(record(policy("backlog").customizedMetricSpecification).metrics).map(record);
    const stats = metrics
      .filter(({ metricStat }) => metricStat)
      .map(({ id, metricStat }) => [id, metricStat]);
    const dimensions = [{ name: "QueueName", value: "landfall-dev-events" }];
    const metric = (metricName: string) => ({ namespace: "AWS/SQS", metricName, dimensions });
    expect(stats).toEqual([
      ["waiting", { metric: metric("ApproximateNumberOfMessagesVisible"), stat: "Average" }],
      ["deleted", { metric: metric("NumberOfMessagesDeleted"), stat: "Sum" }],
    ]);
    expect(metrics.filter(({ returnData }) => returnData === true)).toHaveLength(1);
  });
});

describe("a load", () => {
  test("imports the events of the last days every five minutes, until the next is due", () => {
    expect(props("Schedule", "schedule-load").scheduleExpression).toBe("cron(0/5 * * * ? *)");
    const target = record(props("Schedule", "schedule-load").target);
    expect(record(target.retryPolicy).maximumEventAgeInSeconds).toBe(300);
    expect(target.deadLetterConfig).toBeUndefined();
    expect(record(target.ecsParameters).taskDefinitionArn).toBe("«taskDefinition landfall-dev-load.arn»");
    expect(container("load").command).toEqual(["import", "--since", "2d"]);
    expect(variables("load")).toMatchObject({
      AWS_REGION: "eu-west-3",
      LANDFALL_SOURCE: `s3://${name}/`,
      LANDFALL_JOBS: "1",
    });
    // The import of dumps goes on as before.
    expect(props("Schedule", "schedule-import").scheduleExpression).toBe("cron(15 * * * ? *)");
    expect(variables("import").LANDFALL_SOURCE).toBe("s3://dumps/spot");
  });

  test("of everything comes once a day, else alike, and its failed start is kept", () => {
    expect(props("Schedule", "schedule-load-all").scheduleExpression).toBe("cron(38 2 * * ? *)");
    const target = record(props("Schedule", "schedule-load-all").target);
    expect(target.deadLetterConfig).toEqual({ arn: "«queue landfall-dev-dead-letters.arn»" });
    expect(record(target.ecsParameters).taskDefinitionArn).toBe("«taskDefinition landfall-dev-load-all.arn»");
    const { command, logConfiguration, ...others } = container("load-all");
    expect(command).toEqual(["import"]);
    expect(record(record(logConfiguration).options)["awslogs-stream-prefix"]).toBe("load-all");
    expect(container("load")).toMatchObject(others);
  });

  test("reads events and what was none, and nothing else", () => {
    expect(may("load")).toEqual([
      ["s3:ListBucket", bucket],
      ["s3:GetObject", `${bucket}/events/*`, `${bucket}/malformed/*`],
    ]);
    expect(may("run").flat().join(" ")).not.toContain("landfall-dev-raw");
  });

  test("signs its requests, also where the dumps are public", async () => {
    const open = await declare({ "landfall:anonymous": "true", "landfall:sourceRegion": "us-east-1" });
    expect(variables("import", open)).toMatchObject({ LANDFALL_ANONYMOUS: "true", AWS_REGION: "us-east-1" });
    for (const task of ["load", "load-all", "chart", "consume"]) {
      expect(variables(task, open)).not.toHaveProperty("LANDFALL_ANONYMOUS");
      expect(variables(task, open).AWS_REGION).toBe("eu-west-3");
    }
  });
});

test("a chart is drawn every two hours, and may be written nowhere else", () => {
  expect(props("Schedule", "schedule-chart").scheduleExpression).toBe("cron(8 0/2 * * ? *)");
  expect(container("chart").command).toEqual([
    "chart",
    "events",
    "--output",
    `s3://${name}/charts/events-%Y%m%dT%H%MZ.svg`,
  ]);
  expect(variables("chart")).not.toHaveProperty("LANDFALL_SOURCE");
  expect(may("chart")).toEqual([["s3:PutObject", `${bucket}/charts/*`]]);
  expect([chart, event].map((key) => mayWith("chart", "s3:PutObject", key))).toEqual([true, false]);
});

test("the scheduler may start them, with their roles", () => {
  const [starting, passing] = allowed(props("RolePolicy", "schedule").policy);
  for (const [task = "", role = ""] of [
    ["load", "load"],
    ["load-all", "load"],
    ["chart", "chart"],
  ]) {
    expect(starting?.resources).toContain(`«taskDefinition landfall-dev-${task}.arnWithoutRevision»:*`);
    expect(passing?.resources).toContain(`«role landfall-dev-tasks-${role}.arn»`);
    expect(props("TaskDefinition", task).taskRoleArn).toBe(`«role landfall-dev-tasks-${role}.arn»`);
  }
});

test("the endpoint of S3 leads to the bucket, for this account", () => {
  const { policy } = props("VpcEndpoint", "network-endpoints-s3");
  const [, , events] = [...allowed(policy)].sort((a, b) => a.actions.length - b.actions.length);
  expect(events).toEqual({
    actions: ["s3:ListBucket", "s3:GetObject", "s3:PutObject"],
    resources: [bucket, `${bucket}/*`],
    principals: ["*"],
    condition: true,
  });
});

test("services has the consumers, which scripts/deploy waits for", () => {
  expect(graph.outputs.services).toBe("landfall-dev-consume «taskDefinition landfall-dev-consume.arn»");
});

describe("alarms", () => {
  const alarm = (id: string) => props("MetricAlarm", id);

  test("tell that events wait, are refused, are not sent, and that nobody consumes them", () => {
    expect(alarm("events-age")).toMatchObject({
      metricName: "ApproximateAgeOfOldestMessage",
      dimensions: { QueueName: "landfall-dev-events" },
      alarmActions: ["«topic landfall-dev-alarms.arn»"],
    });
    expect(alarm("events-dead-letters")).toMatchObject({
      dimensions: { QueueName: "landfall-dev-events-dead-letters" },
      threshold: 0,
    });
    expect(alarm("events-sent")).toMatchObject({
      metricName: "NumberOfMessagesSent",
      dimensions: { QueueName: "landfall-dev-events" },
      treatMissingData: "breaching",
    });
    expect(Number(alarm("events-sent").period) * Number(alarm("events-sent").evaluationPeriods)).toBe(86400);
    expect(alarm("events-consumers")).toMatchObject({
      namespace: "AWS/ECS",
      dimensions: { ClusterName: "landfall-dev", ServiceName: "landfall-dev-consume" },
      // No task, no data.
      treatMissingData: "breaching",
    });
  });

  test("an hour without a good load is one, and an import is no load", () => {
    const { period, evaluationPeriods, ...others } = alarm("events-loaded");
    expect(Number(period) * Number(evaluationPeriods)).toBe(3600);
    expect(others).toMatchObject({
      dimensions: { RuleName: "landfall-dev-events-loaded" },
      treatMissingData: "breaching",
    });
    const ended = (family: string, exitCode: number, stopCode: string) => ({
      source: "aws.ecs",
      "detail-type": "ECS Task State Change",
      detail: {
        clusterArn: "«cluster landfall-dev-tasks.arn»",
        group: `family:landfall-dev-${family}`,
        taskDefinitionArn: `«taskDefinition landfall-dev-${family}.arnWithoutRevision»:7`,
        lastStatus: "STOPPED",
        stopCode,
        overrides: { containerOverrides: [{ name: "landfall" }] },
        containers: [{ name: "landfall", exitCode }],
      },
    });
    const told = (family: string, exitCode: number, stopCode = "EssentialContainerExited") =>
      graph.resources
        .filter(({ type }) => type.endsWith(":EventRule"))
        .filter(({ props: rule }) =>
          fits(JSON.parse(String(rule.eventPattern)), ended(family, exitCode, stopCode)),
        )
        .map(({ props: rule }) => String(rule.name).replace("landfall-dev-", ""));
    expect(told("load", 0)).toEqual(["events-loaded"]);
    expect(told("import", 0)).toEqual(["imported"]);
    expect(told("chart", 0)).toEqual([]);
    expect(told("load-all", 0)).toEqual([]);
    // A mail every five minutes would say no more than the alarm. What is rejected is rejected once.
    expect([told("load", 1), told("load", 0, "TaskFailedToStart"), told("load", 3)]).toEqual([
      [],
      [],
      ["task-rejected"],
    ]);
    for (const family of ["import", "load-all", "chart"]) {
      expect(told(family, 1)).toEqual(["task-failed"]);
      expect(told(family, 0, "TaskFailedToStart")).toEqual(["task-not-run"]);
    }
  });

  test("name a part of docs/deploy.md that there is", () => {
    const headings: string[] = readFileSync("../docs/deploy.md", "utf8").match(/(?<=^#+ ).*$/gm) ?? [];
    const named = graph.resources
      .filter(({ type, name: id }) => type.endsWith(":MetricAlarm") && id.includes("-events-"))
      .map(
        ({ props: { alarmDescription } }) => /docs\/deploy\.md, ([^).]*)/.exec(String(alarmDescription))?.[1],
      );
    expect(named).toHaveLength(5);
    expect(named.filter((heading) => heading === undefined || !headings.includes(heading))).toEqual([]);
  });
});
