import { describe, expect, test } from "vitest";
import { parse } from "../config";
import { allowed } from "../policy/documents";
import { isProduction, rules, type Declared } from "../policy/rules";
import { stacks } from "./stacks";
import { run } from "./graph";
import { violations } from "./violations";

describe.each(stacks)("$title", ({ stack, configuration }) => {
  test("breaks no rule", async () => {
    const { resources } = await run(stack, configuration);
    const broken = rules.flatMap((rule) =>
      resources.flatMap((resource) =>
        rule.check(resource, stack).map((complaint) => `${rule.name}: ${resource.name}: ${complaint}`),
      ),
    );
    expect(broken).toEqual([]);
  });

  test("has something for every rule to look at", async () => {
    // Bare of all settings, what is declared breaks nearly every rule; a rule that still says nothing would
    // look at types that are no longer there.
    const { resources } = await run(stack, configuration);
    const bare = resources.map(({ type, name }): Declared => ({ type, name, props: {} }));
    const silent = rules.filter((rule) =>
      bare.every((resource) => rule.check(resource, "prod").length === 0),
    );
    const { serve, events, lake, extracts } = parse(configuration, stack);
    const nothingServes = serve === "off" && events === "off";
    const nothingGoesOut = lake === "off" && extracts === "off";
    expect(silent.map(({ name }) => name)).toEqual([
      // These look for something that must not be there, or into documents.
      "no-open-security-group",
      "no-wildcard-in-roles",
      "no-public-resource-policy",
      "no-password-beside-iam",
      "hardened-container",
      "no-bucket-notification",
      ...(nothingServes && nothingGoesOut ? ["private-bucket"] : []),
      ...(events === "off" || stack !== "prod" ? ["raw-events-kept"] : []),
      ...(nothingGoesOut || stack !== "prod" ? ["delivered-files-kept"] : []),
      ...(lake === "off" ? ["bounded-queries"] : []),
      "receivers-only-read",
      ...(nothingServes ? ["steady-service"] : []),
      ...(serve === "off" ? ["strict-balancer"] : []),
    ]);
  });
});

test.each(rules)("$name has samples that break it", ({ name }) => {
  expect(violations.filter(({ rule }) => rule === name)).not.toEqual([]);
});

test.each(violations)("$rule refuses $title", ({ rule, type, props, complaint, name = "sample" }) => {
  const found = rules.find(({ name }) => name === rule);
  expect(found?.check({ type, name, props }, "prod")).toContain(complaint);
});

test("a stack is production by a part of its name", () => {
  expect(["prod", "prod-eu", "eu-prod"].filter(isProduction)).toHaveLength(3);
  expect(["dev", "product", "reproduce"].filter(isProduction)).toEqual([]);
});

test("a task may have a public address, but in production", () => {
  const rule = rules.find(({ name }) => name === "no-public-task");
  const service: Declared = {
    type: "aws:ecs/service:Service",
    name: "sample",
    props: { networkConfiguration: { assignPublicIp: true } },
  };
  expect(rule?.check(service, "dev")).toEqual([]);
  expect(rule?.check(service, "prod-eu")).toEqual(["assignPublicIp must be false"]);
});

test("documents are read in all their spellings", () => {
  const statement = {
    Effect: "Allow",
    Action: "a:B",
    Resource: ["r"],
    Principal: { AWS: "*", Service: ["s"] },
  };
  const grant = { actions: ["a:B"], resources: ["r"], principals: ["*", "s"], condition: false };
  expect(allowed({ Statement: statement })).toEqual([grant]);
  expect(allowed(JSON.stringify({ Statement: [statement, { ...statement, Effect: "Deny" }] }))).toEqual([
    grant,
  ]);
  expect(allowed(undefined)).toEqual([]);
});
