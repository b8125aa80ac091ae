// Reports to the topic how tasks ended, if an operator has to act. Exit codes: docs/operations.md.

import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { EventMail } from "./eventMail";
import type { Site } from "./site";
import { container } from "./tasks";

interface TaskEventsArgs {
  site: Site;
  clusterArn: pulumi.Output<string>;
  topicArn: pulumi.Output<string>;
  /** Receives events that could not be sent. */
  deadLettersArn: pulumi.Output<string>;
  /** What runs so often that an alarm says when it fails for long, and not a mail each time. */
  alarmed: aws.ecs.TaskDefinition[];
  /** What has a mail of its own (failureMail.ts). */
  mailed: aws.ecs.TaskDefinition[];
}

interface Ending {
  id: string;
  /** What of the event's `detail` says that a task ended this way. */
  detail: Record<string, unknown>;
  problem: string;
  remedy: string;
  /** Whether the alarm of what runs often tells of it, too, if it goes on. */
  alarms?: boolean;
}

const own = "EssentialContainerExited";

/**
 * Without an exit code. `exists` looks at all containers at once, so beside one that has a code this never matches; ECS then gives
 * the reason why there is none, such as an error of its agent.
 */
const noExitCode = [
  { containers: { exitCode: [{ exists: false }] } },
  { containers: { name: [container], reason: [{ exists: true }] } },
];

/** Its own container ended with one of these codes. Without the name, that of a container beside it would do. */
export function exitedWith(...codes: unknown[]): Record<string, unknown> {
  return { stopCode: [own], containers: { name: [container], exitCode: codes } };
}

/** In whatever way, but with exit code 0: as the first two of `endings`, with those codes that mean something else elsewhere. */
export const notEndedWell: Record<string, unknown> = {
  $or: [
    { stopCode: [{ "anything-but": [own] }] },
    { containers: { name: [container], exitCode: [{ "anything-but": [0] }] } },
    ...noExitCode,
  ],
};

/** Tasks of this cluster that have ended, and what else of the event's `detail` is asked for. */
export function pattern(
  clusterArn: pulumi.Output<string>,
  detail: Record<string, unknown>,
): pulumi.Output<string> {
  return pulumi.jsonStringify({
    source: ["aws.ecs"],
    "detail-type": ["ECS Task State Change"],
    detail: { clusterArn: [clusterArn], lastStatus: ["STOPPED"], ...detail },
  });
}

/** Every way a task can end but well: each matches exactly one, or none if it ended well. */
const endings: Ending[] = [
  {
    id: "failed",
    detail: {
      stopCode: [own],
      $or: [{ containers: { name: [container], exitCode: [{ "anything-but": [0, 3, 4] }] } }, ...noExitCode],
    },
    problem: "a task failed",
    remedy:
      "read the last error in its log and look it up in docs/operations.md; then run it again, which is safe",
    alarms: true,
  },
  {
    id: "not-run",
    detail: { stopCode: [{ "anything-but": [own] }] },
    problem: "a task could not start, or was stopped from outside",
    remedy:
      "see stoppedReason below, and docs/deploy.md, When a task does not start; then run it again, which is safe",
    alarms: true,
  },
  {
    id: "rejected",
    detail: exitedWith(3),
    problem: "dumps were rejected, all others landed",
    remedy: "see docs/operations.md, Rejected dumps",
  },
  {
    id: "lagging",
    detail: exitedWith(4),
    problem: "no new day has landed within 24 hours for at least one account and region",
    remedy: "were yesterday's dumps delivered? did the import run? see docs/operations.md, Monitoring",
  },
];

/** The names of the rules, which the dashboard counts. */
export const ruleNames = (site: Site): string[] => endings.map(({ id }) => ruleName(site, id));

function ruleName(site: Site, id: string): string {
  return `${site.prefix}-task-${id}`;
}

export class TaskEvents extends pulumi.ComponentResource {
  constructor(
    name: string,
    { site, clusterArn, topicArn, deadLettersArn, alarmed, mailed }: TaskEventsArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:alarms:TaskEvents", name, {}, opts);
    const others = (definitions: aws.ecs.TaskDefinition[]) =>
      definitions.length > 0 && {
        taskDefinitionArn: [
          {
            "anything-but": {
              prefix: definitions.map(({ arnWithoutRevision }) => pulumi.interpolate`${arnWithoutRevision}:`),
            },
          },
        ],
      };
    for (const { id, detail, problem, remedy, alarms = false } of endings) {
      new EventMail(
        `${name}-${id}`,
        {
          site,
          rule: ruleName(site, id),
          // A service has `service:NAME` here, and stops its own tasks at every deploy.
          pattern: pattern(clusterArn, {
            group: [{ prefix: `family:${site.prefix}-` }],
            ...others([...(alarms ? alarmed : []), ...mailed]),
            ...detail,
          }),
          problem,
          remedy,
          subject: { task: "$.detail.group", arn: "$.detail.taskArn" },
          topicArn,
          deadLettersArn,
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
