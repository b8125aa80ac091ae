import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "../config";
import { allowed, list, record } from "../policy/documents";
import { committed, run, type Graph } from "./graph";
import { readable } from "./readable";
import { digest, stacks } from "./stacks";

const definition = "aws:ecs/taskDefinition:TaskDefinition";
const schedule = "aws:scheduler/schedule:Schedule";
const service = "aws:ecs/service:Service";
const ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";

const ofType = ({ resources }: Graph, type: string) => resources.filter((resource) => resource.type === type);
const names = (graph: Graph, type: string) => ofType(graph, type).map(({ name }) => name);

describe.each(stacks)("$title", ({ title, stack, configuration }) => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await run(stack, configuration);
  });

  test("is as it was reviewed", async () => {
    await expect(readable(graph)).toMatchFileSnapshot(`snapshots/${title.replaceAll(/\W+/g, "-")}.snap`);
  });

  test("names everything after the stack, and nothing twice", () => {
    const all = graph.resources.map(({ type, name }) => `${type} ${name}`);
    expect(all.filter((name) => !name.includes(` landfall-${stack}`))).toEqual([]);
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });

  test("makes everything with the provider that sets the tags", () => {
    const [provider] = ofType(graph, "pulumi:providers:aws");
    expect(record(provider?.props).defaultTags).toContain(`"stack":"${stack}"`);
    const others = graph.resources.filter(
      ({ type, provider }) => type.startsWith("aws:") && !provider.includes(`::landfall-${stack}::`),
    );
    expect(others).toEqual([]);
  });

  test("has no way in from the internet, but to a public load balancer and to receivers of extracts", () => {
    // Where a route leads to an internet gateway, only what needs it may stand, and the database never.
    const public_ = ofType(graph, "aws:ec2/route:Route")
      .filter(({ props }) => props.gatewayId !== undefined)
      .map(({ props }) => props.routeTableId);
    const subnets = ofType(graph, "aws:ec2/routeTableAssociation:RouteTableAssociation")
      .filter(({ props }) => public_.includes(props.routeTableId))
      .map(({ props }) => String(props.subnetId));
    const uses = graph.resources
      .filter(({ type }) => !type.includes("routeTableAssociation"))
      .filter(({ props }) => subnets.some((subnet) => JSON.stringify(props).includes(`"${subnet}"`)))
      .map(({ type }) => type);
    const { egress, serve, notifications, events, sftp } = parse(configuration, stack);
    const isPublicSftp = sftp?.endpoint === "public";
    const runs = serve !== "off" || notifications !== "none" || events === "on";
    const tasks = [...(runs ? [service] : []), schedule];
    const expected = { endpoints: [], nat: ["aws:ec2/natGateway:NatGateway"], public: tasks };
    expect([...new Set(uses)].sort()).toEqual(
      [
        ...expected[egress],
        ...(serve === "public" ? ["aws:lb/loadBalancer:LoadBalancer"] : []),
        ...(isPublicSftp ? ["aws:transfer/server:Server"] : []),
      ].sort(),
    );
    // Security groups let in other groups and nothing else, but for two, whose rules other tests look at.
    for (const { name, props } of ofType(graph, ingress)) {
      if (!["balancer", "sftp"].some((door) => name.startsWith(`landfall-${stack}-${door}-`))) {
        expect(props.referencedSecurityGroupId).toBeDefined();
        expect([props.cidrIpv4, props.cidrIpv6, props.prefixListId]).toEqual(Array(3).fill(undefined));
      }
    }
    // And nothing but a NAT gateway and a public SFTP server keeps addresses.
    const addresses = ofType(graph, "aws:ec2/eip:Eip").length;
    expect(addresses).toBe(
      names(graph, "aws:ec2/natGateway:NatGateway").length + (isPublicSftp ? subnets.length : 0),
    );
  });

  test("starts tasks where they can get out: with a public address in a public subnet, or with neither", () => {
    const { egress, zones } = parse(configuration, stack);
    const open = egress === "public";
    const subnets = Array.from(
      { length: zones?.length ?? 2 },
      (_, index) => `«subnet landfall-${stack}-network-${open ? "public" : "private"}-${index + 1}»`,
    );
    for (const { props } of ofType(graph, service)) {
      expect(props.networkConfiguration).toMatchObject({ subnets, assignPublicIp: open });
    }
    for (const { props } of ofType(graph, schedule)) {
      const network = record(record(record(props.target).ecsParameters).networkConfiguration);
      expect(network).toMatchObject({ subnets, assignPublicIp: open });
    }
    expect(JSON.parse(String(graph.outputs.taskNetwork))).toMatchObject({
      awsvpcConfiguration: { subnets, assignPublicIp: open ? "ENABLED" : "DISABLED" },
    });
  });

  test("pays for no endpoint that nothing uses", () => {
    const services = ofType(graph, "aws:ec2/vpcEndpoint:VpcEndpoint")
      .filter(({ props }) => props.vpcEndpointType === "Interface")
      .map(({ props }) => props.serviceName);
    const { egress, notifications, events, lake } = parse(configuration, stack);
    const used = [
      "ecr.api",
      "ecr.dkr",
      ...(lake === "off" ? [] : ["glue"]),
      "logs",
      "secretsmanager",
      ...(notifications === "none" && events === "off" ? [] : ["sqs"]),
    ];
    expect(services).toEqual(egress === "endpoints" ? used.map((service) => `«service ${service}»`) : []);
  });

  test("opens the database to tasks alone", () => {
    const rules = ofType(graph, ingress);
    const database = rules.filter(
      ({ props }) => props.securityGroupId === `«securityGroup landfall-${stack}-database»`,
    );
    const { serve, loans } = parse(configuration, stack);
    expect(database.map(({ props }) => props.referencedSecurityGroupId)).toEqual(
      [...(loans ? ["loans"] : []), ...(serve === "off" ? [] : ["serve"]), "tasks"].map(
        (id) => `«securityGroup landfall-${stack}-${id}»`,
      ),
    );
  });

  test("may write flow logs, with all that AWS asks of the role", () => {
    const [policy] = ofType(graph, "aws:iam/rolePolicy:RolePolicy").filter(({ name }) =>
      name.endsWith("-flows"),
    );
    // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    expect(
      allowed(policy?.props.policy)
        .flatMap(({ actions }) => actions)
        .sort(),
    ).toEqual([
      "logs:CreateLogGroup",
      "logs:CreateLogStream",
      "logs:DescribeLogGroups",
      "logs:DescribeLogStreams",
      "logs:PutLogEvents",
    ]);
  });

  test("lets only AWS services take roles on, for this account", () => {
    // github.test.ts has who takes on the others.
    const trusts = ofType(graph, "aws:iam/role:Role")
      .filter(({ name }) => !name.includes("-github-"))
      .flatMap(({ props }) => allowed(props.assumeRolePolicy));
    for (const { principals, condition } of trusts) {
      expect(principals).toEqual([expect.stringMatching(/^[a-z-]+\.amazonaws\.com$/)]);
      expect(condition).toBe(true);
    }
  });
});

