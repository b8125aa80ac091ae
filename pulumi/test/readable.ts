// Writes a graph down so that a reviewer can read what changed.

import { stringify } from "yaml";
import type { Graph } from "./graph";

export function readable({ resources, outputs }: Graph): string {
  const declared = resources
    .filter(({ type }) => type.startsWith("aws:"))
    .map(({ type, name, props }) => stringify({ [`${type} ${name}`]: open(props) }, { lineWidth: 0 }));
  return [...declared, stringify({ outputs }, { lineWidth: 0 })].join("\n");
}

/** JSON in strings becomes part of the tree; of a dashboard, its titles say enough. */
function open(value: unknown): unknown {
  if (typeof value === "string" && /^[[{]/.test(value)) {
    try {
      return open(JSON.parse(value));
    } catch {
      // A template with JSON in it.
      return value;
    }
  }
  if (Array.isArray(value)) {
    return value.map(open);
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, open(inner)]);
    return Object.fromEntries(
      entries.map(([key, inner]) => [key, key === "widgets" ? (inner as Widget[]).map(title) : inner]),
    );
  }
  return value;
}

interface Widget {
  properties: { title: string };
}

function title({ properties }: Widget): string {
  return properties.title;
}
