// The queue of new dumps: who may write to it, who reads it, and what tells that nobody does.

import { expect, test } from "vitest";
import { allowed, list, record, type Props } from "../policy/documents";
import { fits } from "./eventBridge";
import { committed, run, type Graph } from "./graph";
import { digest } from "./stacks";

const runs = new Map<string, Promise<Graph>>();
function followed(way: string, settings: Record<string, string> = {}): Promise<Graph> {
  const key = JSON.stringify([way, settings]);
  const graph = runs.get(key) ?? declare(way, settings);
  runs.set(key, graph);
  return graph;
}
const declare = (way: string, settings: Record<string, string>) =>
  run("dev", {
    ...committed("dev"),
    "landfall:image": digest("a"),
    "landfall:source": "s3://dumps/spot",
    "landfall:notifications": way,
    ...settings,
  });
const props = ({ resources }: Graph, kind: string, name: string): Props =>
  resources.find((resource) => resource.type.endsWith(`:${kind}`) && resource.name === `landfall-dev-${name}`)
    ?.props ?? {};
const statements = (policy: unknown) =>
  list(policy).flatMap((document) => list(record(document).Statement).map(record));

test("S3 may send for this bucket of this account, and nobody else may", async () => {
  const sender = async (settings: Record<string, string>) =>
    statements(props(await followed("queue", settings), "QueuePolicy", "notifications").policy);
  const condition = (account: string) => ({
    ArnEquals: { "aws:SourceArn": "arn:«partition»:s3:::dumps" },
    StringEquals: { "aws:SourceAccount": account },
  });
  expect(await sender({})).toEqual([
    {
      Effect: "Allow",
      Action: "sqs:SendMessage",
      Resource: "«queue landfall-dev-notifications.arn»",
      Principal: { Service: "s3.amazonaws.com" },
      Condition: condition("«account»"),
    },
  ]);
  const [other] = await sender({ "landfall:sourceAccount": "444455556666" });
  expect(other?.Condition).toEqual(condition("444455556666"));
});

/** As EventBridge documents it for S3. */
const created = (bucket: string, key: string) => ({
  version: "0",
  "detail-type": "Object Created",
  source: "aws.s3",
  account: "111122223333",
  resources: [`arn:aws:s3:::${bucket}`],
  detail: {
    version: "0",
    bucket: { name: bucket },
    object: { key, size: 5, etag: "e" },
    reason: "PutObject",
  },
});

test("EventBridge sends what is new in this bucket under this prefix", async () => {
  const graph = await followed("eventbridge");
  const pattern: unknown = JSON.parse(String(props(graph, "EventRule", "notifications").eventPattern));
  expect(fits(pattern, created("dumps", "spot/2026-11-01.json.gz"))).toBe(true);
  expect(fits(pattern, created("dumps", "freight/2026-11-01.json"))).toBe(false);
  expect(fits(pattern, created("other", "spot/2026-11-01.json.gz"))).toBe(false);
  const deleted = { ...created("dumps", "spot/2026-11-01.json.gz"), "detail-type": "Object Deleted" };
  expect(fits(pattern, deleted)).toBe(false);
  const [statement] = statements(props(graph, "QueuePolicy", "notifications").policy);
  expect(statement).toMatchObject({
    Principal: { Service: "events.amazonaws.com" },
    Condition: { ArnEquals: { "aws:SourceArn": "«eventRule landfall-dev-notifications.arn»" } },
  });
  // The event as it is: Landfall reads it.
  expect(props(graph, "EventTarget", "notifications")).toEqual({
    rule: "landfall-dev-notifications",
    arn: "«queue landfall-dev-notifications.arn»",
    deadLetterConfig: { arn: "«queue landfall-dev-dead-letters.arn»" },
  });
});

test("without a prefix everything in the bucket counts", async () => {
  const graph = await followed("eventbridge", { "landfall:source": "s3://dumps" });
  const pattern: unknown = JSON.parse(String(props(graph, "EventRule", "notifications").eventPattern));
  expect(fits(pattern, created("dumps", "any/key"))).toBe(true);
});

