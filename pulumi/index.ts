// Everything Landfall needs on AWS. Each part is a file; this is the table of contents.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Alarms } from "./alarms";
import { settings } from "./config";
import { accepted, leastConnections } from "./connections";
import { Dashboard } from "./dashboard";
import { DeadLetters } from "./deadLetters";
import { DeadMansSwitch } from "./deadMansSwitch";
import { Database } from "./database";
import { DatabaseEvents } from "./databaseEvents";
import { Events } from "./events";
import { Follow } from "./follow";
import { GitHub } from "./github";
import { LoadBalancer } from "./loadBalancer";
import { Logs } from "./logs";
import { Network } from "./network";
import { Notifications } from "./notifications";
import { RawBucket } from "./rawBucket";
import { Registry } from "./registry";
import { Schedule } from "./schedule";
import { Serve } from "./serve";
import { ServiceEvents } from "./serviceEvents";
import { site as describe } from "./site";
import { TaskEvents } from "./taskEvents";
import { Tasks } from "./tasks";
import { Topic } from "./topic";
import { zones as choose } from "./zones";

const set = settings();
const provider = new aws.Provider(`landfall-${set.stack}`, {
  region: set.region as aws.Region,
  defaultTags: { tags: { project: "landfall", stack: set.stack, "managed-by": "pulumi" } },
});
const site = describe(set.stack, set.region, provider);
const name = site.prefix;
const opts = { providers: [provider] };
const places = choose(set.zones, set.region, provider);

// Until a deploy has ended well, what runs logs in as before.
const isDeploying = set.candidate !== undefined;
const byIam = set.databaseAuthentication === "iam";
const acceptsIam = byIam || set.login === "iam" || set.roles === "iam";

const logs = new Logs(`${name}-logs`, { site, days: set.logDays, protect: set.protect }, opts);
const raw = set.events === "on" ? new RawBucket(`${name}-raw`, { protect: set.protect }, opts) : undefined;
const network = new Network(
  `${name}-network`,
  {
    site,
    logs,
    cidr: set.cidr,
    zones: places,
    egress: set.egress,
    serve: set.serve,
    notifications: set.notifications,
    rawArn: raw?.arn,
    availability: set.availability,
    source: set.source,
  },
  opts,
);
const database = new Database(
  `${name}-database`,
  {
    site,
    network,
    logs,
    postgres: set.postgres,
    // RDS would accept tokens after the maintenance window only, and the deploy that changes to them waits.
    applyImmediately: set.applyImmediately || (isDeploying && byIam && set.login !== "iam"),
    acceptsIam,
    instanceClass: set.databaseClass,
    storage: set.databaseStorage,
    storageLimit: set.databaseStorageLimit,
    backupDays: set.backupDays,
    availability: set.availability,
    protect: set.protect,
  },
  opts,
);
const registry = new Registry(`${name}-registry`, { repository: name, protect: set.protect }, opts);
const tasks = new Tasks(
  `${name}-tasks`,
  {
    site,
    network,
    database,
    registry,
    logs,
    source: set.source,
    sourceKmsKeyArn: set.sourceKmsKeyArn,
    login: set.login,
    nextLogin: set.databaseAuthentication,
    acceptsIam,
    apiTokenSecretArn: set.apiTokenSecretArn,
  },
  opts,
);

// Two images: what runs hourly and all the time, and what is to run next. The second one's migrations run first, by
// scripts/deploy; only if they succeed does it become the first.
const importer = set.image === undefined ? undefined : tasks.define("import", set.image, ["import"]);
const status =
  set.image === undefined ? undefined : tasks.define("status", set.image, ["status", "--max-lag", "24h"]);
const candidate = set.candidate ?? set.image;
const migrator =
  candidate === undefined
    ? undefined
    : tasks.define("migrate", candidate, ["migrate"], { login: set.databaseAuthentication });
const administrator = candidate === undefined || !acceptsIam ? undefined : tasks.defineRoles(candidate);
const events =
  raw &&
  new Events(`${name}-events`, { site, network, tasks, raw, image: set.image, protect: set.protect }, opts);
const deadLetterQueue = new DeadLetters(`${name}-dead-letters`, { site }, opts);
const schedule = new Schedule(
  `${name}-schedule`,
  {
    site,
    network,
    tasks,
    deadLettersArn: deadLetterQueue.arn,
    definitions: importer && status && { import: importer, status },
    events: events?.scheduled,
  },
  opts,
);

// What is served and followed all the time. The way to it is there from the beginning: others depend on its names.
const balancer =
  set.serve === "off" || set.certificateArn === undefined
    ? undefined
    : new LoadBalancer(
        `${name}-balancer`,
        {
          site,
          network,
          cidr: set.cidr,
          reach: set.serve,
          certificateArn: set.certificateArn,
          allowedNetworks: set.allowedNetworks,
          logDays: set.logDays,
          protect: set.protect,
        },
        opts,
      );
const serve =
  balancer &&
  (set.image === undefined
    ? undefined
    : new Serve(
        `${name}-serve`,
        {
          network,
          database,
          tasks,
          balancer,
          image: set.image,
          apiTokenSecretArn: set.apiTokenSecretArn,
          most: set.serveTasks,
        },
        opts,
      ));
const notifications =
  set.notifications === "none"
    ? undefined
    : new Notifications(
        `${name}-notifications`,
        {
          site,
          source: set.source,
          sourceAccount: set.sourceAccount,
          way: set.notifications,
          deadLettersArn: deadLetterQueue.arn,
        },
        opts,
      );
