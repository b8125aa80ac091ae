// What is told of how a task ended: the deployed rules and targets, given events as ECS sends them.

import { beforeAll, expect, test } from "vitest";
import { allowed, list, record, type Props } from "../policy/documents";
import { fits } from "./eventBridge";
import { recorded } from "./eventRuler/recorded";
import { committed, run, type Graph } from "./graph";
import { digest } from "./stacks";

let graph: Graph;
beforeAll(async () => {
  graph = await run("dev", { ...committed("dev"), "landfall:image": digest("a") });
});

const all = (kind: string): Props[] =>
  graph.resources.filter(({ type }) => type.endsWith(`:${kind}`)).map(({ props }) => props);

const event = (detail: Props) => ({
  source: "aws.ecs",
  "detail-type": "ECS Task State Change",
  detail: {
    clusterArn: "«cluster landfall-dev-tasks.arn»",
    taskArn: "arn:task/0a1b",
    group: "family:landfall-dev-import",
    lastStatus: "STOPPED",
    stoppedReason: "Essential container in task exited",
    overrides: { containerOverrides: [{ name: "landfall" }] },
    ...detail,
  },
});
const told = (detail: Props): string[] =>
  all("EventRule")
    .filter(({ eventPattern }) => fits(JSON.parse(String(eventPattern)), event(detail)))
    .map(({ name }) => String(name).replace(/landfall-dev-(task-)?/, ""));

const own = "EssentialContainerExited";
// GuardDuty brings a container of its own, whose end must not count.
const agent = { name: "aws-guardduty-agent", exitCode: 143 };
const exited = (exitCode: number) => ({ stopCode: own, containers: [{ name: "landfall", exitCode }, agent] });
const lost = { name: "landfall", reason: "CannotInspectContainerError: Could not transition" };

const endings: [title: string, detail: Props, rules: string[]][] = [
  ["ended well", exited(0), ["imported"]],
  ["failed", exited(1), ["failed"]],
  ["was used wrongly", exited(2), ["failed"]],
  ["ran out of memory", exited(137), ["failed"]],
  [
    "ran out of memory, and ECS says so",
    { stopCode: own, containers: [{ name: "landfall", exitCode: 137, reason: "OutOfMemoryError" }, agent] },
    ["failed"],
  ],
  ["rejected dumps", exited(3), ["rejected"]],
  ["found no new day", exited(4), ["lagging"]],
  ["left no exit code", { stopCode: own, containers: [{ name: "landfall" }] }, ["failed"]],
  ["left no exit code, beside a sidecar that did", { stopCode: own, containers: [lost, agent] }, ["failed"]],
  ["found no image", { stopCode: "TaskFailedToStart", containers: [{ name: "landfall" }] }, ["not-run"]],
  ["was stopped by hand", { ...exited(143), stopCode: "UserInitiated" }, ["not-run"]],
  ["was stopped by Fargate", { ...exited(0), stopCode: "TerminationNotice" }, ["not-run"]],
  ["is still running", { ...exited(1), lastStatus: "RUNNING" }, []],
  ["belongs to a service that is deployed", { ...exited(143), group: "service:landfall-dev-serve" }, []],
  ["belongs to another stack", { ...exited(1), group: "family:landfall-devil-import" }, []],
  ["was a good status and no import", { ...exited(0), group: "family:landfall-dev-status" }, []],
  ["was a bad status", { ...exited(4), group: "family:landfall-dev-status" }, ["lagging"]],
  [
    "was another command run by hand",
    { ...exited(0), overrides: { containerOverrides: [{ name: "landfall", command: ["status"] }] } },
    [],
  ],
];

test.each(endings)("a task that %s is told of once or not at all", (_, detail, rules) => {
  expect(told(detail)).toEqual(rules);
});

test("event-ruler says the same of all these", async () => {
  const patterns = all("EventRule").map(({ name, eventPattern }): [string, unknown] => [
    String(name).replace(/landfall-dev-(task-)?/, ""),
    JSON.parse(String(eventPattern)),
  ]);
  const events = endings.map(([title, detail]): [string, unknown] => [title, event(detail)]);
  expect(Object.fromEntries(endings.map(([title, , rules]) => [title, rules]))).toEqual(
    await recorded("taskEvents", Object.fromEntries(patterns), Object.fromEntries(events)),
  );
});

/** EventBridge puts values into a template: a string as it is, between quotation marks, and anything else as JSON. */
function transformed({ inputPaths, inputTemplate }: Props, from: unknown): string {
  let text = String(inputTemplate);
  for (const [variable, path] of Object.entries(record(inputPaths))) {
    const keys = String(path).split(".").slice(1);
    const value = keys.reduce<unknown>((inner, key) => record(inner)[key], from);
    text = text.replaceAll(`<${variable}>`, () =>
      typeof value === "string" ? `"${value}"` : JSON.stringify(value),
    );
  }
  return text;
}

test("a reason with quotation marks and lines arrives", () => {
  const stoppedReason = 'CannotPullContainerError: "registry" said:\n\\ no such host';
  const sent = event({ ...exited(1), stoppedReason });
  const targets = all("EventTarget");
  expect(targets.length).toBe(4);
  for (const { inputTransformer } of targets) {
    const message = record(JSON.parse(transformed(record(inputTransformer), sent)));
    expect(message.problem).toMatch(/^landfall-dev: ./);
    expect(message["what to do"]).toMatch(/./);
    expect(message.task).toBe("family:landfall-dev-import");
    expect(record(message.details)).toMatchObject({ stoppedReason, containers: exited(1).containers });
  }
});

test("an event that cannot be sent is kept, and an alarm tells of it", () => {
  const [queue] = all("Queue");
  for (const { deadLetterConfig } of all("EventTarget")) {
    expect(deadLetterConfig).toEqual({ arn: "«queue landfall-dev-dead-letters.arn»" });
  }
  const [policy] = all("QueuePolicy");
  expect(allowed(policy?.policy)).toEqual([
    {
      actions: ["sqs:SendMessage"],
      resources: ["«queue landfall-dev-dead-letters.arn»"],
      principals: ["events.amazonaws.com"],
      condition: true,
    },
  ]);
  // Only from rules of this stack, which all have this prefix.
  const [statement] = list(policy?.policy).flatMap((document) =>
    list(record(document).Statement).map(record),
  );
  expect(JSON.stringify(statement?.Condition)).toContain(":rule/landfall-dev-*");
  expect(all("EventRule").filter(({ name }) => !String(name).startsWith("landfall-dev-"))).toEqual([]);
  const alarms = all("MetricAlarm").map(({ dimensions }) => dimensions);
  expect(alarms).toContainEqual({ QueueName: queue?.name });
});

test("a day without a good import is an alarm, also if nothing at all happens", () => {
  const alarm = all("MetricAlarm").find(({ name }) => name === "landfall-dev-imported");
  expect(alarm).toMatchObject({
    metricName: "TriggeredRules",
    dimensions: { RuleName: "landfall-dev-imported" },
    comparisonOperator: "LessThanThreshold",
    threshold: 1,
    treatMissingData: "breaching",
  });
  expect(Number(alarm?.period) * Number(alarm?.evaluationPeriods)).toBe(24 * 3600);
});
