// Landfall itself, serving simulated dumps from a private Postgres.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);

export const BINARY =
  process.env.LANDFALL_BINARY ?? new URL("../../target/debug/landfall", import.meta.url).pathname;

/** Days simulated, so that the addresses of tests and screenshots stay the same. */
export const [FIRST, LAST] = ["2026-10-07", "2026-11-20"];

/** A server of a test's own: empty, or with dumps of two regions, one of them cut off, one empty and two missing. */
export async function serve({ empty = false } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "landfall-web-"));
  // Run by root, Postgres is another user, who has to get in.
  await chmod(folder, 0o755);
  const env = { PATH: process.env.PATH, HOME: folder, TZ: "UTC", LANDFALL_DATA_DIR: join(folder, "data") };
  if (process.env.PG_BINDIR) env.PG_BINDIR = process.env.PG_BINDIR;
  const landfall = (...args) => run(BINARY, ["--quiet", ...args], { env, timeout: 120_000 });
  const stop = async () => {
    // The private Postgres ends with the last command that uses it, which must be before its folder is removed.
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  };
  try {
    if (!empty) await fill(folder, landfall);
    return await listen(env, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function fill(folder, landfall) {
  const dumps = join(folder, "dumps");
  const regions = ["--region", "eu-west-3", "--region", "us-east-1"];
  await landfall("simulate", dumps, "--first-day", FIRST, "--days", "45", "--pools", "160", ...regions);
  const names = await readdir(dumps);
  const dump = (day) =>
    join(
      dumps,
      names.find((name) => name.includes(day) && name.includes("eu-west-3")),
    );
  await rm(dump("20261111"));
  await rm(dump("20261112"));
  await truncate(dump("20261104"), 4000);
  await writeFile(dump("20261028"), "[]");
  const events = ["simulate", "events", join(folder, "events"), "--first-day", "2026-11-14", "--days", "7"];
  await landfall(
    ...events,
    "--count",
    "2000",
    "--malformed",
    "0.05",
    "--device",
    "android",
    "--device",
    "ios",
  );
  await landfall("import", join(folder, "events"));
  // 3: some dumps were rejected, as one has to be.
  await landfall("import", dumps).catch((error) => {
    if (error.code !== 3) throw error;
  });
}

async function listen(env, stop) {
  const server = spawn(BINARY, ["serve", "--listen", "127.0.0.1:0"], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(server, "exit");
  const lines = createInterface({ input: server.stderr });
  const address = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("the server does not listen")), 60_000);
    lines.on("line", (line) => {
      const { address } = JSON.parse(line);
      if (address) resolve(address);
      if (address) clearTimeout(late);
    });
    server.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  }).catch(async (error) => {
    server.kill("SIGKILL");
    throw error;
  });
  return {
    url: `http://${address}`,
    async stop() {
      server.kill("SIGTERM");
      const killer = setTimeout(() => server.kill("SIGKILL"), 20_000);
      await ended;
      clearTimeout(killer);
      await stop();
    },
  };
}
