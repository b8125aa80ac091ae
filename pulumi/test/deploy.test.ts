// scripts/deploy with every command it calls faked: what it does in which order, and what it leaves behind.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digest } from "./stacks";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "landfall-deploy-"));
  for (const command of ["aws", "git", "nix", "npm", "pulumi", "skopeo", "sleep", "stream"]) {
    symlinkSync(resolve("test/fakes/fake"), join(folder, command));
  }
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function deploy(args: string[], answers: Record<string, string> = {}) {
  const calls = join(folder, "calls");
  const { status, stderr } = spawnSync(resolve("../scripts/deploy"), args, {
    encoding: "utf8",
    env: {
      PATH: `${folder}:${process.env.PATH ?? ""}`,
      FAKE_DIR: folder,
      FAKE_CALLS: calls,
      FAKE_DIGEST: digest("b"),
      FAKE_ZONES: "1",
      FAKE_STARTED: "arn:task/the-cluster/0a1b\\tNone",
      FAKE_STOPPED: "STOPPED\\t0\\tEssential container in task exited",
      ...answers,
    },
  });
  const lines = existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : [];
  return {
    status,
    stderr,
    calls: lines
      .filter(
        (call) => !/stack output|get (zones|login|roles|databaseAuthentication)|^(sleep|npm)/.test(call),
      )
      // Where a scratch folder or a long query is of no interest.
      .map((call) => call.replaceAll(/\/tmp\/tmp\.\w+/g, "WORK").replace(/ --query .*/, "")),
    outputs: lines.filter((call) => call.includes("stack output")),
  };
}

test("builds, pushes, migrates, and only then schedules", () => {
  const { status, stderr, calls } = deploy(["dev"], { FAKE_IMAGE: digest("a") });
  expect(calls).toMatchInlineSnapshot(`
    [
      "git status --porcelain -- . :!pulumi/Pulumi.*.yaml",
      "git rev-parse --short=12 HEAD",
      "aws ecr describe-images --repository-name landfall-dev --image-ids imageTag=0123456789ab",
      "nix build --no-link --print-out-paths .#packages.x86_64-linux.image",
      "stream ",
      "aws ecr get-login-password",
      "skopeo login --authfile WORK/auth.json --username AWS --password-stdin registry.example",
      "skopeo --insecure-policy copy --authfile WORK/auth.json --digestfile WORK/digest docker-archive:WORK/image.tar docker://registry.example/landfall-dev:0123456789ab",
      "pulumi --cwd pulumi config --stack dev set image sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "pulumi --cwd pulumi config --stack dev set candidate sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
      "pulumi --cwd pulumi up --stack dev --policy-pack policy --yes",
      "aws ecs run-task --cluster the-cluster --task-definition the-migrateTask --launch-type FARGATE --network-configuration the-taskNetwork",
      "aws ecs describe-tasks --cluster the-cluster --tasks arn:task/the-cluster/0a1b",
      "aws ecs describe-tasks --cluster the-cluster --tasks arn:task/the-cluster/0a1b",
      "pulumi --cwd pulumi config --stack dev set image sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
      "pulumi --cwd pulumi config --stack dev rm candidate",
      "pulumi --cwd pulumi up --stack dev --policy-pack policy --yes",
    ]
  `);
  expect(stderr).toContain(`from ${digest("a")} to ${digest("b")}`);
  expect(stderr).toContain(`The way back: scripts/deploy dev --image ${digest("a")}`);
  expect(status).toBe(0);
});

test("a change to tokens of IAM sets up the roles first, and what runs logs in as before until all went well", () => {
  const change = { FAKE_IMAGE: digest("a"), FAKE_AUTHENTICATION: "iam", FAKE_ROLES: "the-roles" };
  const steps = ({ calls }: { calls: string[] }) =>
    calls
      .filter((call) => /config| up |run-task/.test(call))
      .map((call) => call.replace(/.*--task-definition (\S+) .*/, "run $1").replace(/.*--stack dev /, ""));
  expect(steps(deploy(["dev"], change))).toEqual([
    `set image ${digest("a")}`,
    `set candidate ${digest("b")}`,
    "set roles iam",
    "--policy-pack policy --yes",
    "run the-roles",
    "run the-migrateTask",
    `set image ${digest("b")}`,
    "set login iam",
    "rm candidate",
    "--policy-pack policy --yes",
  ]);
});

