// One page that shows how the pipeline is.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Counted } from "./loadBalancer";
import type { Site } from "./site";
import { ruleNames } from "./taskEvents";

interface DashboardArgs {
  site: Site;
  databaseIdentifier: pulumi.Output<string>;
  scheduleGroupName: pulumi.Output<string>;
  deadLettersName: pulumi.Output<string>;
  logGroupName: pulumi.Output<string>;
  serve: Counted | undefined;
  notificationsName: pulumi.Output<string> | undefined;
  events: { name: pulumi.Output<string>; deadName: pulumi.Output<string> } | undefined;
}

type Metric = [namespace: string, metric: string, ...dimensions: pulumi.Input<string>[]];

export class Dashboard extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;

  constructor(name: string, args: DashboardArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:dashboard:Dashboard", name, {}, opts);
    const { site, scheduleGroupName: group, databaseIdentifier } = args;
    const database = (metric: string): Metric => [
      "AWS/RDS",
      metric,
      "DBInstanceIdentifier",
      databaseIdentifier,
    ];
    const { serve, events } = args;
    const queue = (name: pulumi.Output<string>, metric: string): Metric => [
      "AWS/SQS",
      metric,
      "QueueName",
      name,
    ];
    const balancer = ({ loadBalancer, targetGroup }: Counted, metric: string): Metric => [
      "AWS/ApplicationELB",
      metric,
      "LoadBalancer",
      loadBalancer,
      "TargetGroup",
      targetGroup,
    ];
    const graph = (title: string, stat: string, period: number, metrics: Metric[]) => ({
      type: "metric",
      width: 8,
      height: 6,
      properties: { title, region: site.region, stat, period, metrics, view: "timeSeries" },
    });
    const query = (title: string, lines: string[]) => ({
      type: "log",
      width: 24,
      height: 6,
      properties: {
        title,
        region: site.region,
        view: "table",
        query: pulumi.interpolate`SOURCE '${args.logGroupName}' | ${lines.join(" | ")}`,
      },
    });
    const hour = 3600;
    const dashboard = new aws.cloudwatch.Dashboard(
      name,
      {
        dashboardName: site.prefix,
        dashboardBody: pulumi.jsonStringify({
          start: "-P7D",
          widgets: [
            graph("Tasks started", "Sum", hour, [
              ["AWS/Scheduler", "InvocationAttemptCount", "ScheduleGroup", group],
              ["AWS/Scheduler", "TargetErrorCount", "ScheduleGroup", group],
              queue(args.deadLettersName, "ApproximateNumberOfMessagesVisible"),
            ]),
            graph(
              "Tasks that ended badly",
              "Sum",
              hour,
              ruleNames(site).map((rule) => ["AWS/Events", "TriggeredRules", "RuleName", rule]),
            ),
            graph("Database: free space", "Minimum", hour, [database("FreeStorageSpace")]),
            graph("Database: CPU", "Maximum", 300, [database("CPUUtilization")]),
            graph("Database: connections", "Maximum", 300, [database("DatabaseConnections")]),
            graph("Database: time of a read and a write", "Average", 300, [
              database("ReadLatency"),
              database("WriteLatency"),
            ]),
            ...(serve
              ? [
                  graph("API: requests", "Sum", 300, [
                    balancer(serve, "RequestCount"),
                    balancer(serve, "HTTPCode_Target_5XX_Count"),
                  ]),
                  graph("API: 99 of 100 responses begin within", "p99", 300, [
                    balancer(serve, "TargetResponseTime"),
                  ]),
                  graph("API: healthy servers", "Minimum", 60, [balancer(serve, "HealthyHostCount")]),
                ]
              : []),
            ...(args.notificationsName
              ? [
                  graph("Age of the oldest notification", "Maximum", 300, [
                    queue(args.notificationsName, "ApproximateAgeOfOldestMessage"),
                  ]),
                ]
              : []),
            ...(events
              ? [
                  graph("Events: sent, and written", "Sum", 300, [
                    queue(events.name, "NumberOfMessagesSent"),
                    queue(events.name, "NumberOfMessagesDeleted"),
                  ]),
                  graph("Events: waiting, in hand, and dead letters", "Maximum", 300, [
                    queue(events.name, "ApproximateNumberOfMessagesVisible"),
                    queue(events.name, "ApproximateNumberOfMessagesNotVisible"),
                    queue(events.deadName, "ApproximateNumberOfMessagesVisible"),
                  ]),
                  graph("Events: age of the oldest", "Maximum", 300, [
                    queue(events.name, "ApproximateAgeOfOldestMessage"),
                  ]),
                ]
              : []),
            query("Warnings and errors", [
              "filter level = 'WARN' or level = 'ERROR'",
              "sort @timestamp desc",
              "display @timestamp, @logStream, level, message",
              "limit 50",
            ]),
            query("Reports", [
              "filter @message like /dumps landed|rows new|records a second|rejected:|missing:/",
              "sort @timestamp desc",
              "display @timestamp, @logStream, @message",
              "limit 50",
            ]),
          ],
        }),
      },
      { parent: this },
    );
    this.name = dashboard.dashboardName;
    this.registerOutputs({ name: this.name });
  }
}
