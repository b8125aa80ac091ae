// What GitHub's workflows may do, and what not.

import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "../config";
import { allowed, list, record, type Props } from "../policy/documents";
import { committed, run, type Graph } from "./graph";
import { digest, loans } from "./stacks";

const configuration = {
  ...committed("dev"),
  "landfall:image": digest("a"),
  "landfall:notifications": "queue",
  "landfall:events": "on",
  "landfall:lake": "on",
  ...loans,
  "landfall:github": "octo-org@1234/landfall@5678",
  "landfall:githubStateBucket": "landfall-state-111122223333",
};

let graph: Graph;
beforeAll(async () => {
  graph = await run("dev", configuration);
});
const find = (kind: string, name: string): Props =>
  graph.resources.find((resource) => resource.type.endsWith(`:${kind}`) && resource.name === name)?.props ??
  {};
const may = (role: string) => allowed(find("RolePolicy", `landfall-dev-github-${role}`).policy);

test.each(["build", "deploy"])("only jobs of the stack's environment take the role %s on", (role) => {
  const props = find("Role", `landfall-dev-github-${role}`);
  expect(props.maxSessionDuration).toBe(7200);
  const statements = list(props.assumeRolePolicy).flatMap((document) => list(record(document).Statement));
  expect(statements).toEqual([
    {
      Effect: "Allow",
      Principal: { Federated: "«openIdConnectProvider landfall-dev-github.arn»" },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": [
            "repo:octo-org/landfall:environment:dev",
            "repo:octo-org@1234/landfall@5678:environment:dev",
          ],
        },
      },
    },
  ]);
});

test("a build pushes to this stack's registry, and nothing else", () => {
  const scoped = may("build").filter(({ actions }) => !actions.includes("ecr:GetAuthorizationToken"));
  expect(scoped.flatMap(({ resources }) => resources)).toEqual(["«repository landfall-dev-registry.arn»"]);
  const actions = may("build").flatMap((grant) => grant.actions);
  expect(actions.filter((action) => !action.startsWith("ecr:"))).toEqual([]);
  // What was pushed stays.
  expect(actions.filter((action) => /Delete|Policy|Replicat/.test(action))).toEqual([]);
});

describe("a deploy", () => {
  test("hands over the stack's roles alone, and to the two services that run them", () => {
    const passing = may("deploy").filter(({ actions }) => actions.includes("iam:PassRole"));
    expect(passing).toHaveLength(1);
    const roles = (passing[0]?.resources ?? []).map((role) => role.replace(/«role (.*)\.arn»/, "$1"));
    expect(roles.sort()).toEqual([
      "landfall-dev-schedule",
      "landfall-dev-tasks-chart",
      "landfall-dev-tasks-consume",
      "landfall-dev-tasks-extract",
      "landfall-dev-tasks-follow",
      "landfall-dev-tasks-load",
      "landfall-dev-tasks-loans",
      "landfall-dev-tasks-publish",
      "landfall-dev-tasks-run",
      "landfall-dev-tasks-start",
      "landfall-dev-tasks-start-loans",
    ]);
    expect(find("RolePolicy", "landfall-dev-github-deploy").policy).toContain(
      '"iam:PassedToService":["ecs-tasks.amazonaws.com","scheduler.amazonaws.com"]',
    );
  });

  test("hands over every role that its resources name", () => {
    const passed = may("deploy").flatMap(({ resources }) => resources);
    const named = graph.resources
      .filter(({ type }) => /TaskDefinition|:Schedule$/.test(type))
      .flatMap(({ props }) => [props.executionRoleArn, props.taskRoleArn, record(props.target).roleArn])
      .filter((role) => typeof role === "string");
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((role) => !passed.includes(role))).toEqual([]);
  });

  test("may register and run every definition of the stack, and those of no other one", () => {
    const [registering, running] = ["ecs:RegisterTaskDefinition", "ecs:RunTask"].map((action) =>
      may("deploy")
        .filter(({ actions }) => actions.includes(action))
        .flatMap(({ resources }) => resources),
    );
    expect(running).toEqual(registering);
    const families = graph.resources
      .filter(({ type }) => type.endsWith(":TaskDefinition"))
      .map(({ props }) => `:task-definition/${String(props.family)}:*`);
    expect(families.filter((family) => !running?.some((arn) => arn.endsWith(family)))).toEqual([]);
    expect(running?.filter((arn) => /\*.*:\*$/.test(arn))).toEqual([]);
  });

  test("changes no role, network, database or other stack's state", () => {
    const actions = may("deploy").flatMap((grant) => grant.actions);
    const changing = actions.filter((action) => !/:(Describe|Get|List)/.test(action));
    expect(changing.sort()).toEqual([
      "ecs:RegisterTaskDefinition",
      "ecs:RunTask",
      "ecs:TagResource",
      "ecs:UpdateService",
      "iam:PassRole",
      "s3:DeleteObject",
      "s3:PutObject",
      "scheduler:UpdateSchedule",
    ]);
    const written = may("deploy")
      .filter((grant) => grant.actions.includes("s3:PutObject"))
      .flatMap(({ resources }) => resources);
    expect(written.filter((resource) => !/\/landfall\/dev(\.json\*|\/\*)$/.test(resource))).toEqual([]);
  });
});

test("a second stack uses the provider that there is", async () => {
  const { resources } = await run("dev", { ...configuration, "landfall:githubProvider": "existing" });
  expect(resources.filter(({ type }) => type.includes("openIdConnectProvider"))).toEqual([]);
  const role = resources.find(({ type, name }) => type.endsWith(":Role") && name.endsWith("-github-deploy"));
  expect(role?.props.assumeRolePolicy).toContain(
    "arn:«partition»:iam::«account»:oidc-provider/token.actions.githubusercontent.com",
  );
});

test("without a repository there is no such role", async () => {
  const { resources, outputs } = await run("dev", committed("dev"));
  expect(resources.filter(({ name }) => name.includes("github"))).toEqual([]);
  expect(outputs).toMatchObject({ buildRole: "", deployRole: "" });
});

test.each([
  ["octo-org/landfall", ["repo:octo-org/landfall"]],
  ["octo-org@1/landfall@2", ["repo:octo-org/landfall", "repo:octo-org@1/landfall@2"]],
])("%s is a repository", (github, subjects) => {
  expect(parse({ ...committed("dev"), "landfall:github": github }, "dev").github?.subjects).toEqual(subjects);
});

test.each([
  "landfall",
  "octo-org/*",
  "octo-org@1/landfall",
  "octo-org/land:fall",
  "a/b/c",
  "https://github.com/a/b",
])("%s is none", (github) => {
  expect(() => parse({ ...committed("dev"), "landfall:github": github }, "dev")).toThrow("landfall:github");
});
