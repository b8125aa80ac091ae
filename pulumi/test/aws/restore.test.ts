// scripts/restore with the real AWS CLI: what it makes, what it compares, what it leaves behind.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Account } from "./account";
import { digest } from "../stacks";

interface Instance {
  DBInstanceIdentifier: string;
  DBInstanceArn: string;
  DbiResourceId: string;
  MasterUserSecret?: { SecretArn: string; KmsKeyId: string };
  [field: string]: unknown;
}

// Some sixty calls of the AWS CLI each.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

let account: Account;
let original: Instance;

async function begin(authentication?: "iam"): Promise<void> {
  account = await Account.start(authentication);
  [original] = instances() as [Instance];
  account.write("configured", `${digest("a")}\n`);
  account.write("scheduled", `${digest("a")}\n`);
  account.write("original", JSON.stringify(original.DbiResourceId));
  account.write("state", {
    deployment: {
      resources: [
        { type: "aws:rds/instance:Instance", id: original.DbiResourceId },
        { type: "aws:iam/rolePolicy:RolePolicy", id: "run", outputs: { policy: original.DbiResourceId } },
      ],
    },
  });
  account.write("answers.json", { original: later, copy: old });
}
function end(): void {
  account.stop();
  for (const file of backups()) {
    rmSync(file);
  }
}

const backups = () => readdirSync(".").filter((name) => name.startsWith("before-restore-dev-db-"));

/** The id of the database in a state of the stack. */
const databaseOf = (state: string) =>
  (JSON.parse(state) as { deployment: { resources: { id: string }[] } }).deployment.resources[0]?.id;
const saved = () => readFileSync(backups()[0] ?? "", "utf8");

const instances = () =>
  (account.ask("rds", "describe-db-instances") as { DBInstances: Instance[] }).DBInstances;
const named = (name: string) => instances().find((instance) => instance.DBInstanceIdentifier === name);
const secrets = () =>
  (account.ask("secretsmanager", "list-secrets") as { SecretList: { ARN: string }[] }).SecretList.map(
    ({ ARN }) => ARN,
  );
const definitions = () =>
  (account.ask("ecs", "list-task-definitions", "--status", "ACTIVE") as { taskDefinitionArns: string[] })
    .taskDefinitionArns;

/** A line of `landfall coverage --format csv`. */
const landed = (day: string, landedAt: string, records = 100) =>
  `038520252753,eu-west-3,${day},landed,spotprices_${day.replaceAll("-", "")}_038520252753_eu-west-3.json,${records.toString()},${landedAt},`;
const missing = (day: string) => `038520252753,eu-west-3,${day},missing,,,,`;

// More than may be queried at once, with a gap.
const old = [
  landed("2024-11-01", "2026-11-01T00:15:00.000001Z"),
  missing("2024-11-02"),
  landed("2025-12-01", "2026-11-01T00:15:00.000002Z", 50),
  landed("2026-11-19", "2026-11-20T00:15:00.000003Z"),
];
const time = "2026-11-20T11:30:00Z";
/** In the original only, since it landed after the restore's time. */
const later = [...old, landed("2026-11-20", "2026-11-20T12:15:00.000004Z")];

/** The commands alone. */
const steps = (calls: string[]) =>
  calls
    .map((call) =>
      call
        .replace(/^aws (\S+ \S+) ?.*/, "$1")
        .replace(/^pulumi --cwd pulumi (config) --stack dev (\S+ \S+).*/, "pulumi $1 $2")
        .replace(/^pulumi --cwd pulumi (stack \S+|\S+).*/, "pulumi $1"),
    )
    .filter((call) => !/ (describe|list|filter)-|output/.test(call));

