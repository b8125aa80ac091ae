// Alarms on what can be measured. taskEvents.ts reports how tasks end.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

interface AlarmsArgs {
  topicArn: pulumi.Output<string>;
  databaseIdentifier: pulumi.Output<string>;
  /** GiB the database began with. */
  databaseStorage: number;
  deadLettersName: pulumi.Output<string>;
}

type Metric = Omit<
  aws.cloudwatch.MetricAlarmArgs,
  "name" | "alarmActions" | "okActions" | "insufficientDataActions"
>;

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
        "Many connections to the database: a task needs one or two, and the smallest class takes about eighty. Find the clients in pg_stat_activity.",
      metricName: "DatabaseConnections",
      statistic: "Maximum",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 60,
      evaluationPeriods: 3,
    });
    alarm("dead-letters", {
      alarmDescription:
        "A scheduled task could not be started in an hour of attempts, or the end of one could not be mailed: read the message in the queue, fix the cause, purge the queue (docs/deploy.md).",
      namespace: "AWS/SQS",
      dimensions: { QueueName: args.deadLettersName },
      metricName: "ApproximateNumberOfMessagesVisible",
      statistic: "Maximum",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      period: 300,
      evaluationPeriods: 1,
      treatMissingData: "notBreaching",
    });
    this.registerOutputs({});
  }
}
