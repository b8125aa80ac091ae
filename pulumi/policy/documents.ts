// Reads the loosely typed parts of resources: JSON in strings, one thing or a list of it.

export type Props = Record<string, unknown>;

/** A list, whether there was one, a single thing, a JSON text of either, or nothing. */
export function list(value: unknown): unknown[] {
  if (value === undefined || value === null) {
    return [];
  }
  if (typeof value === "string" && /^\s*[[{]/.test(value)) {
    return list(JSON.parse(value));
  }
  return Array.isArray(value) ? value : [value];
}

export function record(value: unknown): Props {
  return typeof value === "object" && value !== null ? (value as Props) : {};
}

export interface Grant {
  actions: string[];
  resources: string[];
  principals: string[];
  condition: boolean;
}

/** What a policy document allows, statement by statement. */
export function allowed(policy: unknown): Grant[] {
  return list(policy)
    .flatMap((document) => list(record(document).Statement))
    .map(record)
    .filter(({ Effect }) => Effect === "Allow")
    .map((statement) => ({
      actions: list(statement.Action).map(String),
      resources: list(statement.Resource).map(String),
      // { "AWS": ["…"] } or "*"
      principals: list(statement.Principal)
        .flatMap((principal) =>
          typeof principal === "string" ? [principal] : Object.values(record(principal)),
        )
        .flatMap(list)
        .map(String),
      condition: statement.Condition !== undefined,
    }));
}
