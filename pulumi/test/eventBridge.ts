// How EventBridge compares an event with a pattern, as far as the patterns here need it. eventBridge.test.ts holds it against
// aws/event-ruler, the library that EventBridge itself uses.

import { list, record } from "../policy/documents";

export function fits(pattern: unknown, event: unknown): boolean {
  return matches(record(pattern), [event]);
}

/** Whether one of these objects fits whole: fields of two elements of a list never make up a match together. */
function matches(pattern: Record<string, unknown>, objects: unknown[]): boolean {
  return objects.some((object) =>
    Object.entries(pattern).every(([key, inner]) => {
      if (key === "$or") {
        return list(inner).some((either) => matches(record(either), [object]));
      }
      const value = record(object)[key];
      if (!Array.isArray(inner)) {
        const inside = values(value);
        return matches(record(inner), inside.length > 0 ? inside : [undefined]);
      }
      if (
        objects.length > 1 &&
        Object.keys(pattern).length > 1 &&
        inner.some((allowed) => record(allowed).exists === false)
      ) {
        throw new Error(
          `whether ${key} is absent beside others depends on their names in event-ruler: ask it`,
        );
      }
      // Absence is that of the path, so in all elements of the list.
      const absent = objects.every((other) => values(record(other)[key]).length === 0);
      return inner.some((allowed) =>
        record(allowed).exists === false ? absent : values(value).some((single) => allows(allowed, single)),
      );
    }),
  );
}

/** An empty list is as good as nothing, and null is a value. */
function values(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function allows(allowed: unknown, value: unknown): boolean {
  if (typeof allowed !== "object" || allowed === null) {
    return allowed === value;
  }
  const [[operator, operand] = ["", undefined], ...others] = Object.entries(allowed);
  if (others.length === 0) {
    switch (operator) {
      case "exists":
        return operand === true;
      case "prefix":
        return typeof value === "string" && list(operand).some((start) => value.startsWith(String(start)));
      case "suffix":
        return typeof value === "string" && value.endsWith(String(operand));
      case "anything-but":
        return !list(operand).some((other) => allows(other, value));
    }
  }
  throw new Error(`eventBridge.ts does not know ${JSON.stringify(allowed)}`);
}
