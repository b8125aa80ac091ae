// The API as a service: who reaches it, what happens to it in a deploy and a failover, and how many there are.

import { beforeAll, describe, expect, test } from "vitest";
import { list, record, type Props } from "../policy/documents";
import { rules } from "../policy/rules";
import { committed, run, type Graph } from "./graph";
import { certificateArn, digest } from "./stacks";

const serve = (reach: string, settings: Record<string, string> = {}) =>
  run("dev", {
    ...committed("dev"),
    "landfall:image": digest("a"),
    "landfall:serve": reach,
    "landfall:certificateArn": certificateArn,
    ...settings,
  });
const all = ({ resources }: Graph, kind: string) => resources.filter(({ type }) => type.endsWith(`:${kind}`));
const props = (graph: Graph, kind: string, name = ""): Props =>
  all(graph, kind).find((resource) => resource.name.endsWith(name))?.props ?? {};

let graph: Graph;
beforeAll(async () => {
  graph = await serve("public", {
    "landfall:allowedNetworks": '["192.0.2.0/24","198.51.100.0/24"]',
  });
});

/** Where a request ends up, by the listener's rules in the order of their priority. */
function route(from: Graph, path: string, network: string): string {
  const sorted = all(from, "ListenerRule").sort(
    (a, b) => Number(a.props.priority) - Number(b.props.priority),
  );
  const fits = (pattern: unknown) => new RegExp(`^${String(pattern).replaceAll("*", ".*")}$`).test(path);
  for (const rule of sorted) {
    const conditions = list(rule.props.conditions).map(record);
    const holds = conditions.every(({ pathPattern, sourceIp }) =>
      sourceIp
        ? list(record(sourceIp).values).includes(network)
        : list(record(pathPattern).values).some(fits),
    );
    if (holds) {
      const [action] = list(rule.props.actions).map(record);
      return String(record(action?.fixedResponse).statusCode ?? action?.type);
    }
  }
  const [action] = list(props(from, "Listener", "-https").defaultActions).map(record);
  return String(action?.type);
}

test.each([
  ["/", "anywhere", "forward"],
  ["/rates", "anywhere", "forward"],
  ["/v1/spot/prices", "anywhere", "forward"],
  ["/metrics", "anywhere", "403"],
  ["/rates/batches", "anywhere", "403"],
  ["/rates/batches/17", "anywhere", "403"],
  ["/metrics", "192.0.2.0/24", "forward"],
  ["/rates/batches/17", "198.51.100.0/24", "forward"],
])("%s from %s: %s", (path, network, outcome) => {
  expect(route(graph, path, network)).toBe(outcome);
});

test("without networks nobody reaches what is for operators and senders", async () => {
  const closed = await serve("public");
  expect(route(closed, "/metrics", "192.0.2.0/24")).toBe("403");
  expect(route(closed, "/rates/batches", "192.0.2.0/24")).toBe("403");
  expect(route(closed, "/rates", "192.0.2.0/24")).toBe("forward");
});

test("a rule has no more values than a balancer takes", () => {
  for (const rule of all(graph, "ListenerRule")) {
    const values = list(rule.props.conditions)
      .map(record)
      .flatMap(({ pathPattern, sourceIp }) => list(record(pathPattern ?? sourceIp).values));
    expect(values.length).toBeLessThanOrEqual(5);
  }
});

test("plain HTTP is redirected and nothing else", () => {
  expect(props(graph, "Listener", "-http").defaultActions).toEqual([
    { type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } },
  ]);
});

describe("who may connect", () => {
  const doors = (from: Graph) =>
    all(from, "SecurityGroupIngressRule")
      .filter((rule) => rule.props.securityGroupId === "«securityGroup landfall-dev-balancer»")
      .map(
        (rule) =>
          `${String(rule.props.cidrIpv4)} ${String(rule.props.fromPort)}-${String(rule.props.toPort)}`,
      )
      .sort();

  test("to a public one: the world, on two ports", () => {
    expect(doors(graph)).toEqual(["0.0.0.0/0 443-443", "0.0.0.0/0 80-80"]);
    expect(props(graph, "LoadBalancer", "-balancer")).toMatchObject({
      internal: false,
      subnets: ["«subnet landfall-dev-network-public-1»", "«subnet landfall-dev-network-public-2»"],
    });
  });

  test("to an internal one: the network itself, and those that are named", async () => {
    const internal = await serve("internal", { "landfall:allowedNetworks": '["192.168.7.0/24"]' });
    expect(doors(internal)).toEqual([
      "10.20.0.0/16 443-443",
      "10.20.0.0/16 80-80",
      "192.168.7.0/24 443-443",
      "192.168.7.0/24 80-80",
    ]);
    expect(props(internal, "LoadBalancer", "-balancer")).toMatchObject({
      internal: true,
      subnets: ["«subnet landfall-dev-network-private-1»", "«subnet landfall-dev-network-private-2»"],
    });
  });

  test("to the servers: the balancer alone", () => {
    const rules = all(graph, "SecurityGroupIngressRule").filter(
      (rule) => rule.props.securityGroupId === "«securityGroup landfall-dev-serve»",
    );
    expect(rules.map((rule) => rule.props)).toEqual([
      expect.objectContaining({
        referencedSecurityGroupId: "«securityGroup landfall-dev-balancer»",
        fromPort: 8080,
        toPort: 8080,
      }),
    ]);
  });

  test("the rule on security groups makes way for these two alone", () => {
    const rule = rules.find(({ name }) => name === "no-open-security-group");
    const door = {
      type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      name: "landfall-prod-balancer-443-from-world",
      props: { cidrIpv4: "0.0.0.0/0", ipProtocol: "tcp", fromPort: 443, toPort: 443 },
    };
    expect(rule?.check(door, "prod")).toEqual([]);
    const closed = ["nothing may be let in from the world"];
    expect(rule?.check(door, "dev")).toEqual(closed);
    expect(rule?.check({ ...door, name: "landfall-prod-serve-443-from-world" }, "prod")).toEqual(closed);
    for (const change of [{ toPort: 444 }, { fromPort: 5432, toPort: 5432 }, { ipProtocol: "-1" }]) {
      expect(rule?.check({ ...door, props: { ...door.props, ...change } }, "prod")).toEqual(closed);
    }
  });
});

