// scripts/deploy with the real AWS CLI: its calls, queries and waits, and what runs in the end. ../deploy.test.ts has its order.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { digest } from "../stacks";
import { Account } from "./account";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let account: Account;
let old: string;
let next: string;
beforeEach(async () => {
  account = await Account.start("password", { server: "deploys.py", pulumi: "pulumi-deploy" });
  [old = "", next = ""] = account.read("images").split(" ");
});
afterEach(() => {
  account.stop();
});

interface Service {
  deployments: { status: string; taskDefinition: string }[];
}
/** The image that the service's tasks have. */
function served(): string {
  const { services } = account.ask(
    "ecs",
    "describe-services",
    "--cluster",
    "landfall-dev",
    "--services",
    "landfall-dev-serve",
  ) as { services: Service[] };
  const running = services[0]?.deployments.find(({ status }) => status === "PRIMARY");
  return image(running?.taskDefinition ?? "");
}
function image(definition: string): string {
  const { taskDefinition } = account.ask(
    "ecs",
    "describe-task-definition",
    "--task-definition",
    definition,
  ) as { taskDefinition: { containerDefinitions: { image: string }[] } };
  return taskDefinition.containerDefinitions[0]?.image.replace(/.*@/, "") ?? "";
}
/** Tasks that ever ran, by the image of their definition. */
function ran(): string[] {
  const { taskArns } = account.ask("ecs", "list-tasks", "--cluster", "landfall-dev") as {
    taskArns: string[];
  };
  return taskArns.map((task) => {
    const { tasks } = account.ask("ecs", "describe-tasks", "--cluster", "landfall-dev", "--tasks", task) as {
      tasks: { taskDefinitionArn: string }[];
    };
    return image(tasks[0]?.taskDefinitionArn ?? "");
  });
}

test("an image is migrated with, scheduled and served", () => {
  const { status, stderr } = account.run("deploy", ["dev", "--image", next]);
  expect(stderr).toContain(`from ${old} to ${next}`);
  expect(stderr).toContain(`The way back: scripts/deploy dev --image ${old}`);
  expect(status).toBe(0);
  expect(ran()).toEqual([next]);
  expect(image("landfall-dev-import")).toBe(next);
  expect(served()).toBe(next);
});

test("an image that the registry does not have changes nothing", () => {
  const { status, stderr, calls } = account.run("deploy", ["dev", "--image", digest("f")]);
  expect(stderr).toContain(`landfall-dev has no image ${digest("f")}`);
  expect(calls.filter((call) => / up |run-task/.test(call))).toEqual([]);
  expect(status).toBe(1);
  expect(served()).toBe(old);
});

test("a migration that fails leaves the old version scheduled and serving", () => {
  account.write("exit", "1");
  const { status, stderr } = account.run("deploy", ["dev", "--image", next]);
  expect(stderr).toContain("the migrations failed (exit code 1: Essential container in task exited)");
  expect(stderr).toMatch(/--log-stream-names migrate\/landfall\/[0-9a-f-]{32,}\n/);
  expect(status).toBe(1);
  expect(ran()).toEqual([next]);
  expect(image("landfall-dev-import")).toBe(old);
  expect(served()).toBe(old);
});

test("where ECS goes back to the old version, so does everything else", () => {
  account.write("broken", next);
  const { status, stderr } = account.run("deploy", ["dev", "--image", next]);
  expect(stderr).toContain(`landfall-dev-serve did not start with ${next} (rolling back: circuit breaker)`);
  expect(stderr).toContain(`ECS went back to ${old}`);
  expect(status).toBe(1);
  expect(account.read("config.image").trim()).toBe(old);
  expect(image("landfall-dev-import")).toBe(old);
  expect(served()).toBe(old);
});
