// What runs when: the import after the day's dumps are complete, and a look later whether it came.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Network } from "./network";
import { ServiceRole } from "./role";
import type { Site } from "./site";
import { container, type Tasks } from "./tasks";

interface ScheduleArgs {
  site: Site;
  network: Network;
  tasks: Tasks;
  /** What is run; nothing is scheduled before there is an image. */
  definition: aws.ecs.TaskDefinition | undefined;
}

export class Schedule extends pulumi.ComponentResource {
  readonly groupName: pulumi.Output<string>;
  /** Receives the starts that failed after all attempts. */
  readonly deadLetters: aws.sqs.Queue;

  constructor(
    private readonly name: string,
    private readonly args: ScheduleArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:schedule:Schedule", name, {}, opts);
    const { site, tasks, definition } = args;
    const group = new aws.scheduler.ScheduleGroup(name, { name: site.prefix }, { parent: this });
    this.groupName = group.name;
    this.deadLetters = new aws.sqs.Queue(
      name,
      {
        name: `${site.prefix}-dead-letters`,
        sqsManagedSseEnabled: true,
        messageRetentionSeconds: 14 * 24 * 3600,
      },
      { parent: this },
    );
    if (definition) {
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
              Resource: pulumi.interpolate`${definition.arnWithoutRevision}:*`,
              Condition: { ArnEquals: { "ecs:cluster": tasks.clusterArn } },
            },
            {
              Effect: "Allow",
              Action: "iam:PassRole",
              Resource: tasks.roleArns,
              Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
            },
            { Effect: "Allow", Action: "sqs:SendMessage", Resource: this.deadLetters.arn },
          ],
        },
        { parent: this },
      );
      // Dumps of a day are complete at 00:10.
      this.daily("import", "cron(15 0 * * ? *)", definition, role);
      // Six hours later the lag is six hours; over 24 means that yesterday has not come.
      this.daily("status", "cron(15 6 * * ? *)", definition, role, ["status", "--max-lag", "24h"]);
    }
    this.registerOutputs({ group: this.groupName, deadLetters: this.deadLetters.url });
  }

  /** Two runs at once do no harm, so an attempt too many does not matter. */
  private daily(
    id: string,
    cron: string,
    definition: aws.ecs.TaskDefinition,
    role: ServiceRole,
    command?: string[],
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
              subnets: network.subnetIds,
              securityGroups: [tasks.securityGroupId],
              assignPublicIp: false,
            },
          },
          input: command && JSON.stringify({ containerOverrides: [{ name: container, command }] }),
          // Attempts to start the task; failures inside of it are reported by the alarms.
          retryPolicy: { maximumRetryAttempts: 20, maximumEventAgeInSeconds: 2 * 3600 },
          deadLetterConfig: { arn: this.deadLetters.arn },
        },
      },
      { parent: this, dependsOn: role.granted },
    );
  }
}
