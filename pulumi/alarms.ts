// Alarms on what can be measured. taskEvents.ts reports how tasks end.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Counted } from "./loadBalancer";

interface AlarmsArgs {
  topicArn: pulumi.Output<string>;
  databaseIdentifier: pulumi.Output<string>;
  /** GiB the database began with. */
  databaseStorage: number;
  /** How many connections it takes. */
  databaseConnections: number;
  deadLettersName: pulumi.Output<string>;
  /** The load balancer, once something serves. */
  serve: Counted | undefined;
  /** The queue of new dumps, and where its messages end up that could not be dealt with. */
  notifications: { name: pulumi.Output<string>; deadName: pulumi.Output<string> } | undefined;
  events: Consumed | undefined;
}

/** The queue of events, and what consumes them. */
interface Consumed {
  queue: { name: pulumi.Output<string>; deadName: pulumi.Output<string> };
  clusterName: pulumi.Output<string>;
  /** None before there is an image. */
  serviceName: pulumi.Output<string> | undefined;
}

type Metric = Omit<
  aws.cloudwatch.MetricAlarmArgs,
  "name" | "alarmActions" | "okActions" | "insufficientDataActions"
>;

/** Makes an alarm of that name. */
type Make = (id: string, metric: Metric) => unknown;

export class Alarms extends pulumi.ComponentResource {
  constructor(name: string, args: AlarmsArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:alarms:Alarms", name, {}, opts);
    const alarm = (id: string, metric: Metric) =>
      new aws.cloudwatch.MetricAlarm(
        `${name}-${id}`,
        { name: `${name}-${id}`, ...metric, alarmActions: [args.topicArn], okActions: [args.topicArn] },
        { parent: this },
      );
    const database = {
      namespace: "AWS/RDS",
      dimensions: { DBInstanceIdentifier: args.databaseIdentifier },
      period: 300,
      // A database without metrics has failed or was deleted.
      treatMissingData: "breaching",
    };

    alarm("database-storage", {
      ...database,
      alarmDescription:
        "The database is running out of space, and storage did not grow by itself: raise databaseStorageLimit, or drop old months (docs/operations.md).",
      metricName: "FreeStorageSpace",
      statistic: "Minimum",
      comparisonOperator: "LessThanThreshold",
      // RDS grows storage below a tenth of what is allocated, which is never less than at first. At half of that,
      // it did not grow.
      threshold: args.databaseStorage * 0.05 * 1024 ** 3,
      evaluationPeriods: 3,
    });
    alarm("database-cpu", {
      ...database,
      alarmDescription:
        "The database has been busy for an hour, which no import of a day makes it: see Performance Insights; a larger databaseClass may be due.",
      metricName: "CPUUtilization",
      statistic: "Average",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 90,
      evaluationPeriods: 12,
    });
    alarm("database-connections", {
      ...database,
      alarmDescription:
        "The database has few connections left. Find the clients in pg_stat_activity; a larger databaseClass takes more.",
      metricName: "DatabaseConnections",
      statistic: "Maximum",
      comparisonOperator: "GreaterThanThreshold",
      threshold: args.databaseConnections * 0.75,
      evaluationPeriods: 3,
    });
    alarm("dead-letters", {
      ...left(args.deadLettersName),
      alarmDescription:
        "A scheduled task could not be started in an hour of attempts, or an event could not be sent on: read the message in the queue, fix the cause, purge the queue (docs/deploy.md).",
    });
    if (args.serve) {
      serving(alarm, args.serve);
    }
    if (args.notifications) {
      following(alarm, args.notifications);
    }
    if (args.events) {
      consuming(alarm, args.events);
    }
    this.registerOutputs({});
  }
}

/** Something is in a queue that should be empty. */
function left(queue: pulumi.Output<string>): Metric {
  return {
    namespace: "AWS/SQS",
    dimensions: { QueueName: queue },
    metricName: "ApproximateNumberOfMessagesVisible",
    statistic: "Maximum",
    comparisonOperator: "GreaterThanThreshold",
    threshold: 0,
    period: 300,
    evaluationPeriods: 1,
    treatMissingData: "notBreaching",
  };
}

