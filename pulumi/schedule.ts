// What runs when: an import every hour, and a look in the morning whether yesterday has come.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Network } from "./network";
import { ServiceRole } from "./role";
import type { Site } from "./site";
import type { Tasks } from "./tasks";

interface ScheduleArgs {
  site: Site;
  network: Network;
  tasks: Tasks;
  /** Receives the starts that failed after all attempts. */
  deadLettersArn: pulumi.Output<string>;
  /** What is run; nothing is scheduled before there is an image. */
  definitions: { import: aws.ecs.TaskDefinition; status: aws.ecs.TaskDefinition } | undefined;
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
    const { site, tasks, definitions } = args;
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
              Resource: Object.values(definitions).map(
                ({ arnWithoutRevision }) => pulumi.interpolate`${arnWithoutRevision}:*`,
              ),
              Condition: { ArnEquals: { "ecs:cluster": tasks.clusterArn } },
            },
            {
              Effect: "Allow",
              Action: "iam:PassRole",
              Resource: tasks.roleArns,
              Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
            },
            { Effect: "Allow", Action: "sqs:SendMessage", Resource: args.deadLettersArn },
          ],
        },
        { parent: this },
      );
      this.roleArn = role.arn;
      // Dumps of a day are complete at 00:10. A run with nothing new takes seconds, so one that failed or found no
      // capacity costs an hour and not a day.
      this.schedule("import", "cron(15 * * * ? *)", definitions.import, role);
      // The lag is some hours then; over 24 means that yesterday has not come. Early enough to repair it in time, and
      // again for whoever reads mail in the morning.
      this.schedule("status", "cron(15 3,6 * * ? *)", definitions.status, role);
    }
    this.registerOutputs({ group: this.groupName });
  }

  /** Two runs at once do no harm, so an attempt too many does not matter. */
  private schedule(id: string, cron: string, definition: aws.ecs.TaskDefinition, role: ServiceRole): void {
    const { site, network, tasks, deadLettersArn } = this.args;
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
              securityGroups: [tasks.securityGroupId],
              assignPublicIp: network.placement.publicAddress,
            },
          },
          // Attempts to start the task, until the next import is due; failures inside of it are reported by the alarms.
          retryPolicy: { maximumRetryAttempts: 20, maximumEventAgeInSeconds: 3600 },
          deadLetterConfig: { arn: deadLettersArn },
        },
      },
      { parent: this, dependsOn: role.granted },
    );
  }
}
