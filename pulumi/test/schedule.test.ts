import { beforeAll, expect, test } from "vitest";
import { allowed, list, record, type Props } from "../policy/documents";
import { committed, run, type Graph } from "./graph";
import { digest } from "./stacks";

let graph: Graph;
beforeAll(async () => {
  graph = await run("dev", { ...committed("dev"), "landfall:image": digest("a") });
});

const props = (kind: string, name: string): Props =>
  graph.resources.find((resource) => resource.type.endsWith(`:${kind}`) && resource.name === name)?.props ??
  {};
const schedule = (id: string) => props("Schedule", `landfall-dev-schedule-${id}`);

/** The hours of a day in which an expression such as `cron(15 3,6 * * ? *)` runs something. */
function hours(expression: unknown): number[] {
  const [, field = ""] = /^cron\(\d+ (\S+) \* \* \? \*\)$/.exec(String(expression)) ?? [];
  return field === "*" ? Array.from({ length: 24 }, (_, hour) => hour) : field.split(",").map(Number);
}

test("one import that fails leaves 23 others to keep the promise of 24 hours", () => {
  expect(hours(schedule("import").scheduleExpression)).toHaveLength(24);
});

test("the lag is looked at while there is time to repair it, and in the morning", () => {
  expect(hours(schedule("status").scheduleExpression)).toEqual([3, 6]);
  expect(schedule("status").scheduleExpressionTimezone).toBe("UTC");
});

test.each([
  ["import", ["import"]],
  ["status", ["status", "--max-lag", "24h"]],
])("%s has a family of its own, by which events tell what ended", (id, command) => {
  const target = record(schedule(id).target);
  expect(record(target.ecsParameters).taskDefinitionArn).toBe(`«taskDefinition landfall-dev-${id}.arn»`);
  expect(target.input).toBeUndefined();
  const definition = props("TaskDefinition", `landfall-dev-${id}`);
  expect(list(definition.containerDefinitions).map((container) => record(container).command)).toEqual([
    command,
  ]);
  const [grant] = allowed(props("RolePolicy", "landfall-dev-schedule").policy);
  expect(grant?.resources).toContain(`«taskDefinition landfall-dev-${id}.arnWithoutRevision»:*`);
});

test("attempts end when the next import is due", () => {
  expect(record(record(schedule("import").target).retryPolicy).maximumEventAgeInSeconds).toBe(3600);
});
