// What keeps the database's rows, and what tells that they are in danger.

import { beforeAll, describe, expect, test } from "vitest";
import { allowed, list, record, type Props } from "../policy/documents";
import { committed, run, type Graph } from "./graph";
import { stacks } from "./stacks";

test("an upgrade on purpose is allowed and made at once, with parameters of the new version", async () => {
  const { resources } = await run("dev", {
    ...committed("dev"),
    "landfall:postgres": "18",
    "landfall:applyImmediately": "true",
  });
  const props = (type: string) => resources.find((resource) => resource.type === type)?.props;
  expect(props("aws:rds/instance:Instance")).toMatchObject({
    engineVersion: "18",
    applyImmediately: true,
    allowMajorVersionUpgrade: true,
    parameterGroupName: "«parameterGroup landfall-dev-database.name»",
  });
  const parameters = props("aws:rds/parameterGroup:ParameterGroup");
  expect(parameters?.family).toBe("postgres18");
  // Without a name of ours, Pulumi makes the new one before it deletes the old one, which is in use until then.
  expect(parameters?.name).toBeUndefined();
});

describe.each(stacks)("$title", ({ stack, configuration }) => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await run(stack, configuration);
  });
  const all = (kind: string) => graph.resources.filter(({ type }) => type.endsWith(`:${kind}`));
  const props = (kind: string, name = ""): Props =>
    all(kind).find((resource) => resource.name.endsWith(name))?.props ?? {};

  test("every task gives up a host that answers nothing within half a minute", () => {
    // But for the consumers of events, which have none.
    const definitions = all("TaskDefinition").filter(({ name }) => !name.endsWith("-consume"));
    const urls = definitions.flatMap((definition) =>
      list(definition.props.containerDefinitions)
        .flatMap((container) => list(record(container).environment).map(record))
        .filter(({ name }) => name === "DATABASE_URL")
        .map(({ value }) => new URLSearchParams(String(value).split("?")[1])),
    );
    expect(urls).toHaveLength(definitions.length);
    for (const url of urls) {
      const number = (option: string) => Number(url.get(option));
      expect(number("tcp_user_timeout")).toBeGreaterThanOrEqual(5_000);
      expect(number("tcp_user_timeout")).toBeLessThanOrEqual(30_000);
      const probes = number("keepalives_interval") * number("keepalives_count");
      expect(probes).toBeGreaterThan(0);
      expect(number("keepalives_idle") + probes).toBeLessThanOrEqual(30);
    }
  });

  test("the alarm on space is quiet while RDS makes room by itself", () => {
    const grows = Number(props("Instance").allocatedStorage) * 0.1 * 1024 ** 3;
    expect(props("MetricAlarm", "-database-storage").threshold).toBeGreaterThan(0);
    expect(props("MetricAlarm", "-database-storage").threshold).toBeLessThan(grows);
  });

  test("a failover and storage that cannot grow are mailed, and RDS may publish and encrypt that", () => {
    const subscription = props("EventSubscription");
    expect(subscription).toMatchObject({
      sourceIds: [props("Instance").identifier],
      snsTopic: `«topic landfall-${stack}-alarms.arn»`,
    });
    expect(subscription.eventCategories).toEqual(
      expect.arrayContaining(["failover", "failure", "low storage", "recovery"]),
    );
    const actions = (policy: unknown) =>
      allowed(policy)
        .filter(({ principals }) => principals.includes("events.rds.amazonaws.com"))
        .flatMap((grant) => grant.actions);
    expect(actions(props("TopicPolicy").policy)).toEqual(["sns:Publish"]);
    expect(actions(props("Key", "-alarms").policy)).toEqual(["kms:Decrypt", "kms:GenerateDataKey*"]);
  });

  test("changes wait for the window", () => {
    expect(props("Instance")).toMatchObject({ applyImmediately: false, allowMajorVersionUpgrade: false });
  });

  test("its deletion leaves a snapshot, whose name is free even after the last one", () => {
    expect(props("Instance")).toMatchObject({
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: `landfall-${stack}-final-«key landfall-${stack}-database»`,
    });
  });
});
