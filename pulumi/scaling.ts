// How many tasks a service has: as many as its metrics ask for.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Service } from "./service";
import type { Tasks } from "./tasks";

interface ScalingArgs {
  tasks: Tasks;
  service: Service;
  /** Tasks at least, and at most. */
  least: number;
  most: number;
}

type Tracked = Omit<
  aws.types.input.appautoscaling.PolicyTargetTrackingScalingPolicyConfiguration,
  "scaleOutCooldown" | "scaleInCooldown"
>;

/** Returns what makes the service follow a metric. With several, it has as many tasks as the one that asks for most. */
export function scaling(
  name: string,
  { tasks, service, least, most }: ScalingArgs,
  parent: pulumi.Resource,
): (id: string, metric: Tracked) => void {
  const target = new aws.appautoscaling.Target(
    name,
    {
      serviceNamespace: "ecs",
      scalableDimension: "ecs:service:DesiredCount",
      resourceId: pulumi.interpolate`service/${tasks.clusterName}/${service.name}`,
      minCapacity: least,
      maxCapacity: most,
    },
    { parent },
  );
  return (id, metric) =>
    new aws.appautoscaling.Policy(
      `${name}-${id}`,
      {
        policyType: "TargetTrackingScaling",
        serviceNamespace: target.serviceNamespace,
        scalableDimension: target.scalableDimension,
        resourceId: target.resourceId,
        targetTrackingScalingPolicyConfiguration: {
          ...metric,
          scaleOutCooldown: 60,
          // A task that goes takes minutes to do so.
          scaleInCooldown: 300,
        },
      },
      { parent },
    );
}
