// Reports to the topic how tasks ended, if an operator has to act. Exit codes: docs/operations.md.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Site } from "./site";
import { container } from "./tasks";

interface TaskEventsArgs {
  site: Site;
  clusterArn: pulumi.Output<string>;
  topicArn: pulumi.Output<string>;
}

interface Ending {
  id: string;
  /** What of the event's `detail` says that a task ended this way. */
  detail: Record<string, unknown>;
  problem: string;
  remedy: string;
}

const own = "EssentialContainerExited";
const exit = (codes: unknown[]) => ({ containers: { name: [container], exitCode: codes } });

/** Every way a task can end but well: each matches exactly one, or none if it ended well. */
export const endings: Ending[] = [
  {
    id: "failed",
    detail: { stopCode: [own], ...exit([{ "anything-but": [0, 3, 4] }, { exists: false }]) },
    problem: "a task failed",
    remedy:
      "read the last error in its log and look it up in docs/operations.md; then run it again, which is safe",
  },
  {
    id: "not-run",
    detail: { stopCode: [{ "anything-but": [own] }] },
    problem: "a task could not start, or was stopped from outside",
    remedy:
      "the reason is below; see docs/deploy.md, When a task does not start; then run it again, which is safe",
  },
  {
    id: "rejected",
    detail: { stopCode: [own], ...exit([3]) },
    problem: "dumps were rejected, all others landed",
    remedy: "see docs/operations.md, Rejected dumps",
  },
  {
    id: "lagging",
    detail: { stopCode: [own], ...exit([4]) },
    problem: "no new day has landed within 24 hours for at least one account and region",
    remedy: "were yesterday's dumps delivered? did the import run? see docs/operations.md, Monitoring",
  },
];

export class TaskEvents extends pulumi.ComponentResource {
  constructor(
    name: string,
    { site, clusterArn, topicArn }: TaskEventsArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:alarms:TaskEvents", name, {}, opts);
    for (const { id, detail, problem, remedy } of endings) {
      const rule = new aws.cloudwatch.EventRule(
        `${name}-${id}`,
        {
          name: `${site.prefix}-task-${id}`,
          description: problem,
          eventPattern: pulumi.jsonStringify({
            source: ["aws.ecs"],
            "detail-type": ["ECS Task State Change"],
            detail: { clusterArn: [clusterArn], lastStatus: ["STOPPED"], ...detail },
          }),
        },
        { parent: this },
      );
      new aws.cloudwatch.EventTarget(
        `${name}-${id}`,
        {
          rule: rule.name,
          arn: topicArn,
          inputTransformer: {
            inputPaths: {
              family: "$.detail.group",
              task: "$.detail.taskArn",
              reason: "$.detail.stoppedReason",
              containers: "$.detail.containers",
            },
            // An object and not a sentence: reasons have quotation marks in them, which only here are escaped.
            inputTemplate: [
              `{"problem": ${JSON.stringify(`${site.prefix}: ${problem}`)}`,
              `"what to do": ${JSON.stringify(remedy)}`,
              `"task": <family>`,
              `"reason": <reason>`,
              `"arn": <task>`,
              `"containers": <containers>}`,
            ].join(",\n"),
          },
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
