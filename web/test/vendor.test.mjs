// What is part of Landfall is what npm has.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

const FILES = { "uPlot.iife.min.js": "dist/", "uPlot.min.css": "dist/", LICENSE: "" };

const at = (path) => new URL(`../${path}`, import.meta.url);

test("uPlot is the package's, byte for byte", async () => {
  assert.deepEqual((await readdir(at("vendor/uplot"))).toSorted(), Object.keys(FILES).toSorted());
  for (const [name, folder] of Object.entries(FILES)) {
    const [ours, theirs] = await Promise.all([
      readFile(at(`vendor/uplot/${name}`)),
      readFile(at(`node_modules/uplot/${folder}${name}`)),
    ]);
    assert.ok(ours.equals(theirs), `${name} differs: npm --prefix web run vendor`);
  }
});
