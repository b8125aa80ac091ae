// SFTP: who gets in from where, what a receiver sees, and that nobody can write.

import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "../config";
import { list, record } from "../policy/documents";
import { committed, run, type Graph } from "./graph";
import { difference, look } from "./look";
import { digest, publicKeys, sftp } from "./stacks";

const declare = (settings: Record<string, string>) =>
  run("dev", {
    ...committed("dev"),
    "landfall:image": digest("a"),
    "landfall:egress": "endpoints",
    "landfall:extracts": "on",
    ...settings,
  });

let graph: Graph;
let dev: ReturnType<typeof look>;
beforeAll(async () => {
  graph = await declare(sftp);
  dev = look(graph);
});
const server = () => dev.props("Server", "sftp");
const bucket = "«bucket landfall-dev-extracts.arn»";

test("without SFTP there is nothing of it, and with it everything else is as it was", async () => {
  const without = await declare({});
  const { more, changed } = difference(graph, without);
  expect(more.length).toBeGreaterThan(8);
  expect(more.filter((one) => !/^landfall-dev-(logs-)?sftp/.test(one))).toEqual([]);
  expect(changed).toEqual([]);
  expect(without.outputs).toMatchObject({ sftpServer: "", sftpAddresses: "" });
});

describe("the server", () => {
  test("speaks SFTP with the newest ciphers, to keys that are in the settings", () => {
    expect(server()).toMatchObject({
      protocols: ["SFTP"],
      domain: "S3",
      identityProviderType: "SERVICE_MANAGED",
      securityPolicyName: "TransferSecurityPolicy-2025-03",
    });
  });

  test("stands in private subnets, and has no public address", () => {
    expect(server()).toMatchObject({
      endpointType: "VPC",
      endpointDetails: {
        vpcId: "«vpc landfall-dev-network»",
        subnetIds: ["«subnet landfall-dev-network-private-1»", "«subnet landfall-dev-network-private-2»"],
        securityGroupIds: ["«securityGroup landfall-dev-sftp»"],
      },
    });
    expect(record(server().endpointDetails).addressAllocationIds).toBeUndefined();
    expect(graph.resources.filter(({ type }) => type.endsWith(":Eip"))).toEqual([]);
    expect(graph.outputs).toMatchObject({ sftpServer: "«server landfall-dev-sftp»", sftpAddresses: "" });
  });

  test("is public only if that is said, with an address in each zone", async () => {
    const open = await declare({ ...sftp, "landfall:sftpEndpoint": "public" });
    const { props } = look(open);
    expect(record(props("Server", "sftp").endpointDetails)).toMatchObject({
      subnetIds: ["«subnet landfall-dev-network-public-1»", "«subnet landfall-dev-network-public-2»"],
      addressAllocationIds: ["«eip landfall-dev-sftp-1»", "«eip landfall-dev-sftp-2»"],
      securityGroupIds: ["«securityGroup landfall-dev-sftp»"],
    });
    expect(open.outputs.sftpAddresses).toBe(
      "«eip landfall-dev-sftp-1.publicIp»\n«eip landfall-dev-sftp-2.publicIp»",
    );
  });

  test("of six zones takes three addresses, as many as AWS lets it have", async () => {
    const zones = JSON.stringify([1, 2, 3, 4].map((zone) => `euw3-az${zone}`));
    const { props } = look(
      await declare({ ...sftp, "landfall:sftpEndpoint": "public", "landfall:zones": zones }),
    );
    const { subnetIds, addressAllocationIds } = record(props("Server", "sftp").endpointDetails);
    expect([list(subnetIds).length, list(addressAllocationIds).length]).toEqual([3, 3]);
  });

  test("lets in the receivers' networks, to one port, and lets nothing out", () => {
    const rules = graph.resources.filter(
      ({ props }) => props.securityGroupId === "«securityGroup landfall-dev-sftp»",
    );
    const rule = (cidrIpv4: string) => ({
      securityGroupId: "«securityGroup landfall-dev-sftp»",
      description: "SFTP",
      cidrIpv4,
      ipProtocol: "tcp",
      fromPort: 22,
      toPort: 22,
    });
    expect(rules.map(({ type, props }) => [type.replace(/.*:/, ""), props])).toEqual([
      ["SecurityGroupIngressRule", rule("192.0.2.0/24")],
      ["SecurityGroupIngressRule", rule("198.51.100.7/32")],
    ]);
  });

  test("logs who fetched what to an encrypted group that ends", () => {
    expect(server().structuredLogDestinations).toEqual(["«logGroup landfall-dev-logs-sftp.arn»:*"]);
    expect(dev.props("LogGroup", "logs-sftp")).toMatchObject({
      name: "/landfall-dev/sftp",
      retentionInDays: 7,
      kmsKeyId: "«key landfall-dev-logs.arn»",
    });
  });
});

