// Writes a graph as a CloudFormation template, which tools of others can read. What has no counterpart is an error.

import { record, type Props } from "../policy/documents";
import { capital, capitals, counterparts, withoutCounterpart, type Counterpart } from "./counterparts";
import type { Graph, Resource } from "./graph";

interface Converted {
  Type: string;
  Properties: Props;
  [attribute: string]: unknown;
}

export interface Template {
  AWSTemplateFormatVersion: string;
  Resources: Record<string, Converted>;
}

/** What the mocks of graph.ts answer that is of no resource. */
const pseudo: Record<string, string> = {
  "«partition»": "${AWS::Partition}",
  "«account»": "${AWS::AccountId}",
  "«domain»": "${AWS::URLSuffix}",
};

export function template(graph: Graph): Template {
  const declared = graph.resources.filter(
    ({ type }) => type.startsWith("aws:") && !(type in withoutCounterpart),
  );
  const region = String(graph.resources.find(({ type }) => type === "pulumi:providers:aws")?.props.region);
  const converted: Template["Resources"] = {};
  for (const resource of declared) {
    const counterpart = counterpartOf(resource);
    if (!counterpart.partOf) {
      converted[logicalId(resource)] = {
        Type: counterpart.type,
        Properties: properties(resource),
        ...counterpart.attributes?.(resource.props),
      };
      for (const [suffix, also] of Object.entries(
        counterpart.also?.(resource.props, reference(resource)) ?? {},
      )) {
        converted[`${logicalId(resource)}${suffix}`] = also;
      }
    }
  }
  for (const resource of declared) {
    const { partOf } = counterpartOf(resource);
    if (partOf) {
      const by = String(resource.props[partOf.by]);
      const whole = declared.find(
        (other) =>
          other.type === partOf.type &&
          (other.props[partOf.key ?? "name"] === by || by.replace(/\.\w+»$/, "»") === reference(other)),
      );
      const target = whole && converted[logicalId(whole)];
      if (!target) {
        throw new Error(`${resource.name} is part of no ${partOf.type} that is declared`);
      }
      for (const [key, value] of Object.entries(properties(resource))) {
        target.Properties[key] = merged(target.Properties[key], value);
      }
    }
  }
  const resources = references(converted, declared, region) as Template["Resources"];
  return { AWSTemplateFormatVersion: "2010-09-09", Resources: resources };
}

function counterpartOf({ type, name }: Resource): Counterpart {
  const counterpart = counterparts[type];
  if (!counterpart) {
    throw new Error(
      `${type} (${name}) has no counterpart: tell in counterparts.ts what it is in CloudFormation`,
    );
  }
  return counterpart;
}

function properties(resource: Resource): Props {
  const { rename = {}, shape = {}, without = {}, partOf } = counterpartOf(resource);
  const result: Props = {};
  for (const [key, value] of Object.entries(resource.props)) {
    if (value === undefined || key in without || key === partOf?.by) {
      continue;
    }
    const shaped = shape[key];
    const more = shaped
      ? shaped(value, resource.props)
      : key === "tags"
        ? { Tags: Object.entries(record(value)).map(([Key, Value]) => ({ Key, Value })) }
        : { [rename[key] ?? capital(key)]: capitals(value) };
    for (const [name, inner] of Object.entries(more)) {
      result[name] = merged(result[name], inner);
    }
  }
  return result;
}

/** Several may describe a part of the same: of a list or of an object. */
function merged(before: unknown, more: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(more)) {
    return [...(before as unknown[]), ...(more as unknown[])];
  }
  return before !== undefined && typeof more === "object" ? { ...record(before), ...more } : more;
}

function kind({ type }: Resource): string {
  return type.replace(/.*\/(.*):.*/, "$1");
}

function reference(resource: Resource): string {
  return `«${kind(resource)} ${resource.name}»`;
}

function logicalId(resource: Resource): string {
  return capital(
    `${kind(resource)}-${resource.name}`.replaceAll(/[^A-Za-z0-9]+(.)/g, (_, next: string) =>
      next.toUpperCase(),
    ),
  );
}

/** Replaces what stands for outputs of resources, and the region's name, by CloudFormation's references. */
function references(value: unknown, declared: Resource[], region: string): unknown {
  if (Array.isArray(value)) {
    return value.map((inner) => references(inner, declared, region));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        // Conditions of policies have keys that are looked up; there are no functions for keys.
        if (key.includes("«")) {
          throw new Error(`${key}: a key cannot be an output`);
        }
        return [key, references(inner, declared, region)];
      }),
    );
  }
  if (typeof value !== "string") {
    return value;
  }
  const parts = new RegExp(`«[^»]*»|${region}`, "g");
  if (!parts.test(value)) {
    return value;
  }
  const substituted = value
    .replaceAll("${", "${!")
    .replaceAll(parts, (part) => (part === region ? "${AWS::Region}" : substitution(part, declared)));
  if (!/\$\{[^!]/.test(substituted)) {
    return substituted;
  }
  const only = /^\$\{([^}!]+)\}$/.exec(substituted)?.[1];
  if (only === undefined) {
    return { "Fn::Sub": substituted };
  }
  const [id = "", ...attribute] = only.split(".");
  return attribute.length === 0 ? { Ref: id } : { "Fn::GetAtt": [id, attribute.join(".")] };
}

/** `«queue landfall-dev-dead-letters.arn»` → `${QueueLandfallDevDeadLetters.Arn}` */
function substitution(part: string, declared: Resource[]): string {
  if (part in pseudo) {
    return pseudo[part] ?? "";
  }
  const service = /^«service (.*)»$/.exec(part)?.[1];
  if (service !== undefined) {
    return "com.amazonaws.${AWS::Region}." + service;
  }
  const zone = /^«zone (.*)»$/.exec(part)?.[1];
  if (zone !== undefined) {
    return `euw3-az${zone}`;
  }
  const [, what, name, output = "id"] = /^«(\w+) ([^.]+)(?:\.(\w+))?»$/.exec(part) ?? [];
  const resource = declared.find((other) => kind(other) === what && other.name === name);
  if (!resource) {
    throw new Error(`${part} is of no resource that is declared`);
  }
  const given = counterpartOf(resource).outputs?.[output];
  if (given === undefined) {
    throw new Error(
      `${part}: tell in counterparts.ts what ${output} of ${resource.type} is in CloudFormation`,
    );
  }
  const found = typeof given === "string" ? given : given(resource.props);
  if (found === "Ref") {
    return `\${${logicalId(resource)}}`;
  }
  // A name of CloudFormation's, or a text that says what it is like.
  return /^[A-Z][A-Za-z.]+$/.test(found)
    ? `\${${logicalId(resource)}.${found}}`
    : found.replaceAll("@", logicalId(resource));
}
