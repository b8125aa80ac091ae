// What runs when: an import every hour, and a look in the morning whether yesterday has come. With events, a load every five
// minutes, one of everything in the night, and a chart every two hours. With a lake, it is published four times a day; with loans,
// they are extracted once a month.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { EventTasks } from "./events";
import type { Network } from "./network";
import { ServiceRole } from "./role";
import type { Site } from "./site";
import type { Tasks } from "./tasks";

/** A task that is scheduled. */
export interface Scheduled {
  definition: aws.ecs.TaskDefinition;
  /** Its roles, unless they are those of all. */
  roleArns: pulumi.Output<string>[];
  /** Where it may go, unless where all may. */
  securityGroupId?: pulumi.Output<string>;
}

interface ScheduleArgs {
  site: Site;
  network: Network;
  tasks: Tasks;
  /** Receives the starts that failed after all attempts. */
  deadLettersArn: pulumi.Output<string>;
  /** What is run; nothing is scheduled before there is an image. */
  definitions: { import: aws.ecs.TaskDefinition; status: aws.ecs.TaskDefinition } | undefined;
  events: EventTasks | undefined;
  lake: Scheduled | undefined;
  loans: Scheduled | undefined;
}

/** Attempts to start a task; failures inside of it are reported by the alarms. */
interface Attempts {
  /** When they end: once the next one is due. */
  seconds: number;
  /** Receives the start then. */
  deadLettersArn?: pulumi.Output<string>;
}

export class Schedule extends pulumi.ComponentResource {
  readonly groupName: pulumi.Output<string>;
  /** Of what starts the tasks, once there is something to start. */
  readonly roleArn: pulumi.Output<string> | undefined;

  constructor(
    private readonly name: string,
    private readonly args: ScheduleArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:schedule:Schedule", name, {}, opts);
    const { site, tasks, definitions, events, lake, loans, deadLettersArn } = args;
    const further = [lake, loans].filter((scheduled) => scheduled !== undefined);
    const group = new aws.scheduler.ScheduleGroup(name, { name: site.prefix }, { parent: this });
    this.groupName = group.name;
    if (definitions) {
      const role = new ServiceRole(
        name,
        {
          service: "scheduler.amazonaws.com",
          condition: { StringEquals: { "aws:SourceAccount": site.account, "aws:SourceArn": group.arn } },
          statements: [
            {
              Effect: "Allow",
              Action: "ecs:RunTask",
              // All revisions: between two steps of an update, the schedule may still name the old one.
              Resource: [
                ...Object.values(definitions),
                ...(events ? [events.load, events.loadAll, events.chart] : []),
                ...further.map(({ definition }) => definition),
              ].map(({ arnWithoutRevision }) => pulumi.interpolate`${arnWithoutRevision}:*`),
              Condition: { ArnEquals: { "ecs:cluster": tasks.clusterArn } },
            },
            {
              Effect: "Allow",
              Action: "iam:PassRole",
              Resource: [
                ...tasks.roleArns,
                ...(events?.roleArns ?? []),
                ...further.flatMap(({ roleArns }) => roleArns),
              ],
              Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
            },
            { Effect: "Allow", Action: "sqs:SendMessage", Resource: deadLettersArn },
          ],
        },
        { parent: this },
      );
      this.roleArn = role.arn;
      // Dumps of a day are complete at 00:10. A run with nothing new takes seconds, so one that failed or found no
      // capacity costs an hour and not a day.
      const attempts = { seconds: 3600, deadLettersArn };
      this.schedule("import", "cron(15 * * * ? *)", definitions.import, role, attempts);
      // The lag is some hours then; over 24 means that yesterday has not come. Early enough to repair it in time, and
      // again for whoever reads mail in the morning.
      this.schedule("status", "cron(15 3,6 * * ? *)", definitions.status, role, attempts);
      if (events) {
        // Until the next one is due, which makes good what this one did not: its failed start is of no interest to anybody.
        // That none ends well is an alarm.
        this.schedule("load", "cron(0/5 * * * ? *)", events.load, role, { seconds: 300 });
        // What was not loaded within two days, for whatever reason.
        this.schedule("load-all", "cron(38 2 * * ? *)", events.loadAll, role, attempts);
        // After a load.
        this.schedule("chart", "cron(8 0/2 * * ? *)", events.chart, role, attempts);
      }
      if (lake) {
        // After an import, the first of which has yesterday. What has not changed is not written again.
        this.schedule("publish", "cron(40 0/6 * * ? *)", lake.definition, role, attempts);
      }
      if (loans) {
        // A month is over on the 1st. The days after that are for what failed then, and do nothing otherwise.
        this.schedule(
          "loans",
          "cron(0 4 1-3 * ? *)",
          loans.definition,
          role,
          attempts,
          loans.securityGroupId,
        );
      }
    }
    this.registerOutputs({ group: this.groupName });
  }

  /** Two runs at once do no harm, so an attempt too many does not matter. */
  private schedule(
    id: string,
    cron: string,
    definition: aws.ecs.TaskDefinition,
    role: ServiceRole,
    attempts: Attempts,
    securityGroupId = this.args.tasks.securityGroupId,
  ): void {
    const { site, network, tasks } = this.args;
    new aws.scheduler.Schedule(
      `${this.name}-${id}`,
      {
        name: `${site.prefix}-${id}`,
        groupName: this.groupName,
        scheduleExpression: cron,
        scheduleExpressionTimezone: "UTC",
        flexibleTimeWindow: { mode: "OFF" },
        target: {
          arn: tasks.clusterArn,
          roleArn: role.arn,
          ecsParameters: {
            taskDefinitionArn: definition.arn,
            taskCount: 1,
            launchType: "FARGATE",
            networkConfiguration: {
              subnets: network.placement.subnetIds,
              securityGroups: [securityGroupId],
              assignPublicIp: network.placement.publicAddress,
            },
          },
          retryPolicy: { maximumRetryAttempts: 20, maximumEventAgeInSeconds: attempts.seconds },
          ...(attempts.deadLettersArn && { deadLetterConfig: { arn: attempts.deadLettersArn } }),
        },
      },
      { parent: this, dependsOn: role.granted },
    );
  }
}