describe("a stack", () => {
  beforeEach(() => begin());
  afterEach(end);
  test("a drill restores beside the original, compares, and deletes its copy and nothing else", () => {
    const before = { secrets: secrets(), definitions: definitions(), original: named("landfall-dev") };
    const { status, stderr, calls } = account.run("restore", ["dev", "--drill", "--to", time]);
    expect(stderr).toContain(
      "landfall-dev: 4 dumps with 350 records, 3 dumps with 250 records of them before",
    );
    expect(stderr).toContain(
      "landfall-dev-drill: 3 dumps with 250 records, 3 dumps with 250 records of these",
    );
    expect(stderr).toContain(`landfall-dev can be restored to ${time}, and the copy is gone`);
    expect(status).toBe(0);
    expect(steps(calls)).toEqual([
      "rds restore-db-instance-to-point-in-time",
      "rds modify-db-instance",
      "ecs register-task-definition",
      ...Array<string>(1 + 3 + 1).fill("ecs run-task"),
      "ecs register-task-definition",
      ...Array<string>(1 + 3 + 2).fill("ecs run-task"),
      ...Array<string>(2).fill("ecs deregister-task-definition"),
      "rds delete-db-instance",
    ]);
    expect({ secrets: secrets(), definitions: definitions(), original: named("landfall-dev") }).toEqual(
      before,
    );
    expect(instances()).toHaveLength(1);
  });

  test("a drill that finds a difference fails, keeps its copy, and goes on from there", () => {
    account.write("answers.json", { original: later, copy: old.slice(0, -1) });
    const { status, stderr } = account.run("restore", ["dev", "--drill", "--to", time]);
    expect(stderr).toContain("1 dump missing or different, 0 dumps later");
    expect(stderr).toContain("To go on: scripts/restore dev --drill");
    expect(status).toBe(1);
    expect(named("landfall-dev-drill")).toBeDefined();
    expect(definitions()).toHaveLength(1);
    account.write("answers.json", { original: later, copy: old });
    const again = account.run("restore", ["dev", "--drill"]);
    expect(again.stderr).toContain(`going on with landfall-dev-drill, restored to ${time}`);
    expect(again.status).toBe(0);
    expect(instances()).toHaveLength(1);
  });

  test("a drill whose copy lacks rows of its ledger fails", () => {
    account.write("answers.json", { original: later, copy: old, lost: 1 });
    const { status, stderr } = account.run("restore", ["dev", "--drill", "--to", time]);
    expect(stderr).toContain("landfall-dev-drill does not have the rows that its ledger counts");
    expect(stderr).toContain("rows: 250 by the ledger, 249 stored");
    expect(status).toBe(1);
  });

  test("where IAM gives the password, a drill's tasks may log in at the copy for as long as it takes", async () => {
    end();
    await begin("iam");
    const { status, stderr, calls } = account.run("restore", ["dev", "--drill", "--to", time]);
    expect(stderr).toContain("and the copy is gone");
    expect(status).toBe(0);
    const policy = calls.find((call) => call.startsWith("aws iam put-role-policy")) ?? "";
    expect(policy).toMatch(
      /"rds-db:connect","Resource":"arn:aws:rds-db:eu-west-3:\d{12}:dbuser:db-\w+\/landfall_owner"/,
    );
    expect(policy).not.toContain(original.DbiResourceId);
    expect(steps(calls)).toContain("iam delete-role-policy");
    expect(account.ask("iam", "list-role-policies", "--role-name", "run")).toEqual({ PolicyNames: [] });
  });

  test("a restore takes the original's place, with all that AWS does not take over", () => {
    const { status, stderr, calls } = account.run("restore", ["dev", "--to", time]);
    expect(stderr).toContain(`landfall-dev is as it was at ${time}`);
    expect(status).toBe(0);
    const changes = steps(calls).filter((step) => !step.startsWith("ecs"));
    expect(changes).toEqual([
      "rds restore-db-instance-to-point-in-time",
      "rds modify-db-instance",
      "rds add-tags-to-resource",
      "pulumi config rm image",
      "pulumi up",
      "rds modify-db-instance",
      "rds modify-db-instance",
      "pulumi stack export",
      "pulumi stack import",
      "pulumi refresh",
      "pulumi config set image",
      "pulumi up",
    ]);
    const restored = named("landfall-dev");
    const replaced = named("landfall-dev-before");
    expect(replaced?.DbiResourceId).toBe(original.DbiResourceId);
    expect(restored?.DbiResourceId).not.toBe(original.DbiResourceId);
    for (const field of [
      "DBInstanceClass",
      "StorageType",
      "MaxAllocatedStorage",
      "MultiAZ",
      "DeletionProtection",
      "VpcSecurityGroups",
      "DBParameterGroups",
      "DBSubnetGroup",
      "CACertificateIdentifier",
      "PubliclyAccessible",
      "CopyTagsToSnapshot",
      "IAMDatabaseAuthenticationEnabled",
      "AutoMinorVersionUpgrade",
    ]) {
      expect(restored?.[field], field).toEqual(original[field]);
    }
    expect(restored?.MasterUserSecret?.KmsKeyId).toBe(original.MasterUserSecret?.KmsKeyId);
    expect(restored?.MasterUserSecret?.SecretArn).not.toBe(original.MasterUserSecret?.SecretArn);
    expect(databaseOf(account.read("state"))).toBe(restored?.DbiResourceId);
    expect(account.read("scheduled")).toBe(`${digest("a")}\n`);
    // The way back.
    expect(backups()).toEqual([`before-restore-dev-${original.DbiResourceId}.json`]);
    expect(databaseOf(saved())).toBe(original.DbiResourceId);
    // A second one would have no place for the original of the first.
    const again = account.run("restore", ["dev", "--latest"]);
    expect(again.stderr).toContain("going on with landfall-dev");
  });

  test("a restore that is interrupted after each of its changes goes on where it stopped", () => {
    const stopping = { STOP_AFTER_CHANGES: "1" };
    let result = account.run("restore", ["dev", "--to", time, "--no-compare"], stopping);
    let interruptions = 0;
    for (; result.status !== 0 && interruptions < 20; interruptions += 1) {
      expect(result.status, result.stderr).toBe(130);
      expect(result.stderr).toMatch(/To (go on|finish): /);
      result = account.run("restore", ["dev", "--no-compare"], stopping);
    }
    // All but the second `up`, which is the same call as the first.
    expect(interruptions).toBe(10);
    expect(
      instances()
        .map(({ DBInstanceIdentifier }) => DBInstanceIdentifier)
        .sort(),
    ).toEqual(["landfall-dev", "landfall-dev-before"]);
    expect(named("landfall-dev-before")?.DbiResourceId).toBe(original.DbiResourceId);
    expect(databaseOf(account.read("state"))).toBe(named("landfall-dev")?.DbiResourceId);
    // Not what the run after the exchange found.
    expect(databaseOf(saved())).toBe(original.DbiResourceId);
    expect(account.read("scheduled")).toBe(`${digest("a")}\n`);
  });

  test("a stack without spot prices is compared by its counts alone", () => {
    account.write("answers.json", { original: [], copy: [], freight: 3 });
    const { status, stderr } = account.run("restore", ["dev", "--drill", "--to", time]);
    expect(stderr).toContain("landfall-dev-drill: freight: 3 dumps");
    expect(stderr).toContain("and the copy is gone");
    expect(status).toBe(0);
    account.write("answers.json", { original: [], copy: [] });
    const nothing = account.run("restore", ["dev", "--drill", "--to", time]);
    expect(nothing.stderr).toContain("nothing had landed in landfall-dev before 2026-11-20T11:20:00Z");
    expect(nothing.status).toBe(1);
  });

  test("an original that is deleted while its copy is there is not waited for", () => {
    const first = account.run("restore", ["dev", "--to", time, "--no-compare"], { STOP_AFTER_CHANGES: "1" });
    expect(first.status).toBe(130);
    account.ask(
      "rds",
      "modify-db-instance",
      "--db-instance-identifier",
      "landfall-dev",
      "--no-deletion-protection",
    );
    account.ask(
      "rds",
      "delete-db-instance",
      "--db-instance-identifier",
      "landfall-dev",
      "--skip-final-snapshot",
    );
    while (named("landfall-dev")) {
      // Each question is a step of the deletion.
    }
    const { status, stderr, calls } = account.run("restore", ["dev"]);
    expect(stderr).toContain("there is no landfall-dev to restore");
    expect(steps(calls)).toEqual([]);
    expect(status).toBe(1);
  });
});

