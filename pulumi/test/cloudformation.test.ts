// Every graph has to be convertible: scripts/check-aws has the templates read by the tools of others. It says by
// LANDFALL_TEMPLATES where they are to be written.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { template } from "./cloudformation";
import { committed, run } from "./graph";
import { stacks } from "./stacks";

const folder = process.env.LANDFALL_TEMPLATES;

test.each(stacks)("$title can be written for CloudFormation", async ({ title, stack, configuration }) => {
  const graph = await run(stack, configuration);
  const converted = template(graph);
  expect(Object.keys(converted.Resources).length).toBeGreaterThan(60);
  // Nothing that only the mocks understand is left.
  expect(JSON.stringify(converted)).not.toContain("«");
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, `${title.replaceAll(/\W+/g, "-")}.json`),
      JSON.stringify(converted, undefined, 2),
    );
  }
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
