// An engine that says yes to everything, so that the program can be run as the Pulumi CLI runs it: by Pulumi's
// own loader of TypeScript, with the settings in the environment, over gRPC.

import { spawn } from "node:child_process";
import { once } from "node:events";
import * as grpc from "@grpc/grpc-js";
import * as engineServices from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import * as services from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { outputsOf } from "./graph";

/** What a run of the program came to. */
export interface Run {
  code: number | null;
  urns: string[];
  /** Which of them Pulumi is to refuse to delete. */
  protected: string[];
  /** Which it is to forget rather than to delete. */
  retained: string[];
  /** Properties that it is not to change, by name of the resource. */
  ignored: Record<string, string[]>;
  outputs: Record<string, unknown>;
  /** Warnings and errors. */
  complaints: string[];
}

type Props = Parameters<typeof Struct.fromJavaScript>[0];

/** Answers from a function of the request. */
function answer<Request, Response>(
  respond: (request: Request) => Response,
): grpc.handleUnaryCall<Request, Response> {
  return (call, done) => {
    done(null, respond(call.request));
  };
}

export async function start(
  stack: string,
  configuration: Record<string, string>,
  preview: boolean,
): Promise<Run> {
  const run: Run = {
    code: null,
    urns: [],
    protected: [],
    retained: [],
    ignored: {},
    outputs: {},
    complaints: [],
  };
  let root = "";

  const server = new grpc.Server();
  server.addService(services.ResourceMonitorService, {
    supportsFeature: answer((request: messages.SupportsFeatureRequest) => {
      const response = new messages.SupportsFeatureResponse();
      response.setHassupport(["secrets", "resourceReferences", "outputValues"].includes(request.getId()));
      return response;
    }),
    registerResource: answer((request: messages.RegisterResourceRequest) => {
      const urn = `urn:pulumi:${stack}::landfall::${request.getType()}::${request.getName()}`;
      run.urns.push(urn);
      if (request.getProtect()) {
        run.protected.push(urn);
      }
      if (request.getRetainondelete()) {
        run.retained.push(urn);
      }
      if (request.getIgnorechangesList().length > 0) {
        run.ignored[request.getName()] = request.getIgnorechangesList();
      }
      const inputs = request.getObject()?.toJavaScript() ?? {};
      const response = new messages.RegisterResourceResponse();
      response.setUrn(urn);
      response.setId(preview || !request.getCustom() ? "" : request.getName());
      // In a preview, all that is not an input is unknown, as before a first update.
      const known = preview ? {} : outputsOf(request.getType(), request.getName());
      response.setObject(Struct.fromJavaScript({ ...known, ...inputs } as Props));
      return response;
    }),
    registerResourceOutputs: answer((request: messages.RegisterResourceOutputsRequest) => {
      if (request.getUrn() === root) {
        run.outputs = request.getOutputs()?.toJavaScript() ?? {};
      }
      return new Empty();
    }),
    invoke: answer(() => {
      const response = new messages.ResourceInvokeResponse();
      response.setReturn(
        Struct.fromJavaScript({
          partition: "aws",
          dnsSuffix: "d",
          accountId: "1",
          serviceName: "s",
          zoneIds: ["z1", "z2"],
        }),
      );
      return response;
    }),
  });
  server.addService(engineServices.EngineService, {
    log: answer((request: engine.LogRequest) => {
      if (request.getSeverity() >= engine.LogSeverity.WARNING) {
        run.complaints.push(request.getMessage());
      }
      return new Empty();
    }),
    getRootResource: answer(() => {
      const response = new engine.GetRootResourceResponse();
      response.setUrn(root);
      return response;
    }),
    setRootResource: answer((request: engine.SetRootResourceRequest) => {
      root = request.getUrn();
      return new engine.SetRootResourceResponse();
    }),
  });

  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) {
        reject(error);
      } else {
        resolve(bound);
      }
    });
  });
  const here = `127.0.0.1:${port}`;
  const options = {
    monitor: here,
    engine: here,
    project: "landfall",
    stack,
    "dry-run": String(preview),
    pwd: ".",
  };
  const program = spawn(
    process.execPath,
    [
      "node_modules/@pulumi/pulumi/cmd/run",
      ...Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]),
      ".",
    ],
    {
      stdio: "inherit",
      env: { ...process.env, PULUMI_NODEJS_TYPESCRIPT: "true", PULUMI_CONFIG: JSON.stringify(configuration) },
    },
  );
  [run.code] = (await once(program, "exit")) as [number | null];
  server.forceShutdown();
  return run;
}
