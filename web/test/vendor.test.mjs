// What is part of Landfall is what npm has.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

import { FILES } from "../vendor.mjs";

test("vendored files are the packages', byte for byte", async () => {
  const vendor = new URL("../vendor/", import.meta.url);
  const present = await readdir(vendor, { recursive: true, withFileTypes: true });
  assert.equal(present.filter((entry) => entry.isFile()).length, FILES.length);
  for (const { from, to } of FILES) {
    const [ours, theirs] = await Promise.all([readFile(to), readFile(from)]);
    assert.ok(ours.equals(theirs), `${to} differs: npm --prefix web run vendor`);
  }
});