test("a message that nobody can deal with ends in a queue with an alarm", async () => {
  const graph = await followed("queue");
  const queue = props(graph, "Queue", "notifications");
  expect(queue).toMatchObject({ visibilityTimeoutSeconds: 300, messageRetentionSeconds: 1209600 });
  expect(JSON.parse(String(queue.redrivePolicy))).toEqual({
    deadLetterTargetArn: "«queue landfall-dev-notifications-dead.arn»",
    maxReceiveCount: 10,
  });
  expect(props(graph, "MetricAlarm", "follow-dead-letters")).toMatchObject({
    dimensions: { QueueName: "landfall-dev-notifications-dead" },
    threshold: 0,
  });
  expect(props(graph, "MetricAlarm", "follow-age")).toMatchObject({
    metricName: "ApproximateAgeOfOldestMessage",
    dimensions: { QueueName: "landfall-dev-notifications" },
    alarmActions: ["«topic landfall-dev-alarms.arn»"],
  });
});

test("a follower reads dumps and this queue, and imports do not read the queue", async () => {
  const graph = await followed("queue");
  const grants = (role: string) =>
    allowed(props(graph, "RolePolicy", `tasks-${role}`).policy).filter(({ actions }) =>
      actions.some((action) => action.startsWith("sqs:")),
    );
  expect(grants("follow")).toEqual([
    {
      actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
      resources: ["«queue landfall-dev-notifications.arn»"],
      principals: [],
      condition: false,
    },
  ]);
  expect(grants("run")).toEqual([]);
  const definition = props(graph, "TaskDefinition", "follow");
  expect(definition.taskRoleArn).toBe("«role landfall-dev-tasks-follow.arn»");
  const [container] = list(definition.containerDefinitions).map(record);
  expect(container).toMatchObject({ command: ["follow"], portMappings: [] });
  expect(container?.environment).toEqual(
    expect.arrayContaining([
      { name: "LANDFALL_QUEUE", value: "«queue landfall-dev-notifications.url»" },
      { name: "LANDFALL_SOURCE", value: "s3://dumps/spot" },
      { name: "AWS_REGION", value: "eu-west-3" },
    ]),
  );
});

test("the hourly import stays, for what nothing told of", async () => {
  const graph = await followed("queue");
  expect(props(graph, "Schedule", "schedule-import").scheduleExpression).toBe("cron(15 * * * ? *)");
});

test.each(["queue", "eventbridge"])("the bucket's own settings are never touched: %s", async (way) => {
  const { resources } = await followed(way);
  expect(resources.filter(({ type }) => type.startsWith("aws:s3/"))).toEqual([]);
});

/** As the guide of ECS shows them. */
const ofService = (type: string, eventName: string, service: string) => ({
  version: "0",
  "detail-type": type,
  source: "aws.ecs",
  resources: [`arn:«partition»:ecs:eu-west-3:«account»:service/${service}`],
  detail: { eventType: "ERROR", eventName },
});

test.each([
  [
    "ECS Deployment State Change",
    "SERVICE_DEPLOYMENT_FAILED",
    "landfall-dev/landfall-dev-serve",
    ["deployment-failed"],
  ],
  ["ECS Deployment State Change", "SERVICE_DEPLOYMENT_COMPLETED", "landfall-dev/landfall-dev-serve", []],
  ["ECS Deployment State Change", "SERVICE_DEPLOYMENT_FAILED", "landfall-devil/serve", []],
  ["ECS Service Action", "SERVICE_TASK_START_IMPAIRED", "landfall-dev/landfall-dev-follow", ["impaired"]],
  [
    "ECS Service Action",
    "SERVICE_TASK_PLACEMENT_FAILURE",
    "landfall-dev/landfall-dev-follow",
    ["not-placed"],
  ],
  ["ECS Service Action", "SERVICE_STEADY_STATE", "landfall-dev/landfall-dev-follow", []],
])("%s %s of %s is mailed once or not at all", async (type, eventName, service, expected) => {
  const { resources } = await followed("queue");
  const told = resources
    .filter((resource) => resource.type.endsWith(":EventRule"))
    .filter(({ props: rule }) =>
      fits(JSON.parse(String(rule.eventPattern)), ofService(type, eventName, service)),
    )
    .map(({ name }) => name.replace("landfall-dev-service-", ""));
  expect(told).toEqual(expected);
});