describe("without changing anything", () => {
  beforeAll(() => begin());
  afterAll(end);
  test("a dry run names every call, and changes nothing", () => {
    const before = instances();
    const { status, stdout, calls } = account.run("restore", ["dev", "--to", time, "--dry-run"]);
    expect(status).toBe(0);
    expect(steps(calls)).toEqual([]);
    expect(instances()).toEqual(before);
    const lines = stdout.trimEnd().split("\n");
    expect(steps(lines.filter((line) => /^(aws|pulumi) /.test(line)))).toEqual([
      "rds restore-db-instance-to-point-in-time",
      "rds modify-db-instance",
      "ecs register-task-definition",
      ...Array<string>(3).fill("ecs run-task"),
      "ecs register-task-definition",
      ...Array<string>(4).fill("ecs run-task"),
      "ecs deregister-task-definition",
      "rds add-tags-to-resource",
      "pulumi config rm image",
      "pulumi up",
      "rds modify-db-instance",
      "rds modify-db-instance",
      "pulumi stack export",
      "pulumi refresh",
      "pulumi config set image",
      "pulumi up",
    ]);
    expect(stdout).not.toContain("''");
    expect(lines.filter((line) => line.startsWith("# until "))).toHaveLength(4);
  });

  test.each([
    [["dev"], 2, "Usage:"],
    [["dev", "prod", "--latest"], 2, "Usage:"],
    [["--latest"], 2, "Usage:"],
    [["dev", "--force"], 2, "Usage:"],
    [["dev", "--to", "yesterday"], 1, "--to takes a time in UTC"],
    [["dev", "--to", time, "--latest"], 1, "--to excludes --latest"],
    [["dev", "--to", "2026-11-20T12:00:01Z"], 1, "is after 2026-11-20T12:00:00Z, the latest time"],
    [["dev", "--latest", "--wait", "0"], 1, "--wait takes a number of minutes"],
    [["nowhere", "--latest"], 1, "there is no pulumi/Pulumi.nowhere.yaml"],
  ])("%j is refused before anything is changed", (args, code, message) => {
    const { status, stderr, calls } = account.run("restore", args);
    expect(stderr).toContain(message);
    expect(steps(calls)).toEqual([]);
    expect(status).toBe(code);
  });
});

