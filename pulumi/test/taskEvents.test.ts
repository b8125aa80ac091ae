import { expect, test } from "vitest";
import { endings } from "../taskEvents";

/** How EventBridge compares, as far as these patterns need it: one element of a list must fit a pattern whole. */
function fits(pattern: unknown, value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.some((element) => fits(pattern, element));
  }
  if (Array.isArray(pattern)) {
    return pattern.some((allowed: unknown) => allows(allowed, value));
  }
  const fields = (typeof value === "object" ? value : {}) as Record<string, unknown>;
  return Object.entries(pattern as object).every(([key, inner]) => fits(inner, fields[key]));
}

function allows(allowed: unknown, value: unknown): boolean {
  if (typeof allowed !== "object" || allowed === null) {
    return allowed === value;
  }
  return "exists" in allowed
    ? allowed.exists === (value !== undefined)
    : value !== undefined && !(allowed as { "anything-but": unknown[] })["anything-but"].includes(value);
}

const exited = (exitCode: number) => ({
  stopCode: "EssentialContainerExited",
  // GuardDuty brings a container of its own, whose end must not count.
  containers: [
    { name: "landfall", exitCode },
    { name: "aws-guardduty-agent", exitCode: 143 },
  ],
});

test.each([
  ["ended well", exited(0), []],
  ["failed", exited(1), ["failed"]],
  ["was used wrongly", exited(2), ["failed"]],
  ["ran out of memory", exited(137), ["failed"]],
  ["rejected dumps", exited(3), ["rejected"]],
  ["found no new day", exited(4), ["lagging"]],
  ["left no exit code", { ...exited(0), containers: [{ name: "landfall" }] }, ["failed"]],
  ["found no image", { stopCode: "TaskFailedToStart", containers: [{ name: "landfall" }] }, ["not-run"]],
  ["was stopped by hand", { ...exited(143), stopCode: "UserInitiated" }, ["not-run"]],
  ["was stopped by Fargate", { ...exited(0), stopCode: "TerminationNotice" }, ["not-run"]],
])("a task that %s is told of once or not at all", (_, detail, told) => {
  expect(endings.filter((ending) => fits(ending.detail, detail)).map(({ id }) => id)).toEqual(told);
});