test.each(["in the settings", "in the stack alone"])(
  "a change to tokens of IAM that fails is taken back by a deploy, as it is known %s",
  (where) => {
    const failed = deploy(["dev"], {
      FAKE_IMAGE: digest("a"),
      FAKE_AUTHENTICATION: "iam",
      FAKE_ROLES: "the-roles",
      FAKE_MIGRATED: "STOPPED\\t1\\tEssential container in task exited",
    });
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain("the migrations failed");
    expect(failed.stderr).not.toContain("Nothing has to be undone");
    expect(failed.stderr).toContain(
      `pulumi -C pulumi config set databaseAuthentication password --stack dev && scripts/deploy dev --image ${digest("a")}`,
    );
    const elsewhere = where === "in the stack alone";
    if (elsewhere) {
      rmSync(join(folder, "roles"));
    }
    rmSync(join(folder, "calls"));
    const back = deploy(["dev"], {
      FAKE_IMAGE: digest("a"),
      FAKE_AUTHENTICATION: "password",
      FAKE_ROLES: "the-roles",
      ...(elsewhere && { FAKE_ROLES_OUTPUT: "iam" }),
    });
    expect(
      back.calls
        .filter((call) => /config.* roles| up |run-task/.test(call))
        .map((call) => call.replace(/.*--task-definition (\S+) .*/, "run $1").replace(/.*--stack dev /, "")),
    ).toEqual([
      ...(elsewhere ? ["set roles iam"] : []),
      "--policy-pack policy --yes",
      "run the-roles",
      "run the-migrateTask",
      "rm roles",
      "--policy-pack policy --yes",
    ]);
    expect(back.status).toBe(0);
  },
);

test("where the roles cannot be set up, nothing is migrated or scheduled", () => {
  const { calls, stderr, status } = deploy(["dev"], {
    FAKE_IMAGE: digest("a"),
    FAKE_AUTHENTICATION: "iam",
    FAKE_ROLES: "the-roles",
    FAKE_STOPPED: "STOPPED\\t1\\tEssential container in task exited",
  });
  expect(calls.filter((call) => call.includes("run-task"))).toHaveLength(1);
  expect(calls.filter((call) => call.includes("set login"))).toEqual([]);
  expect(stderr).toContain("set up the roles failed (exit code 1");
  expect(stderr).toContain("--log-stream-names roles/landfall/0a1b");
  expect(status).toBe(1);
});

test("what runs goes on logging in as it does, whatever older or newer settings say", () => {
  const running = { FAKE_IMAGE: digest("a"), FAKE_LOGIN: "iam", FAKE_AUTHENTICATION: "iam", FAKE_ROLES: "-" };
  const logins = (answers: Record<string, string>) => {
    rmSync(join(folder, "calls"), { force: true });
    return deploy(["dev"], { ...running, ...answers })
      .calls.filter((call) => call.includes("set login"))
      .map((call) => call.replace(/.* set login /, ""));
  };
  expect(logins({})).toEqual(["iam"]);
  expect(logins({ FAKE_LOGIN_SETTING: "iam" })).toEqual([]);
  // From before there was a choice.
  expect(logins({ FAKE_OUTPUTS: "repositoryUrl", FAKE_LOGIN_SETTING: "iam" })).toEqual(["password", "iam"]);
});

test("settings older than the last deploy do not schedule the version they name", () => {
  const { calls } = deploy(["prod", "--image", digest("a")], {
    FAKE_IMAGE: digest("c"),
    FAKE_IN_REGISTRY: digest("a"),
  });
  const steps = calls.filter((call) => / set | up /.test(call));
  expect(steps[0]).toBe(`pulumi --cwd pulumi config --stack prod set image ${digest("c")}`);
  expect(steps[1]).toBe(`pulumi --cwd pulumi config --stack prod set candidate ${digest("a")}`);
  expect(steps[2]).toContain(" up ");
});

