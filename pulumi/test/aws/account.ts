// Scripts with the real AWS CLI, against moto made as strict and as slow as AWS (server.py).

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Pinned: what these know of AWS is what the tests hold the scripts against. */
const packages = [
  "awscli==1.46.3",
  "moto[ec2,ecs,iam,kms,logs,rds,secretsmanager]==5.2.5",
  "flask==3.1.3",
  "flask-cors==6.0.2",
];

/** The folder with `aws` and `python`; made on first use, from PyPI. */
function install(): string {
  const { status, stdout, stderr } = spawnSync(
    "bash",
    ["-euc", '. scripts/lib/venv; venv aws "$@" >&2; echo "$venv/bin"', "-", ...packages],
    { cwd: "..", encoding: "utf8" },
  );
  if (status !== 0) {
    throw new Error(stderr);
  }
  return stdout.trim();
}

export interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
  /** Calls of aws and pulumi, in order. */
  calls: string[];
}

/** An account with one stack in it. */
export class Account {
  private constructor(
    readonly folder: string,
    private readonly servers: ChildProcess[],
    private readonly address: string,
  ) {}

  /** `server` and `pulumi` are files beside this: what is in the account, and what stands in for Pulumi. */
  static async start(
    authentication: "password" | "iam" = "password",
    { server: model, pulumi } = { server: "server.py", pulumi: "pulumi" },
  ): Promise<Account> {
    const bin = install();
    const folder = mkdtempSync(join(tmpdir(), "landfall-aws-"));
    symlinkSync(resolve("test/aws/aws"), join(folder, "aws"));
    symlinkSync(resolve("test/aws", pulumi), join(folder, "pulumi"));
    for (const command of ["npm", "sleep"]) {
      symlinkSync("/bin/true", join(folder, command));
    }
    const python = async (...args: string[]): Promise<[ChildProcess, string]> => {
      const child = spawn(join(bin, "python"), args, {
        env: { ...process.env, AUTHENTICATION: authentication },
        stdio: ["ignore", "pipe", openSync(join(folder, "log"), "a")],
      });
      const line = await new Promise<string>((found, failed) => {
        child.stdout?.once("data", (data: Buffer) => {
          child.removeAllListeners("exit");
          found(data.toString().trim());
        });
        child.once("exit", () => {
          failed(new Error(readFileSync(join(folder, "log"), "utf8")));
        });
      });
      return [child, line];
    };
    const [[server, address], [cli]] = await Promise.all([
      python(`test/aws/${model}`, folder),
      python("test/aws/cli.py", join(folder, "cli")),
    ]);
    return new Account(folder, [server, cli], address);
  }

  stop(): void {
    for (const server of this.servers) {
      server.kill();
    }
    rmSync(this.folder, { recursive: true });
  }

  write(file: string, content: unknown): void {
    writeFileSync(join(this.folder, file), typeof content === "string" ? content : JSON.stringify(content));
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  /** What AWS answers. */
  ask(...args: string[]): unknown {
    const { stdout } = this.spawn("aws", [...args, "--output", "json"]);
    return JSON.parse(stdout);
  }

  run(script: string, args: string[], environment: Record<string, string> = {}): Result {
    const calls = join(this.folder, "calls");
    rmSync(calls, { force: true });
    const { status, stdout, stderr } = this.spawn(resolve("../scripts", script), args, environment);
    const lines = existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : [];
    return { status, stdout, stderr, calls: lines };
  }

  private spawn(command: string, args: string[], environment: Record<string, string> = {}) {
    return spawnSync(command, args, {
      encoding: "utf8",
      env: {
        PATH: `${this.folder}:${process.env.PATH ?? ""}`,
        FOLDER: this.folder,
        AWS_ENDPOINT_URL: this.address,
        AWS_MAX_ATTEMPTS: "1",
        AWS_ACCESS_KEY_ID: "a",
        AWS_SECRET_ACCESS_KEY: "b",
        AWS_DEFAULT_REGION: "eu-west-3",
        ...environment,
      },
    });
  }
}
