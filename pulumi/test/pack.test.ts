// The policy pack, started and asked as the Pulumi CLI does it.

import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import * as services from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rules } from "../policy/rules";
import { violations } from "./violations";

/** What stands in the protocol for a value that is not known before an update. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

let pack: ChildProcessByStdio<null, Readable, null>;
let client: services.AnalyzerClient;

beforeAll(async () => {
  const runner = "../node_modules/@pulumi/pulumi/cmd/run-policy-pack";
  pack = spawn(process.execPath, [runner, "127.0.0.1:1", "."], {
    cwd: "policy",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = (await once(pack.stdout, "data")) as [Buffer];
  client = new services.AnalyzerClient(`127.0.0.1:${String(port).trim()}`, grpc.credentials.createInsecure());
});
afterAll(() => {
  client.close();
  pack.kill();
});

async function ask(stack: string, type: string, props: Record<string, unknown>, name = "sample") {
  const options = new messages.AnalyzerResourceOptions();
  options.setCustomtimeouts(new messages.AnalyzerResourceOptions.CustomTimeouts());
  const request = new messages.AnalyzeRequest();
  request.setUrn(`urn:pulumi:${stack}::landfall::${type}::${name}`);
  request.setType(type);
  request.setName(name);
  request.setOptions(options);
  request.setProperties(Struct.fromJavaScript(props as Parameters<typeof Struct.fromJavaScript>[0]));
  const response = await new Promise<messages.AnalyzeResponse>((resolve, reject) => {
    client.analyze(request, (error: grpc.ServiceError | null, answer: messages.AnalyzeResponse) => {
      if (error) {
        reject(error);
      } else {
        resolve(answer);
      }
    });
  });
  return response.getDiagnosticsList().map((diagnostic) => ({
    rule: diagnostic.getPolicyname(),
    stops: diagnostic.getEnforcementlevel() === messages.EnforcementLevel.MANDATORY,
    message: diagnostic.getMessage(),
  }));
}

test.each(rules)("$name stops an update", async ({ name }) => {
  const violation = violations.find(({ rule }) => rule === name);
  const { type, props, complaint } = violation ?? { type: "", props: {}, complaint: "" };
  expect(await ask("prod", type, props, violation?.name)).toContainEqual({
    rule: name,
    stops: true,
    message: expect.stringContaining(complaint) as string,
  });
});

test("what a stack is for is known from its name", async () => {
  const { type, props } = violations.find(({ rule }) => rule === "protected-in-production") ?? {
    type: "",
    props: {},
  };
  const broken = await ask("dev", type, props);
  expect(broken.map(({ rule }) => rule)).not.toContain("protected-in-production");
});

test("a value not known yet does not stop a preview", async () => {
  expect(
    await ask("prod", "aws:cloudwatch/logGroup:LogGroup", { retentionInDays: 7, kmsKeyId: unknown }),
  ).toEqual([
    { rule: "encrypted-at-rest", stops: false, message: expect.stringContaining("can't be known") as string },
  ]);
});
