// How many connections the database takes, and how many servers fit into them.

/** GiB of memory by size; all classes of a size have at least that. */
const memory: Record<string, number> = { micro: 1, small: 2, medium: 4, large: 8, xlarge: 16 };

/** RDS allows one for each 9.5 MB of the memory that it leaves to Postgres, which is less than the class has. */
const perGiB = 80;

/** What the smallest class takes. */
export const leastConnections = perGiB;

/**
 * Postgres' and RDS' own 7, an import 5, two followers 4, two loads of events 4, a chart of them 1, status and migrations 2, and 2
 * for whoever looks.
 */
const others = 25;

/** `--readers` of a server. More would not help: a database of the classes meant here has two cores or four. */
export const readers = 2;

/** Two and a half for each reader, one for /readyz, two for batches (docs/operations.md, Serve). */
const perServer = 2.5 * readers + 1 + 2;

/** How many connections a database of this class takes; nothing if its size is not known. */
export function accepted(databaseClass: string): number | undefined {
  const [, multiple = "1", size = ""] = /\.(\d*)([a-z]+)$/.exec(databaseClass) ?? [];
  const gib = memory[size];
  return gib === undefined ? undefined : Math.min(5000, gib * Number(multiple || 1) * perGiB);
}

/** How many servers fit: while they are replaced, each is there twice. */
export function servers(databaseClass: string): number | undefined {
  const all = accepted(databaseClass);
  return all === undefined ? undefined : Math.floor((all - others) / (2 * perServer));
}
