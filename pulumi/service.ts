// A command that runs all the time: ECS starts it again when it ends, and replaces it with a new version.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Network } from "./network";
import { container, type Tasks } from "./tasks";

interface ServiceArgs {
  network: Network;
  tasks: Tasks;
  definition: aws.ecs.TaskDefinition;
  securityGroupId: pulumi.Output<string>;
  /** Tasks to begin with. */
  count: number;
  /** Whether autoscaling sets their number from then on. */
  scaled: boolean;
  /** Where its tasks are registered, if they serve. */
  targets?: { arn: pulumi.Output<string>; port: number; listening: pulumi.Resource };
}

export class Service extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;
  /** The definition that an update asks for; ECS may go back to the one before. */
  readonly definitionArn: pulumi.Output<string>;

  constructor(
    name: string,
    { network, tasks, definition, securityGroupId, count, scaled, targets }: ServiceArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:service:Service", name, {}, opts);
    const service = new aws.ecs.Service(
      name,
      {
        name,
        cluster: tasks.clusterArn,
        taskDefinition: definition.arn,
        launchType: "FARGATE",
        desiredCount: count,
        availabilityZoneRebalancing: "ENABLED",
        networkConfiguration: {
          subnets: network.placement.subnetIds,
          securityGroups: [securityGroupId],
          assignPublicIp: network.placement.publicAddress,
        },
        // New tasks first, then the old ones stop; several at once do no harm.
        deploymentMinimumHealthyPercent: 100,
        deploymentMaximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
        ...(targets && {
          loadBalancers: [
            { targetGroupArn: targets.arn, containerName: container, containerPort: targets.port },
          ],
          // It migrates and connects first.
          healthCheckGracePeriodSeconds: 120,
        }),
        enableEcsManagedTags: true,
        propagateTags: "SERVICE",
        // scripts/deploy waits, and sees what Pulumi does not: that ECS went back to the version before.
        waitForSteadyState: false,
      },
      {
        parent: this,
        dependsOn: targets ? [targets.listening] : [],
        ignoreChanges: scaled ? ["desiredCount"] : [],
      },
    );
    this.name = service.name;
    this.definitionArn = definition.arn;
    this.registerOutputs({ name: this.name });
  }
}
