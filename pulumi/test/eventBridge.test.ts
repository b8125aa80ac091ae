// The matcher of these tests, held against aws/event-ruler: every pattern with every event.

import { expect, test } from "vitest";
import { fits } from "./eventBridge";
import { recorded } from "./eventRuler/recorded";

const patterns: Record<string, unknown> = {
  "a value": { name: ["landfall"] },
  "one of two values": { name: ["landfall", "agent"] },
  "a number": { code: [0] },
  "a number as text": { code: ["0"] },
  nothing: { code: [null] },
  "an empty text": { name: [""] },
  present: { code: [{ exists: true }] },
  absent: { code: [{ exists: false }] },
  "absent, or a value": { code: [3, { exists: false }] },
  "a beginning": { name: [{ prefix: "land" }] },
  "an end": { name: [{ suffix: "fall" }] },
  "any beginning": { name: [{ prefix: "" }] },
  "anything but a value": { name: [{ "anything-but": "agent" }] },
  "anything but numbers": { code: [{ "anything-but": [0, 3] }] },
  "anything but a beginning": { name: [{ "anything-but": { prefix: "land" } }] },
  "anything but some beginnings": { name: [{ "anything-but": { prefix: ["land", "wind"] } }] },
  "within a list": { containers: { name: ["landfall"] } },
  "two fields within a list": { containers: { name: ["landfall"], code: [0] } },
  "a field and its sibling's presence": { containers: { name: ["landfall"], reason: [{ exists: true }] } },
  "absent within a list": { containers: { code: [{ exists: false }] } },
  "not that within a list": { containers: { name: ["landfall"], code: [{ "anything-but": [0, 3] }] } },
  "two levels": { containers: { inner: { name: ["a"], code: [1] } } },
  either: { $or: [{ name: ["landfall"] }, { code: [3] }] },
  "either, within a list": {
    $or: [{ containers: { code: [3] } }, { containers: { code: [{ exists: false }] } }],
  },
  "either, and another": { name: ["landfall"], $or: [{ code: [0] }, { containers: { code: [0] } }] },
};

const events: Record<string, unknown> = {
  "nothing at all": {},
  "name alone": { name: "landfall" },
  "name and code": { name: "landfall", code: 0 },
  "another name": { name: "agent", code: 3 },
  "a longer name": { name: "landfall-dev", code: 137 },
  "code as text": { name: "windfall", code: "0" },
  "code that is null": { name: "", code: null },
  "several names": { name: ["agent", "landfall"], code: [3, 4] },
  "empty lists": { name: [], code: [], containers: [] },
  "one container": { containers: [{ name: "landfall", code: 0 }] },
  "a container that is no list": { containers: { name: "landfall", code: 3, reason: "out of memory" } },
  "fields of two containers": { containers: [{ name: "landfall" }, { name: "agent", code: 0 }] },
  "the second container": {
    containers: [
      { name: "agent", code: 137 },
      { name: "landfall", code: 0 },
    ],
  },
  "a lost container": {
    containers: [
      { name: "landfall", reason: "lost" },
      { name: "agent", code: 143 },
    ],
  },
  "a lost container alone": { containers: [{ name: "landfall", reason: "lost" }] },
  "a sidecar that was lost": {
    containers: [
      { name: "landfall", code: 1 },
      { name: "agent", reason: "lost" },
    ],
  },
  "two levels": { containers: [{ inner: [{ name: "a", code: 1 }] }] },
  "two levels, apart": {
    containers: [{ inner: [{ name: "a" }, { code: 1 }] }, { inner: { name: "a", code: 2 } }],
  },
  "name, and a container's code": { name: "landfall", code: 7, containers: [{ code: 0 }] },
};

test("the matcher says what event-ruler says", async () => {
  const matches = Object.fromEntries(
    Object.entries(events).map(([title, event]) => [
      title,
      Object.keys(patterns)
        .filter((name) => fits(patterns[name], event))
        .sort(),
    ]),
  );
  expect(matches).toEqual(await recorded("patterns", patterns, events));
});

test("what the matcher does not know is an error, not an answer", () => {
  expect(() => fits({ code: [{ numeric: [">", 0] }] }, { code: 1 })).toThrow("does not know");
  expect(() => fits({ name: [{ prefix: "a", suffix: "b" }] }, { name: "ab" })).toThrow("does not know");
  // event-ruler answers this by the alphabet: yes here, and no were the fields called a and b.
  const containers = [{ name: "landfall" }, { name: "agent", code: 0 }];
  expect(() =>
    fits({ containers: { name: ["landfall"], code: [{ exists: false }] } }, { containers }),
  ).toThrow("depends on their names");
});
