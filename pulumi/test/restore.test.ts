// The commands of docs/deploy.md, Restoring, against what RDS takes.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const [, section = ""] = /^## Restoring\n(.*?)^## /ms.exec(readFileSync("../docs/deploy.md", "utf8")) ?? [];
const commands = section.replaceAll("\\\n", " ").split("\n");
const at = (part: string) => commands.findIndex((command) => command.includes(part));

test("a restore takes no managed password for Postgres: it comes in a step of its own, before the names change", () => {
  const restore = at("restore-db-instance-to-point-in-time");
  expect(restore).toBeGreaterThan(0);
  expect(commands[restore]).not.toContain("master-user");
  const password = at("--manage-master-user-password");
  expect(password).toBeGreaterThan(restore);
  expect(commands[password]).toMatch(/aws rds modify-db-instance .*--apply-immediately/);
  // Both steps go on after their command has returned.
  const waits = (from: number, to: number) =>
    commands.slice(from, to).filter((command) => command.startsWith("until ")).length;
  expect(waits(restore, password)).toBe(1);
  expect(waits(password, at("rename landfall-prod "))).toBe(2);
});

test("a restore says all that is not inherited", () => {
  for (const option of [
    "--db-subnet-group-name",
    "--vpc-security-group-ids",
    "--db-parameter-group-name",
    "--max-allocated-storage",
    "--deletion-protection",
  ]) {
    expect(commands[at("restore-db-instance-to-point-in-time")]).toContain(option);
  }
});