test("a failed migration leaves the old version scheduled", () => {
  const { status, stderr, calls } = deploy(["dev"], {
    FAKE_IMAGE: digest("a"),
    FAKE_STOPPED: "STOPPED\\t1\\tEssential container in task exited",
  });
  expect(calls.filter((call) => /config.* (set image|rm)|up/.test(call))).toEqual([
    `pulumi --cwd pulumi config --stack dev set image ${digest("a")}`,
    "pulumi --cwd pulumi up --stack dev --policy-pack policy --yes",
    "pulumi --cwd pulumi config --stack dev rm candidate",
  ]);
  expect(stderr).toContain("the migrations failed (exit code 1: Essential container in task exited)");
  expect(stderr).toContain("--log-stream-names migrate/landfall/0a1b");
  expect(stderr).toContain(`The schedule of dev still names ${digest("a")}.`);
  expect(status).toBe(1);
});

test.each([
  [
    "that cannot be started",
    { FAKE_STARTED: "None\\tRESOURCE:FARGATE" },
    "could not be started: RESOURCE:FARGATE",
  ],
  [
    "without an exit code",
    { FAKE_STOPPED: "STOPPED\\tNone\\tCannotPullContainerError: pull failed" },
    "exit code None: CannotPullContainerError: pull failed",
  ],
])("a migration %s has failed, too", (_, answers, message) => {
  const { status, stderr, calls } = deploy(["dev"], answers);
  expect(calls.filter((call) => call.includes("set image"))).toEqual([]);
  expect(calls.at(-1)).toBe("pulumi --cwd pulumi config --stack dev rm candidate");
  expect(stderr).toContain(message);
  expect(stderr).toContain("Nothing is scheduled in dev yet.");
  expect(status).toBe(1);
});

test("a migration that does not end is not waited for endlessly, nor stopped", () => {
  const { status, stderr, calls } = deploy(["dev", "--wait", "1"], {
    FAKE_IMAGE: digest("a"),
    FAKE_ENDLESS: "1",
  });
  expect(calls.filter((call) => call.includes("describe-tasks"))).toHaveLength(12);
  expect(calls.filter((call) => call.includes("stop-task"))).toEqual([]);
  expect(calls.at(-1)).toBe("pulumi --cwd pulumi config --stack dev rm candidate");
  expect(stderr).toContain("have not ended within 1 minutes (last state: RUNNING)");
  expect(stderr).toContain("--cluster the-cluster --task arn:task/the-cluster/0a1b");
  expect(stderr).toContain(`still names ${digest("a")}`);
  expect(status).toBe(1);
});

test("an update that fails before the migration changes nothing", () => {
  const { status, stderr, calls } = deploy(["dev"], { FAKE_IMAGE: digest("a"), FAKE_UP_FAILS: "1" });
  expect(calls.filter((call) => /run-task|set image/.test(call))).toEqual([
    `pulumi --cwd pulumi config --stack dev set image ${digest("a")}`,
  ]);
  expect(calls.at(-1)).toBe("pulumi --cwd pulumi config --stack dev rm candidate");
  expect(stderr).toContain(`still names ${digest("a")}`);
  expect(status).not.toBe(0);
});

test.each([
  ["INT", 130],
  ["TERM", 143],
])("a deploy that is ended by SIG%s says where it is, and tidies up", (signal, code) => {
  const { status, stderr, calls } = deploy(["dev"], { FAKE_IMAGE: digest("a"), FAKE_INTERRUPT: signal });
  expect(calls.at(-1)).toBe("pulumi --cwd pulumi config --stack dev rm candidate");
  expect(stderr).toContain(`still names ${digest("a")}`);
  expect(status).toBe(code);
});

test("an update that fails after the migration says how to finish", () => {
  const { status, stderr } = deploy(["dev"], { FAKE_IMAGE: digest("a"), FAKE_UP_FAILS: "2" });
  expect(stderr).toContain(`To finish: scripts/deploy dev --image ${digest("b")}`);
  expect(status).not.toBe(0);
});

