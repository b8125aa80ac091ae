// Every graph has to be convertible: scripts/check-aws has the templates read by the tools of others. It says by
// LANDFALL_TEMPLATES where they are to be written.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { template, type Template } from "./cloudformation";
import { committed, run } from "./graph";
import { stacks } from "./stacks";

const folder = process.env.LANDFALL_TEMPLATES;

function write(title: string, converted: Template): void {
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${title.replaceAll(/\W+/g, "-")}.json`);
    writeFileSync(file, JSON.stringify(converted, undefined, 2));
  }
}

test.each(stacks)("$title can be written for CloudFormation", async ({ title, stack, configuration }) => {
  const graph = await run(stack, configuration);
  const converted = template(graph);
  expect(Object.keys(converted.Resources).length).toBeGreaterThan(60);
  // Nothing that only the mocks understand is left.
  expect(JSON.stringify(converted)).not.toContain("«");
  write(title, converted);
});

test("a mistake for each tool to find is planted", async () => {
  // A class that RDS does not have in every region (af-south-1 is one of those), a database in the clear, and an action
  // that there is not.
  const graph = await run("dev", { ...committed("dev"), "landfall:databaseClass": "db.m7g.large" });
  for (const { type, name, props } of graph.resources) {
    if (type === "aws:rds/instance:Instance") {
      props.storageEncrypted = false;
    }
    if (type === "aws:iam/rolePolicy:RolePolicy" && name.endsWith("-tasks-run")) {
      props.policy = String(props.policy).replace("s3:GetObject", "s3:GetObjects");
    }
  }
  const planted = template(graph);
  expect(JSON.stringify(planted)).toContain("s3:GetObjects");
  write("planted mistakes", planted);
});

test("the region is in a graph as a name alone", async () => {
  // Templates have a parameter instead. It stands for any region only if nothing else depends on it.
  const here = template(await run("dev", committed("dev")));
  const there = template(await run("dev", { ...committed("dev"), "aws:region": "ap-southeast-4" }));
  const ids = (text: string) => text.replaceAll(/ApSoutheast4|EuWest3/g, "");
  expect(ids(JSON.stringify(there))).toBe(ids(JSON.stringify(here)));
});

test.each([
  ["a type", "aws:ec2/keyPair:KeyPair", {}, "aws:ec2/keyPair:KeyPair (sample) has no counterpart"],
  [
    "an output",
    "aws:sqs/queue:Queue",
    { name: "«queue sample.colour»" },
    "what colour of aws:sqs/queue:Queue is",
  ],
  ["a resource", "aws:sqs/queue:Queue", { name: "«queue other.arn»" }, "is of no resource that is declared"],
  [
    "a whole",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    { repository: "other" },
    "sample is part of no aws:ecr/repository:Repository that is declared",
  ],
])("%s that is unknown is an error", (_, type, props, message) => {
  expect(() => template({ resources: [{ type, name: "sample", props, provider: "" }], outputs: {} })).toThrow(
    message,
  );
});