describe("an update", () => {
  const images = (graph: Graph) =>
    Object.fromEntries(
      ofType(graph, definition).map(({ name, props }) => {
        const [container] = JSON.parse(String(props.containerDefinitions)) as [{ image: string }];
        return [name, container.image.replace(/.*@sha256:(.).*/, "$1")];
      }),
    );
  const with_ = (settings: Record<string, string>) => run("dev", { ...committed("dev"), ...settings });

  test("begins in an empty account, where nothing can run yet", async () => {
    const graph = await with_({});
    expect(names(graph, "aws:ecr/repository:Repository")).toEqual(["landfall-dev-registry"]);
    expect([...names(graph, definition), ...names(graph, schedule)]).toEqual([]);
    expect(names(graph, "aws:cloudwatch/metricAlarm:MetricAlarm")).not.toContain("landfall-dev-imported");
    expect(graph.outputs).toMatchObject({ image: "", importTask: "", migrateTask: "" });
  });

  test("tries the first image before anything is scheduled", async () => {
    const graph = await with_({ "landfall:candidate": digest("a") });
    expect(images(graph)).toEqual({ "landfall-dev-migrate": "a" });
    expect(names(graph, schedule)).toEqual([]);
  });

  test("migrates with the new image while the old one is scheduled", async () => {
    const graph = await with_({ "landfall:image": digest("a"), "landfall:candidate": digest("b") });
    expect(images(graph)).toEqual({
      "landfall-dev-import": "a",
      "landfall-dev-migrate": "b",
      "landfall-dev-status": "a",
    });
    const scheduled = ofType(graph, schedule).map(({ props }) => record(record(props.target).ecsParameters));
    expect(scheduled.map(({ taskDefinitionArn }) => taskDefinitionArn)).toEqual([
      "«taskDefinition landfall-dev-import.arn»",
      "«taskDefinition landfall-dev-status.arn»",
    ]);
  });

  test("ends with one image for all", async () => {
    const graph = await with_({ "landfall:image": digest("b") });
    expect(images(graph)).toEqual({
      "landfall-dev-import": "b",
      "landfall-dev-migrate": "b",
      "landfall-dev-status": "b",
    });
  });

  test("never removes a task definition", async () => {
    const graph = await with_({ "landfall:image": digest("b") });
    expect(ofType(graph, definition).map(({ props }) => props.skipDestroy)).toEqual([true, true, true]);
  });
});