describe("a receiver", () => {
  test("sees its folder as the root, and nothing above it", () => {
    expect(dev.props("User", "sftp-first-bank")).toEqual({
      serverId: "«server landfall-dev-sftp»",
      userName: "first-bank",
      role: "«role landfall-dev-sftp-first-bank.arn»",
      homeDirectoryType: "LOGICAL",
      homeDirectoryMappings: [
        { entry: "/", target: "/«bucket landfall-dev-extracts.bucket»/loans/BankName=First_Bank-1" },
      ],
    });
  });

  test("lists and reads that folder, and can do nothing else", () => {
    expect(dev.statements(dev.props("RolePolicy", "sftp-first-bank"))).toEqual([
      { Effect: "Allow", Action: "s3:GetBucketLocation", Resource: bucket },
      {
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: bucket,
        Condition: {
          StringLike: { "s3:prefix": ["loans/BankName=First_Bank-1", "loans/BankName=First_Bank-1/*"] },
        },
      },
      { Effect: "Allow", Action: "s3:GetObject", Resource: `${bucket}/loans/BankName=First_Bank-1/*` },
      {
        Effect: "Allow",
        Action: ["kms:Decrypt"],
        Resource: "«key landfall-dev-extracts.arn»",
        Condition: { StringEquals: { "kms:ViaService": "s3.eu-west-3.«domain»" } },
      },
    ]);
    // Not the folder of a bank whose id begins alike.
    const [, , reading] = dev.role("sftp-first-bank");
    const [, resource = ""] = reading ?? [];
    expect(`${bucket}/loans/BankName=First_Bank-12/x.csv`.startsWith(resource.replace("*", ""))).toBe(false);
  });

  test("has its role from this server alone", () => {
    const { assumeRolePolicy } = dev.props("Role", "sftp-first-bank");
    expect(list(assumeRolePolicy).flatMap((document) => list(record(document).Statement))).toEqual([
      {
        Effect: "Allow",
        Principal: { Service: "transfer.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": "«account»" },
          ArnLike: {
            "aws:SourceArn": "arn:«partition»:transfer:eu-west-3:«account»:user/«server landfall-dev-sftp»/*",
          },
        },
      },
    ]);
  });

  const keys = (of: Graph) =>
    Object.fromEntries(
      of.resources
        .filter(({ type }) => type.endsWith(":SshKey"))
        .map(({ name, props: { userName, body } }) => [name, [userName, body]]),
    );

  test("has its keys, and keeps the others when one goes", async () => {
    expect(Object.values(keys(graph)).sort()).toEqual(
      [
        ["auditor", publicKeys[1]],
        ["first-bank", publicKeys[0]],
        ["first-bank", publicKeys[1]],
      ].sort(),
    );
    const receivers = JSON.stringify([
      { name: "first-bank", publicKeys: publicKeys.slice(1), prefix: "loans/BankName=First_Bank-1" },
    ]);
    const after = keys(await declare({ ...sftp, "landfall:sftpReceivers": receivers }));
    expect(Object.keys(after)).toHaveLength(1);
    expect(keys(graph)).toMatchObject(after);
  });
});

describe("settings", () => {
  const least = { ...committed("dev"), ...sftp };
  const receivers = (change: Record<string, unknown>) => ({
    ...least,
    "landfall:sftpReceivers": JSON.stringify([
      { name: "first-bank", publicKeys: publicKeys.slice(0, 1), prefix: "loans/BankName=First", ...change },
    ]),
  });

  test.each([
    ["a name with capitals", { name: "FirstBank" }],
    ["a short name", { name: "fb" }],
    ["no key", { publicKeys: [] }],
    ["a private key", { publicKeys: ["-----BEGIN OPENSSH PRIVATE KEY-----"] }],
    ["a key of an old kind", { publicKeys: [`ssh-dss ${"A".repeat(60)}`] }],
    ["a key twice", { publicKeys: [publicKeys[1], `${publicKeys[1] ?? ""} again`] }],
    ["eleven keys", { publicKeys: Array.from({ length: 11 }, (_, i) => `ssh-rsa ${"A".repeat(60 + i)}`) }],
    ["the whole bucket", { prefix: "" }],
    ["a slash before", { prefix: "/loans" }],
    ["a slash after", { prefix: "loans/" }],
    ["a wildcard", { prefix: "loans/*" }],
    ["a variable of IAM", { prefix: "loans/${aws:username}" }],
    ["a way up", { prefix: "loans/../other" }],
    ["a misspelt key", { publicKey: "x" }],
  ])("refuse a receiver with %s", (_, change) => {
    expect(() => parse(receivers(change), "dev")).toThrow("landfall:sftpReceivers is");
  });

  test("take a folder with what other tools may put into a name", () => {
    const prefix = "other/O'Neil & Sons (EU), Ltd.";
    expect(parse(receivers({ prefix }), "dev").sftp?.receivers[0]?.prefix).toBe(prefix);
  });

  test.each([
    [{ "landfall:extracts": "off" }, "landfall:sftp is on: set landfall:extracts to on"],
    [{ "landfall:sftpNetworks": "[]" }, "landfall:sftp is on: set landfall:sftpNetworks"],
    [{ "landfall:sftpReceivers": "[]" }, "landfall:sftp is on: set landfall:sftpReceivers"],
    [{ "landfall:sftpReceivers": "{}" }, "landfall:sftpReceivers is {}"],
    [{ "landfall:sftpReceivers": "[1]" }, "landfall:sftpReceivers is [1]"],
    [{ "landfall:sftpNetworks": '["0.0.0.0/0"]' }, "landfall:sftpNetworks is"],
    [
      { "landfall:sftpNetworks": '["192.0.2.1/24"]' },
      "landfall:sftpNetworks has 192.0.2.1/24: its block is 192.0.2.0/24",
    ],
    [{ "landfall:sftpEndpoint": "vpc" }, "landfall:sftpEndpoint is vpc: it must be internal or public"],
  ])("refuse %j", (change, message) => {
    expect(() => parse({ ...least, ...change }, "dev")).toThrow(message);
  });

  test("refuse a name twice", () => {
    const one = { name: "first-bank", publicKeys: publicKeys.slice(0, 1), prefix: "loans" };
    const twice = { ...least, "landfall:sftpReceivers": JSON.stringify([one, { ...one, prefix: "spot" }]) };
    expect(() => parse(twice, "dev")).toThrow("landfall:sftpReceivers has a name twice");
  });
});