function serving(alarm: Make, { loadBalancer, targetGroup }: Counted): void {
  const namespace = "AWS/ApplicationELB";
  const ofTargets = { LoadBalancer: loadBalancer, TargetGroup: targetGroup };
  alarm("serve-hosts", {
    namespace,
    dimensions: ofTargets,
    alarmDescription:
      "Fewer than two servers are healthy for five minutes: one more, and nothing is served. See docs/deploy.md, When a service does not start.",
    metricName: "HealthyHostCount",
    statistic: "Minimum",
    comparisonOperator: "LessThanThreshold",
    threshold: 2,
    period: 60,
    evaluationPeriods: 5,
    // Without any target there is no data.
    treatMissingData: "breaching",
  });
  const count = (id: string, metricName: string, dimensions: Record<string, pulumi.Output<string>>) => ({
    id,
    metric: { namespace, metricName, dimensions, period: 300, stat: "Sum" },
    returnData: false,
  });
  alarm("serve-errors", {
    alarmDescription:
      "More than one in a hundred requests failed with 5xx for ten minutes: see docs/operations.md, Status codes.",
    metricQueries: [
      count("servers", "HTTPCode_Target_5XX_Count", ofTargets),
      // The balancer's own: no server was there, or one did not answer in time. They are not among its requests.
      count("balancer", "HTTPCode_ELB_5XX_Count", { LoadBalancer: loadBalancer }),
      count("requests", "RequestCount", ofTargets),
      {
        id: "ratio",
        label: "5xx in a hundred requests",
        // Without a request it divides by zero, and has no data.
        expression: "100 * (FILL(servers, 0) + FILL(balancer, 0)) / (FILL(requests, 0) + FILL(balancer, 0))",
        returnData: true,
      },
    ],
    comparisonOperator: "GreaterThanThreshold",
    threshold: 1,
    evaluationPeriods: 2,
    treatMissingData: "notBreaching",
  });
  alarm("serve-latency", {
    namespace,
    dimensions: ofTargets,
    alarmDescription:
      "One in a hundred requests waited longer than two seconds for the first byte, for a quarter of an hour: see docs/scenarios.md, Finding and removing bottlenecks.",
    metricName: "TargetResponseTime",
    extendedStatistic: "p99",
    comparisonOperator: "GreaterThanThreshold",
    threshold: 2,
    period: 300,
    evaluationPeriods: 3,
    treatMissingData: "notBreaching",
  });
}

function following(alarm: Make, { name, deadName }: NonNullable<AlarmsArgs["notifications"]>): void {
  alarm("follow-age", {
    namespace: "AWS/SQS",
    dimensions: { QueueName: name },
    alarmDescription:
      "A new dump has been waiting for a quarter of an hour, and the follower is not there or cannot keep up. Imports land it within the hour. See docs/deploy.md, Following the bucket.",
    metricName: "ApproximateAgeOfOldestMessage",
    statistic: "Maximum",
    comparisonOperator: "GreaterThanThreshold",
    threshold: 900,
    period: 300,
    evaluationPeriods: 2,
    treatMissingData: "notBreaching",
  });
  alarm("follow-dead-letters", {
    ...left(deadName),
    alarmDescription:
      "A notification could not be dealt with ten times: read it, and purge the queue or send it back (docs/deploy.md, Following the bucket).",
  });
}

function consuming(alarm: Make, { queue, clusterName, serviceName }: Consumed): void {
  const ofQueue = { namespace: "AWS/SQS", dimensions: { QueueName: queue.name } };
  alarm("events-age", {
    ...ofQueue,
    alarmDescription:
      "An event has been in the queue for ten minutes: the consumers are too few, or cannot write. After 14 days it is lost. See docs/deploy.md, When events wait.",
    metricName: "ApproximateAgeOfOldestMessage",
    statistic: "Maximum",
    comparisonOperator: "GreaterThanThreshold",
    threshold: 600,
    period: 300,
    evaluationPeriods: 2,
    treatMissingData: "notBreaching",
  });
  alarm("events-dead-letters", {
    ...left(queue.deadName),
    alarmDescription:
      "Messages are no events, or were received ten times: read the reason, mend the sender, and send them back or purge the queue within 14 days (docs/deploy.md, Events that are refused).",
  });
  alarm("events-sent", {
    ...ofQueue,
    alarmDescription: "No application has sent an event for a day. See docs/deploy.md, When events wait.",
    metricName: "NumberOfMessagesSent",
    statistic: "Sum",
    comparisonOperator: "LessThanThreshold",
    threshold: 1,
    period: 3600,
    evaluationPeriods: 24,
    // A queue that nobody uses has no metrics.
    treatMissingData: "breaching",
  });
  if (serviceName) {
    alarm("events-consumers", {
      namespace: "AWS/ECS",
      dimensions: { ClusterName: clusterName, ServiceName: serviceName },
      alarmDescription:
        "No consumer of events has been running for ten minutes; they wait in the queue. See docs/deploy.md, When a service does not start.",
      metricName: "CPUUtilization",
      statistic: "SampleCount",
      comparisonOperator: "LessThanThreshold",
      threshold: 1,
      period: 60,
      evaluationPeriods: 10,
      // ECS measures what runs: a service without tasks has no data.
      treatMissingData: "breaching",
    });
  }
}