test("a roll-back takes an image from the registry", () => {
  const { status, calls } = deploy(["prod", "--image", digest("a")], { FAKE_IN_REGISTRY: digest("a") });
  expect(calls.filter((call) => /^(git|nix|skopeo)/.test(call))).toEqual([]);
  expect(calls.filter((call) => call.includes(" set "))).toEqual([
    `pulumi --cwd pulumi config --stack prod set candidate ${digest("a")}`,
    `pulumi --cwd pulumi config --stack prod set image ${digest("a")}`,
  ]);
  expect(status).toBe(0);
});

test("a commit that was pushed before is not built again: its tag cannot be written twice", () => {
  const { status, calls } = deploy(["dev"], { FAKE_IN_REGISTRY: digest("c") });
  expect(calls.filter((call) => /^(nix|skopeo)/.test(call))).toEqual([]);
  expect(calls).toContain(`pulumi --cwd pulumi config --stack dev set image ${digest("c")}`);
  expect(status).toBe(0);
});

test("in an empty account everything else is made first", () => {
  const { status, calls } = deploy(["dev"], { FAKE_EMPTY: "1" });
  expect(calls.map((call) => call.replace(/^(\w+).* (build|copy|up|run-task|set \w+)( .*|$)/, "$1 $2")))
    .toMatchInlineSnapshot(`
      [
        "git status --porcelain -- . :!pulumi/Pulumi.*.yaml",
        "pulumi up",
        "git rev-parse --short=12 HEAD",
        "aws ecr describe-images --repository-name landfall-dev --image-ids imageTag=0123456789ab",
        "nix build",
        "stream ",
        "aws ecr get-login-password",
        "skopeo login --authfile WORK/auth.json --username AWS --password-stdin registry.example",
        "skopeo copy",
        "pulumi set candidate",
        "pulumi up",
        "aws run-task",
        "aws ecs describe-tasks --cluster the-cluster --tasks arn:task/the-cluster/0a1b",
        "aws ecs describe-tasks --cluster the-cluster --tasks arn:task/the-cluster/0a1b",
        "pulumi set image",
        "pulumi --cwd pulumi config --stack dev rm candidate",
        "pulumi up",
      ]
    `);
  expect(status).toBe(0);
});

test("zones are written down at the first deploy, and never again", () => {
  const set = `pulumi --cwd pulumi config --stack dev set zones ["euw3-az1","euw3-az2"]`;
  const first = deploy(["dev"], { FAKE_EMPTY: "1", FAKE_ZONES: "" }).calls;
  // After what chose them, and before all other changes.
  expect(first.indexOf(set)).toBe(first.findIndex((call) => call.includes(" up ")) + 1);
  const second = deploy(["dev"]).calls.slice(first.length);
  expect(second.length).toBeGreaterThan(10);
  expect(second).not.toContain(set);
});

const services =
  "landfall-dev-serve arn:definition/landfall-dev-serve:7\\nlandfall-dev-follow arn:definition/landfall-dev-follow:7";
const described = (calls: string[]) =>
  calls.filter((call) => call.includes("describe-services")).map((call) => call.replace(/.*--services /, ""));

test("it is done once every service has replaced its tasks", () => {
  const { status, stderr, calls } = deploy(["dev"], { FAKE_IMAGE: digest("a"), FAKE_SERVICES: services });
  const serve = ["landfall-dev-serve", "landfall-dev-serve"];
  expect(described(calls)).toEqual([...serve, "landfall-dev-follow", "landfall-dev-follow"]);
  expect(calls.slice(-5)[0]).toBe("pulumi --cwd pulumi up --stack dev --policy-pack policy --yes");
  expect(stderr).toContain(`done: dev runs ${digest("b")} in its services, and from the next import on`);
  expect(status).toBe(0);
});