/** A function of scripts/lib/compare-databases, alone, on some files. */
function compare(call: string, files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), "landfall-compared-"));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
  }
  const { status, stderr } = spawnSync(
    "bash",
    [
      "-euo",
      "pipefail",
      "-c",
      `work=$1 name=landfall-dev copy=landfall-dev-drill
      fail() { echo "$*" >&2; exit 1; }
      . ../scripts/lib/compare-databases
      ${call}`,
      "-",
      folder,
    ],
    { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } },
  );
  rmSync(folder, { recursive: true });
  return { status, stderr };
}

function compareDays(of: string[], copy: string[]) {
  const landedOnly = (lines: string[]) =>
    lines
      .filter((line) => line.includes(",landed,"))
      .map((line) => `${line.replace(/,$/, "")}\n`)
      .sort()
      .join("");
  const files = { original: landedOnly(of), copy: landedOnly(copy) };
  return compare(`compare_days $1/original $1/copy ${time}`, files);
}

test.each([
  ["nothing is missing", old, old, 0, "3 dumps with 250 records of these"],
  ["what is missing came later", later, old, 0, "4 dumps with 350 records, 3 dumps with 250"],
  [
    "a dump that was being committed may be there or not",
    [...old, landed("2026-11-20", "2026-11-20T11:25:00Z")],
    old,
    0,
    "of these",
  ],
  ["a dump is missing", old, old.slice(0, -1), 1, "1 dump missing or different, 0 dumps later"],
  [
    "a dump has other records",
    old,
    [...old.slice(0, -1), landed("2026-11-19", "2026-11-20T00:15:00.000003Z", 99)],
    1,
    "missing or different: 038520252753,eu-west-3,2026-11-19,landed",
  ],
  ["the copy is of a later time", later, later, 1, "0 dumps missing or different, 1 dump later"],
  ["the copy is empty", old, [], 1, "3 dumps missing or different"],
  ["the original had nothing then", later.slice(-1), old, 1, "there is nothing to compare"],
])("where %s, the comparison says so", (_, of, copy, code, message) => {
  const { status, stderr } = compareDays(of, copy);
  expect(stderr).toContain(message);
  expect(status).toBe(code);
});

const counts = (dumps: string, rows: number, stored = rows) =>
  `spot: ${dumps} with 4 records; rows: ${rows.toString()} by the ledger, ${stored.toString()} stored`;

test.each([
  ["they are equal", counts("2 dumps", 3), counts("2 dumps", 3), counts("2 dumps", 3), 0, "3 stored"],
  [
    "the original has landed more since",
    counts("2 dumps", 3, 9),
    counts("2 dumps", 3),
    counts("2 dumps", 3),
    0,
    "3 stored",
  ],
  [
    "something was withdrawn since",
    counts("2 dumps (1 withdrawn since)", 1),
    counts("2 dumps", 3),
    counts("2 dumps", 3),
    0,
    "3 stored",
  ],
  [
    "a dump is missing that was withdrawn since",
    counts("2 dumps (1 withdrawn since)", 1),
    counts("1 dumps", 1),
    counts("1 dumps", 1),
    1,
    "is not that of landfall-dev",
  ],
  ["rows are missing", counts("2 dumps", 3), counts("2 dumps", 2), counts("2 dumps", 2), 1, "is not that of"],
  [
    "the copy lacks rows of its own",
    counts("2 dumps", 3),
    counts("2 dumps", 3),
    counts("2 dumps", 3, 2),
    1,
    "does not have the rows",
  ],
])("where %s, the counts say so", (_, of, copy, whole, code, message) => {
  const files = { of: `${of}\n`, copy: `${copy}\n`, whole: `${whole}\n` };
  const { status, stderr } = compare("compare_counts $1/of $1/copy $1/whole", files);
  expect(stderr).toContain(message);
  expect(status).toBe(code);
});