const follow =
  notifications &&
  (set.image === undefined
    ? undefined
    : new Follow(`${name}-follow`, { network, tasks, notifications, image: set.image }, opts));
const running = [serve?.service, follow?.service, events?.consumers].filter(
  (service) => service !== undefined,
);

const topic = new Topic(`${name}-alarms`, { site, email: set.alarmEmail, protect: set.protect }, opts);
new TaskEvents(
  `${name}-task`,
  {
    site,
    clusterArn: tasks.clusterArn,
    topicArn: topic.arn,
    deadLettersArn: deadLetterQueue.arn,
    alarmed: events?.scheduled?.load,
  },
  opts,
);
if (running.length > 0) {
  new ServiceEvents(
    `${name}-service`,
    { site, clusterName: tasks.clusterName, topicArn: topic.arn, deadLettersArn: deadLetterQueue.arn },
    opts,
  );
}
if (importer) {
  new DeadMansSwitch(
    `${name}-imported`,
    {
      site,
      clusterArn: tasks.clusterArn,
      topicArn: topic.arn,
      definition: importer,
      what: "an import",
      alarm: "imported",
      alarmDescription:
        "No import has ended with exit code 0 for a day. See docs/deploy.md, When no import ends well.",
      periods: 24,
      period: 3600,
    },
    opts,
  );
}
if (events?.scheduled) {
  new DeadMansSwitch(
    `${name}-events-loaded`,
    {
      site,
      clusterArn: tasks.clusterArn,
      topicArn: topic.arn,
      definition: events.scheduled.load,
      what: "a load of events",
      alarm: "events-loaded",
      alarmDescription:
        "No load of events has ended with exit code 0 for an hour: what is counted and drawn is older than that. See docs/deploy.md, When events wait.",
      periods: 4,
      period: 900,
    },
    opts,
  );
}
new DatabaseEvents(`${name}-database`, { topic, databaseIdentifier: database.identifier }, opts);
new Alarms(
  name,
  {
    topicArn: topic.arn,
    databaseIdentifier: database.identifier,
    databaseStorage: set.databaseStorage,
    databaseConnections: accepted(set.databaseClass) ?? leastConnections,
    deadLettersName: deadLetterQueue.name,
    serve: serve && balancer.counted,
    notifications,
    events: events && {
      queue: events.queue,
      clusterName: tasks.clusterName,
      serviceName: events.consumers?.name,
    },
  },
  opts,
);
const dashboard = new Dashboard(
  `${name}-dashboard`,
  {
    site,
    databaseIdentifier: database.identifier,
    scheduleGroupName: schedule.groupName,
    deadLettersName: deadLetterQueue.name,
    logGroupName: tasks.logGroupName,
    serve: balancer?.counted,
    notificationsName: notifications?.name,
    events: events?.queue,
  },
  opts,
);

// Last: it names all roles that are handed to a task.
const github =
  set.github &&
  new GitHub(
    `${name}-github`,
    {
      site,
      stack: set.stack,
      github: set.github,
      registry,
      tasks,
      events: set.events,
      scheduleGroupName: schedule.groupName,
      passedRoleArns: [...tasks.allRoleArns, ...(schedule.roleArn ? [schedule.roleArn] : [])],
    },
    opts,
  );

// What scripts/deploy and docs/deploy.md go by. Empty is what there is none of yet: Pulumi warns of undefined ones.
export const region = set.region;
export const image = set.image ?? "";
export const repository = registry.name;
export const repositoryUrl = registry.url;
export const cluster = tasks.clusterName;
/** What `aws ecs run-task --network-configuration` takes. */
export const taskNetwork = pulumi.jsonStringify({
  awsvpcConfiguration: {
    subnets: network.placement.subnetIds,
    securityGroups: [tasks.securityGroupId],
    assignPublicIp: network.placement.publicAddress ? "ENABLED" : "DISABLED",
  },
});
export const importTask = importer?.arn ?? "";
export const migrateTask = migrator?.arn ?? "";
export const rolesTask = administrator?.arn ?? "";
/** How what runs logs in at the database, and how its roles may be set up to. */
export const login = set.login;
export const roles = set.roles;
/** A line for each service: its name, and the definition that it is to run. */
export const services = pulumi
  .all(running.map((service) => pulumi.interpolate`${service.name} ${service.definitionArn}`))
  .apply((lines) => lines.join("\n"));
/** What a name of yours points to. */
export const address = balancer?.dnsName ?? "";
export const notificationQueue = notifications?.url ?? "";
export const notificationQueueArn = notifications?.arn ?? "";
/** Where applications send events, what becomes of messages that are none, and where all are kept. */
export const eventQueue = events?.queue.url ?? "";
export const eventQueueArn = events?.queue.arn ?? "";
export const eventDeadLetters = events?.queue.deadUrl ?? "";
export const eventBucket = raw?.bucket ?? "";
/** What GitHub's workflows take on. */
export const buildRole = github ? github.buildRoleArn : "";
export const deployRole = github ? github.deployRoleArn : "";
/** As in the settings, for scripts/deploy to write them down. */
export const zones = pulumi.jsonStringify(places);
export const logGroup = tasks.logGroupName;
export const databaseIdentifier = database.identifier;
export const databaseSecret = database.secretArn;
export const deadLetters = deadLetterQueue.url;
export const dashboardName = dashboard.name;