test("a bucket without a prefix may be listed", async () => {
  const { resources } = await run("dev", { ...committed("dev"), "landfall:source": "s3://dumps" });
  const role = resources.find(
    ({ type, name }) => type.includes("RolePolicy") && name === "landfall-dev-tasks-run",
  );
  expect(allowed(role?.props.policy)).toEqual([
    {
      actions: ["s3:ListBucket"],
      resources: ["arn:«partition»:s3:::dumps"],
      principals: [],
      condition: false,
    },
    {
      actions: ["s3:GetObject"],
      resources: ["arn:«partition»:s3:::dumps/*"],
      principals: [],
      condition: false,
    },
  ]);
});

test("a public bucket of any region is read without signing, and nothing is granted for it", async () => {
  const public_ = {
    "landfall:source": "s3://sample-spot-prices",
    "landfall:sourceRegion": "us-east-1",
    "landfall:anonymous": "true",
    "landfall:image": digest("a"),
  };
  const { resources } = await run("dev", { ...committed("dev"), "landfall:egress": "nat", ...public_ });
  const props = (kind: string, name: string) =>
    resources.find((resource) => resource.type.endsWith(`:${kind}`) && resource.name === name)?.props;
  const [container] = list(props("TaskDefinition", "landfall-dev-import")?.containerDefinitions).map(record);
  expect(container?.environment).toEqual(
    expect.arrayContaining([
      { name: "AWS_REGION", value: "us-east-1" },
      { name: "LANDFALL_ANONYMOUS", value: "true" },
    ]),
  );
  expect(props("Role", "landfall-dev-tasks-run")).toBeDefined();
  expect(props("RolePolicy", "landfall-dev-tasks-run")).toBeUndefined();
});

test("the endpoint of S3 lets unsigned requests read a public bucket, and no other", async () => {
  const grants = async (anonymous: string) => {
    const settings = { "landfall:egress": "endpoints", "landfall:anonymous": anonymous };
    const { resources } = await run("dev", { ...committed("dev"), ...settings });
    const endpoint = resources.find(({ name }) => name === "landfall-dev-network-endpoints-s3");
    return allowed(endpoint?.props.policy);
  };
  const [signed, layers, ...others] = await grants("false");
  expect(signed?.condition).toBe(true);
  expect(others).toEqual([]);
  expect(await grants("true")).toEqual([{ ...signed, condition: false }, layers]);
  expect(signed?.actions).toEqual(["s3:ListBucket", "s3:GetObject"]);
});

test("a copy shares no name with what it was copied from", async () => {
  const physical = async (stack: string) => {
    const graph = await run(stack, { ...committed("dev"), "landfall:image": digest("a") });
    const keys = ["name", "family", "identifier", "dashboardName"];
    return graph.resources
      .filter(({ type }) => type.startsWith("aws:") && !/Policy|Target|ParameterGroup/.test(type))
      .flatMap(({ type, props }) =>
        keys.filter((key) => key in props).map((key) => `${type} ${String(props[key])}`),
      );
  };
  const dev = await physical("dev");
  expect(dev.length).toBeGreaterThan(20);
  expect((await physical("alice")).filter((name) => dev.includes(name))).toEqual([]);
});

test("the program names no partition, region or account", () => {
  for (const file of readdirSync(".").filter((name) => name.endsWith(".ts"))) {
    const code = readFileSync(file, "utf8").replaceAll(/\/\/.*$/gm, "");
    expect(code, file).not.toMatch(/arn:aws|\b[a-z]{2}-(north|south|east|west|central)[a-z]*-\d|\b\d{12}\b/);
  }
});
