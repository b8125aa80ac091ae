// Runs the program against mocks and gathers every resource it declares.

import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { vi } from "vitest";
import { parse } from "yaml";
import type { Declared } from "../policy/rules";

export interface Resource extends Declared {
  /** The provider it is made with; components have none. */
  provider: string;
}

export interface Graph {
  resources: Resource[];
  /** What the program exports. */
  outputs: Record<string, unknown>;
}

type Configuration = Record<string, string>;

/**
 * The settings in a committed Pulumi.STACK.yaml, as the Pulumi CLI would hand them to the program; but for
 * the image, which is another after every deploy.
 */
export function committed(stack: string): Configuration {
  const { config } = parse(readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as {
    config: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(config)
      .filter(
        ([key]) =>
          !["landfall:image", "landfall:candidate", "landfall:login", "landfall:roles"].includes(key),
      )
      .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/** Outputs that are known only once a resource exists show as «kind name.output», its id as «kind name». */
export function outputsOf(type: string, name: string): Record<string, unknown> {
  const output = (key: string) => `«${kind(type)} ${name}.${key}»`;
  const all = { name: output("name"), arn: output("arn") };
  switch (type) {
    case "aws:rds/instance:Instance":
      return {
        ...all,
        address: output("address"),
        resourceId: output("resourceId"),
        port: 5432,
        masterUserSecrets: [{ secretArn: output("secret") }],
      };
    case "aws:ec2/vpcEndpoint:VpcEndpoint":
      return { ...all, prefixListId: output("prefixListId") };
    case "aws:ecr/repository:Repository":
      return { ...all, repositoryUrl: output("repositoryUrl") };
    case "aws:ecs/taskDefinition:TaskDefinition":
      return { ...all, arnWithoutRevision: output("arnWithoutRevision") };
    case "aws:sqs/queue:Queue":
      return { ...all, url: output("url") };
    case "aws:lb/loadBalancer:LoadBalancer":
      return { ...all, arnSuffix: output("arnSuffix"), dnsName: output("dnsName") };
    case "aws:lb/targetGroup:TargetGroup":
      return { ...all, arnSuffix: output("arnSuffix") };
    case "aws:ec2/eip:Eip":
      return { ...all, publicIp: output("publicIp") };
    case "aws:s3/bucket:Bucket":
      return { ...all, bucket: output("bucket") };
    default:
      return all;
  }
}

/** `aws:ec2/subnet:Subnet` → `subnet`. */
function kind(type: string): string {
  return type.replace(/.*\/(.*):.*/, "$1");
}

/** No real partition, account or domain: what shows one in the graph has it written in the code. */
const lookUps: Record<string, (inputs: Record<string, string>) => Record<string, unknown>> = {
  "aws:index/getPartition:getPartition": () => ({ partition: "«partition»", dnsSuffix: "«domain»" }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({ accountId: "«account»" }),
  "aws:ec2/getVpcEndpointService:getVpcEndpointService": ({ service }) => ({
    serviceName: `«service ${service ?? ""}»`,
  }),
  // In no order, as AWS gives them.
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({
    zoneIds: ["«zone 3»", "«zone 1»", "«zone 2»"],
  }),
};

export async function run(stack: string, configuration: Configuration): Promise<Graph> {
  const resources: Resource[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, provider }) => {
        const props = inputs as Record<string, unknown>;
        resources.push({ type, name, props, provider: provider ?? "" });
        return { id: `«${kind(type)} ${name}»`, state: { ...outputsOf(type, name), ...props } };
      },
      call: ({ token, inputs }) => {
        const answer = lookUps[token];
        if (!answer) {
          throw new Error(`${token} is not mocked`);
        }
        return answer(inputs as Record<string, string>);
      },
    },
    "landfall",
    stack,
    false,
  );
  pulumi.runtime.setAllConfig(configuration);
  vi.resetModules();
  const exported = (await import("../index.js")) as Record<string, unknown>;
  // Disconnecting waits for every resource that is still on its way.
  await pulumi.runtime.disconnect();
  const outputs: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(exported)) {
    outputs[key] = await promise(pulumi.output(value));
  }
  resources.sort((a, b) => (a.type === b.type ? compare(a.name, b.name) : compare(a.type, b.type)));
  return { resources, outputs };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function promise<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