test("a NAT gateway and a public balancer share the one way to the internet that a network can have", async () => {
  const both = await serve("public", { "landfall:egress": "nat" });
  expect(all(both, "InternetGateway")).toHaveLength(1);
  expect(props(both, "NatGateway").subnetId).toBe("«subnet landfall-dev-network-public-1»");
  expect(props(both, "LoadBalancer", "-balancer").subnets).toHaveLength(2);
  // Servers stay private.
  expect(record(props(both, "Service", "-serve").networkConfiguration)).toMatchObject({
    subnets: ["«subnet landfall-dev-network-private-1»", "«subnet landfall-dev-network-private-2»"],
    assignPublicIp: false,
  });
  const blocks = all(both, "Subnet").map((subnet) => subnet.props.cidrBlock);
  expect(new Set(blocks).size).toBe(4);
});

test("a deploy takes no server away before another is ready, and ECS goes back if none is", () => {
  const service = props(graph, "Service", "-serve");
  expect(service).toMatchObject({
    desiredCount: 2,
    deploymentMinimumHealthyPercent: 100,
    deploymentMaximumPercent: 200,
    deploymentCircuitBreaker: { enable: true, rollback: true },
    loadBalancers: [{ containerName: "landfall", containerPort: 8080 }],
  });
  // Autoscaling's from then on (start.test.ts).
  expect(props(graph, "Target", "-serve")).toMatchObject({ minCapacity: 2, maxCapacity: 3 });
  expect(all(graph, "Policy").map((policy) => policy.name)).toEqual([
    "landfall-dev-serve-cpu",
    "landfall-dev-serve-requests",
  ]);
});

test("times fit each other", () => {
  const targets = props(graph, "TargetGroup");
  const check = record(targets.healthCheck);
  const failover = 120;
  expect(Number(check.interval) * Number(check.unhealthyThreshold)).toBeGreaterThan(failover);
  const [container] = list(props(graph, "TaskDefinition", "-serve").containerDefinitions).map(record);
  const environment = Object.fromEntries(
    list(container?.environment)
      .map(record)
      .map(({ name, value }) => [String(name), String(value)]),
  );
  expect(environment).toMatchObject({ LANDFALL_LISTEN: "0.0.0.0:8080", LANDFALL_READERS: "2" });
  const drain = Number(/^(\d+)s$/.exec(environment.LANDFALL_DRAIN_PERIOD ?? "")?.[1]);
  // Draining, then 90 s for requests in progress, must end before SIGKILL, of which 120 s is the most on Fargate.
  expect(drain).toBeGreaterThanOrEqual(15);
  expect(container?.stopTimeout).toBe(120);
  expect(drain + 90).toBeLessThan(120);
  expect(Number(targets.deregistrationDelay)).toBeGreaterThanOrEqual(150);
  expect(Number(props(graph, "LoadBalancer", "-balancer").idleTimeout)).toBeLessThan(75);
});

test("the token comes from a secret, which ECS alone may read", async () => {
  const arn = "arn:aws:secretsmanager:eu-west-3:111122223333:secret:landfall/token-AbCdEf";
  const with_ = await serve("internal", { "landfall:apiTokenSecretArn": arn });
  const secrets = (id: string) =>
    list(props(with_, "TaskDefinition", id).containerDefinitions)
      .flatMap((container) => list(record(container).secrets).map(record))
      .map(({ name }) => name);
  expect(secrets("-serve")).toContain("LANDFALL_API_TOKEN");
  expect(secrets("-import")).not.toContain("LANDFALL_API_TOKEN");
  expect(JSON.stringify(props(with_, "RolePolicy", "-tasks-start").policy)).toContain(arn);
  expect(JSON.stringify(props(with_, "RolePolicy", "-tasks-run").policy)).not.toContain(arn);
  expect(props(graph, "TaskDefinition", "-serve").containerDefinitions).not.toContain("LANDFALL_API_TOKEN");
});

test("before there is an image there is a name to point at, and nothing that an alarm misses", async () => {
  const empty = await run("dev", {
    ...committed("dev"),
    "landfall:serve": "public",
    "landfall:certificateArn": certificateArn,
    "landfall:notifications": "queue",
  });
  expect(empty.outputs).toMatchObject({
    address: "«loadBalancer landfall-dev-balancer.dnsName»",
    services: "",
  });
  expect(all(empty, "Service")).toEqual([]);
  expect(all(empty, "MetricAlarm").map(({ name }) => name)).not.toContain("landfall-dev-serve-hosts");
});
