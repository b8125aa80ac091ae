// Reads configuration values one by one and collects their errors, so that all are reported at once.

import { RunError } from "@pulumi/pulumi";

interface Form {
  pattern: RegExp;
  /** How the value must look, for the person who has to correct it. */
  form: string;
}

type Whole = ({ atLeast: number; atMost: number } | { oneOf: number[] }) & { fallback: number };

export class Reader {
  private readonly problems: string[] = [];
  private readonly known = new Set<string>();

  constructor(private readonly all: Record<string, string>) {}

  refuse(problem: string): void {
    this.problems.push(problem);
  }

  optional(key: string, { pattern, form }: Form): string | undefined {
    const value = this.take(key);
    if (value !== undefined && !pattern.test(value)) {
      this.refuse(`${key} is ${value}: it must be ${form}`);
    }
    return value;
  }

  text(key: string, { fallback, ...form }: Form & { fallback?: string }): string {
    const value = this.optional(key, form) ?? fallback;
    if (value === undefined) {
      this.refuse(`${key} is missing: set it to ${form.form}`);
    }
    return value ?? "";
  }

  choice<T extends string>(key: string, values: readonly T[], fallback: T): T {
    const value = this.take(key) ?? fallback;
    const choice = values.find((candidate) => candidate === value);
    if (choice === undefined) {
      this.refuse(`${key} is ${value}: it must be ${values.join(" or ")}`);
    }
    return choice ?? fallback;
  }

  flag(key: string, fallback: boolean): boolean {
    return this.choice(key, ["true", "false"], fallback ? "true" : "false") === "true";
  }

  whole(key: string, allowed: Whole): number {
    const text = this.take(key) ?? String(allowed.fallback);
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if ("oneOf" in allowed) {
      if (!allowed.oneOf.includes(value)) {
        this.refuse(`${key} is ${text}: it must be one of ${allowed.oneOf.join(", ")}`);
      }
    } else if (!(value >= allowed.atLeast && value <= allowed.atMost)) {
      this.refuse(
        `${key} is ${text}: it must be a whole number from ${allowed.atLeast} to ${allowed.atMost}`,
      );
    }
    return value;
  }

  list<Fallback extends string[] | undefined>(
    key: string,
    {
      pattern,
      form,
      atLeast,
      atMost,
      fallback,
    }: Form & { atLeast: number; atMost: number; fallback: Fallback },
  ): string[] | Fallback {
    const text = this.take(key);
    if (text === undefined) {
      return fallback;
    }
    const value = json(text);
    const fits =
      Array.isArray(value) &&
      value.length >= atLeast &&
      value.length <= atMost &&
      new Set(value).size === value.length &&
      value.every((item): item is string => typeof item === "string" && pattern.test(item));
    if (!fits) {
      this.refuse(`${key} is ${text}: it must be ${form}`);
      return fallback;
    }
    return value;
  }

  /** A list of objects, each of which `take` takes, or does not. */
  objects<T>(
    key: string,
    { take, form }: { take: (item: Record<string, unknown>) => T | undefined; form: string },
  ): T[] {
    const text = this.take(key);
    if (text === undefined) {
      return [];
    }
    const value = json(text);
    const items = Array.isArray(value)
      ? value.map((item: unknown) => (isRecord(item) ? take(item) : undefined))
      : [undefined];
    const fit = items.filter((item) => item !== undefined);
    if (fit.length < items.length) {
      this.refuse(`${key} is ${text}: it must be ${form}`);
    }
    return fit;
  }

  /** Fails with everything that was wrong. A key that was never read is misspelt. */
  finish(namespace: string): void {
    const known = [...this.known].filter((key) => key.startsWith(namespace));
    for (const key of Object.keys(this.all)) {
      if (key.startsWith(namespace) && !this.known.has(key)) {
        this.refuse(`${key} is not a setting: there are ${known.join(", ")}`);
      }
    }
    if (this.problems.length > 0) {
      throw new RunError(["the configuration of this stack is wrong:", ...this.problems].join("\n  - "));
    }
  }

  private take(key: string): string | undefined {
    this.known.add(key);
    return this.all[key];
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
