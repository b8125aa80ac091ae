// What aws/event-ruler said: the library that EventBridge itself matches events with. It is on no registry that every machine
// reaches, so its answers are kept. They are of version 2.0.1 (commit 337e8d9). To ask again, where patterns or events have
// changed, give its class path, with its dependencies: EVENT_RULER=… npx vitest run test/eventBridge.test.ts test/taskEvents.test.ts

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import { expect } from "vitest";

interface Recorded {
  patterns: Record<string, unknown>;
  events: Record<string, unknown>;
  /** For each event, the patterns that match it, in order. */
  matches: Record<string, string[]>;
}

export async function recorded(
  name: string,
  patterns: Record<string, unknown>,
  events: Record<string, unknown>,
): Promise<Recorded["matches"]> {
  const file = `test/eventRuler/${name}.json`;
  const classPath = process.env.EVENT_RULER;
  if (classPath !== undefined) {
    writeFileSync(file, JSON.stringify({ patterns, events }));
    execFileSync("java", ["-cp", classPath, "test/eventRuler/Ask.java", file]);
    writeFileSync(file, await format(readFileSync(file, "utf8"), { parser: "json", printWidth: 110 }));
  }
  const kept = JSON.parse(readFileSync(file, "utf8")) as Recorded;
  // Answers to other questions are none: see above how to ask again.
  expect({ patterns: kept.patterns, events: kept.events }).toEqual({ patterns, events });
  return kept.matches;
}