test.each(["landfall-dev-serve", "landfall-dev-follow"])(
  "if ECS takes %s back to the old version, so does everything else, and it is told",
  (service) => {
    const { status, stderr, calls } = deploy(["dev"], {
      FAKE_IMAGE: digest("c"),
      FAKE_SERVICES: services,
      FAKE_WENT_BACK: service,
      FAKE_SERVING: digest("a"),
    });
    // What serves, and not what was scheduled before the deploy.
    expect(calls.filter((call) => /set image| up /.test(call)).slice(-3)).toEqual([
      "pulumi --cwd pulumi up --stack dev --policy-pack policy --yes",
      `pulumi --cwd pulumi config --stack dev set image ${digest("a")}`,
      "pulumi --cwd pulumi up --stack dev --policy-pack policy --yes",
    ]);
    expect(stderr).toContain(`${service} did not start with ${digest("b")} (tasks failed to start)`);
    expect(stderr).toContain(`dev runs ${digest("a")}`);
    expect(stderr).toContain(`--services ${service} --query 'services[0].events`);
    expect(stderr).toContain(`--log-stream-name-prefix ${service.replace("landfall-dev-", "")}/`);
    expect(stderr).not.toContain("done:");
    expect(status).toBe(1);
  },
);

test("a first version that does not start has none to go back to", () => {
  const { status, stderr, calls } = deploy(["dev"], {
    FAKE_SERVICES: services,
    FAKE_FAILED: "landfall-dev-serve",
  });
  expect(calls.filter((call) => call.includes("set image"))).toEqual([
    `pulumi --cwd pulumi config --stack dev set image ${digest("b")}`,
  ]);
  expect(stderr).toContain("There is no version before to go back to");
  expect(status).toBe(1);
});

test("a service that does not settle is not waited for endlessly, nor taken back", () => {
  const { status, stderr, calls } = deploy(["dev", "--wait", "1"], {
    FAKE_IMAGE: digest("a"),
    FAKE_SERVICES: services,
    FAKE_UNSETTLED: "landfall-dev-serve",
  });
  expect(described(calls)).toHaveLength(6);
  expect(calls.at(-1)).toContain("describe-services");
  expect(stderr).toContain("has not replaced its tasks within 1 minutes (last state: IN_PROGRESS)");
  expect(stderr).toContain(`The way back now: scripts/deploy dev --image ${digest("a")}`);
  expect(status).toBe(1);
});

test("a roll-back waits for services as a deploy does", () => {
  const { status, calls } = deploy(["prod", "--image", digest("a")], {
    FAKE_IN_REGISTRY: digest("a"),
    FAKE_SERVICES: services,
  });
  expect(described(calls)).toHaveLength(4);
  expect(status).toBe(0);
});

test.each([
  [["dev", "--image", "latest"], {}, 1, "--image takes sha256:"],
  [["dev", "--image"], {}, 1, "--image takes sha256:"],
  [["dev", "--wait", "0"], {}, 1, "--wait takes a number of minutes"],
  [["dev", "--wait"], {}, 1, "--wait takes a number of minutes"],
  [["dev", "--image", digest("f")], {}, 1, `the-repository has no image ${digest("f")}`],
  [["nowhere"], {}, 1, "there is no pulumi/Pulumi.nowhere.yaml"],
  [["dev"], { FAKE_UNCOMMITTED: " M src/main.rs" }, 1, "uncommitted changes"],
  [["--dry-run"], {}, 2, "Usage:"],
])("%j %j is refused before anything is changed", (args, answers, code, message) => {
  const { status, stderr, calls } = deploy(args, answers);
  expect(stderr).toContain(message);
  expect(calls.filter((call) => /^(pulumi|skopeo|aws ecs)/.test(call))).toEqual([]);
  expect(status).toBe(code);
});

test("asks only for outputs that the program has", () => {
  const program = readFileSync("index.ts", "utf8");
  const { outputs } = deploy(["dev"], { FAKE_STOPPED: "STOPPED\\t1\\t-" });
  const asked = outputs.map((call) => call.replace(/.*--stack dev ?/, "")).filter(Boolean);
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter((name) => !program.includes(`export const ${name} =`))).toEqual([]);
});
