// How EventBridge compares an event with a pattern, as far as the patterns here need it (aws/event-ruler has all of it).

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
        const objects = list(value);
        return matches(record(inner), objects.length > 0 ? objects : [undefined]);
      }
      // Absence is that of the path, so in all elements of the list.
      const absent = objects.every((other) => record(other)[key] === undefined);
      return inner.some((allowed) =>
        record(allowed).exists === false ? absent : list(value).some((single) => allows(allowed, single)),
      );
    }),
  );
}

function allows(allowed: unknown, value: unknown): boolean {
  const { prefix, exists, "anything-but": others } = record(allowed);
  if (typeof prefix === "string") {
    return typeof value === "string" && value.startsWith(prefix);
  }
  return exists === true || (others === undefined ? allowed === value : !list(others).includes(value));
}
