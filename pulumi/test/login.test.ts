// How tasks log in at the database, and how that changes from one deploy to the next.

import { expect, test } from "vitest";
import { allowed, list, record } from "../policy/documents";
import { committed, run, type Graph } from "./graph";
import { certificateArn, digest } from "./stacks";

const secret = "«instance landfall-dev-database.secret»";

/** With services too: each of their roles has to be able to log in. */
const deployed = (settings: Record<string, string>) =>
  run("dev", {
    ...committed("dev"),
    "landfall:image": digest("a"),
    "landfall:serve": "public",
    "landfall:certificateArn": certificateArn,
    "landfall:notifications": "queue",
    "landfall:events": "on",
    ...settings,
  });

const find = ({ resources }: Graph, kind: string, name: string) =>
  resources.find((resource) => resource.type.endsWith(`:${kind}`) && resource.name === name)?.props;

/** A line for each task: as whom it logs in, how, and whether the roles it has suffice for that. */
function logins(graph: Graph): Record<string, string> {
  const definitions = graph.resources.filter(({ type }) => type.endsWith(":TaskDefinition"));
  const grants = (role: unknown) => {
    const [, name = ""] = /^«role (.*)\.arn»$/.exec(String(role)) ?? [];
    return allowed(find(graph, "RolePolicy", name)?.policy);
  };
  return Object.fromEntries(
    definitions.map(({ name, props }) => {
      const [container] = list(props.containerDefinitions).map(record);
      const variables = Object.fromEntries(
        list(container?.environment).map((variable) => [record(variable).name, record(variable).value]),
      ) as Record<string, string>;
      const password = list(container?.secrets)
        .map(record)
        .some((variable) => variable.name === "PGPASSWORD");
      const reads = grants(props.executionRoleArn).some(({ resources }) => resources.includes(secret));
      const connects = grants(props.taskRoleArn).find(({ actions }) => actions.includes("rds-db:connect"));
      const [, user] = /:\/\/([^@/]*)@/.exec(variables.DATABASE_URL ?? "") ?? [];
      const byIam =
        variables.LANDFALL_RDS_IAM === "true" &&
        connects?.resources.every((arn) =>
          arn.endsWith(`:dbuser:«instance landfall-dev-database.resourceId»/${user ?? ""}`),
        );
      // The administrator has a name in the URL for a token, should its password be refused.
      const administrates =
        user === "landfall" &&
        connects?.resources.every((arn) =>
          arn.endsWith(":dbuser:«instance landfall-dev-database.resourceId»/landfall"),
        );
      if (administrates && password && reads) {
        return [name.replace("landfall-dev-", ""), "password or token"];
      }
      const way =
        password && reads && !user
          ? "password"
          : byIam && !password && !reads
            ? `iam as ${user ?? ""}`
            : "not at all";
      return [name.replace("landfall-dev-", ""), way];
    }),
  );
}
const running = (way: string) => ({
  ...Object.fromEntries(
    ["import", "status", "serve", "follow", "load", "load-all", "chart"].map((task) => [task, way]),
  ),
  // It never does.
  consume: "not at all",
});
const owner = "iam as landfall_owner";

test("without a choice, all tasks have the password, and none may use IAM", async () => {
  const graph = await deployed({});
  expect(logins(graph)).toEqual({ ...running("password"), migrate: "password" });
  expect(find(graph, "Instance", "landfall-dev-database")?.iamDatabaseAuthenticationEnabled).toBe(false);
  expect(JSON.stringify(graph.resources)).not.toContain("rds-db:connect");
  expect(graph.outputs).toMatchObject({ rolesTask: "", login: "password" });
});

test("with IAM, the administrator's task alone has the password", async () => {
  const graph = await deployed({ "landfall:databaseAuthentication": "iam", "landfall:login": "iam" });
  expect(logins(graph)).toEqual({ ...running(owner), migrate: owner, roles: "password or token" });
  const instance = find(graph, "Instance", "landfall-dev-database");
  expect(instance).toMatchObject({ iamDatabaseAuthenticationEnabled: true, applyImmediately: false });
  // No other role reads it.
  const readers = graph.resources
    .filter(({ type, props }) => type.endsWith(":RolePolicy") && JSON.stringify(props).includes(secret))
    .map(({ name }) => name);
  expect(readers).toEqual(["landfall-dev-tasks-start-administrator"]);
});

test("a deploy changes to IAM and back, and what runs goes on logging in as before until it has ended", async () => {
  const candidate = { "landfall:candidate": digest("b") };
  const to = await deployed({ ...candidate, "landfall:databaseAuthentication": "iam" });
  expect(logins(to)).toMatchObject({ ...running("password"), roles: "password or token" });
  // The start role of what runs still reads the password, so that the check above is not for this one.
  const [migrate] = list(find(to, "TaskDefinition", "landfall-dev-migrate")?.containerDefinitions).map(
    record,
  );
  expect(JSON.stringify(migrate)).toContain("LANDFALL_RDS_IAM");
  expect(JSON.stringify(migrate)).not.toContain("PGPASSWORD");
  // Otherwise RDS would accept no token before its maintenance window.
  expect(find(to, "Instance", "landfall-dev-database")).toMatchObject({
    iamDatabaseAuthenticationEnabled: true,
    applyImmediately: true,
  });
  const back = await deployed({ ...candidate, "landfall:login": "iam" });
  expect(logins(back)).toEqual({ ...running(owner), migrate: "password", roles: "password or token" });
  expect(find(back, "Instance", "landfall-dev-database")?.iamDatabaseAuthenticationEnabled).toBe(true);
  const command = (graph: Graph) =>
    list(find(graph, "TaskDefinition", "landfall-dev-roles")?.containerDefinitions).map(
      (container) => record(container).command,
    );
  const roles = ["roles", "--owner", "landfall_owner", "--reader", "landfall_reader"];
  expect(command(to)).toEqual([[...roles, "--rds-iam"]]);
  expect(command(back)).toEqual([roles]);
});

test("after a change to IAM that failed, a deploy with passwords begins with the roles", async () => {
  const graph = await deployed({ "landfall:candidate": digest("b"), "landfall:roles": "iam" });
  expect(logins(graph)).toEqual({
    ...running("password"),
    migrate: "password",
    roles: "password or token",
  });
  expect(find(graph, "Instance", "landfall-dev-database")?.iamDatabaseAuthenticationEnabled).toBe(true);
  const definition = find(graph, "TaskDefinition", "landfall-dev-roles")?.containerDefinitions;
  expect(JSON.stringify(definition)).not.toContain("--rds-iam");
});

test("the password of a copy that scripts/restore made is read as that of the original, and no other", async () => {
  const graph = await deployed({});
  const statements = (
    JSON.parse(String(find(graph, "RolePolicy", "landfall-dev-tasks-start")?.policy)) as {
      Statement: { Resource: string; Condition?: unknown }[];
    }
  ).Statement.filter(({ Resource }) => Resource.includes("rds!db-*"));
  expect(statements.map(({ Condition }) => Condition)).toEqual([
    {
      StringEquals: {
        "aws:ResourceTag/aws:rds:primaryDBInstanceArn": ["restored", "drill"].map(
          (kind) => `arn:«partition»:rds:eu-west-3:«account»:db:landfall-dev-${kind}`,
        ),
      },
    },
  ]);
});
