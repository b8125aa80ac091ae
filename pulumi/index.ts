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
import { EncryptedBucket } from "./encryptedBucket";
import { Events } from "./events";
import { FailureMail } from "./failureMail";
import { Follow } from "./follow";
import { GitHub } from "./github";
import { expiring, Lake } from "./lake";
import { LoadBalancer } from "./loadBalancer";
import { Loans } from "./loans";
import { Logs } from "./logs";
import { Network } from "./network";
import { Notifications } from "./notifications";
import { RawBucket } from "./rawBucket";
import { Registry } from "./registry";
import { Schedule } from "./schedule";
import { Serve } from "./serve";
import { ServiceEvents } from "./serviceEvents";
import { Sftp } from "./sftp";
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
const lakeFiles =
  set.lake === "on"
    ? new EncryptedBucket(
        `${name}-lake`,
        { site, what: "Lake", noncurrentDays: 30, rules: expiring, protect: set.protect },
        opts,
      )
    : undefined;
const extracts =
  set.extracts === "on"
    ? new EncryptedBucket(
        `${name}-extracts`,
        { site, what: "Extracts", noncurrentDays: 90, lockable: true, protect: set.protect },
        opts,
      )
    : undefined;
if (set.extractsLock) {
  extracts?.lock(set.extractsLock.mode, set.extractsLock.days);
}
const network = new Network(
  `${name}-network`,
  {
    site,
    logs,
    cidr: set.cidr,
    zones: places,
    egress: set.egress,
    serve: set.serve,
    publicSftp: set.sftp?.endpoint === "public",
    buckets: [
      ...(raw
        ? [{ sid: "Events", arn: raw.arn, actions: ["s3:ListBucket", "s3:GetObject", "s3:PutObject"] }]
        : []),
      ...(lakeFiles
        ? [
            {
              sid: "Lake",
              arn: lakeFiles.arn,
              actions: ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"],
            },
          ]
        : []),
      ...(extracts
        ? [{ sid: "Extracts", arn: extracts.arn, actions: ["s3:PutObject", "s3:GetObject"] }]
        : []),
    ],
    services: [
      ...(set.notifications !== "none" || set.events === "on" ? ["sqs"] : []),
      ...(set.lake === "on" ? ["glue"] : []),
    ],
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
const lake =
  lakeFiles &&
  new Lake(
    `${name}-lake`,
    { site, tasks, bucket: lakeFiles, scanLimit: set.athenaScanLimit, image: set.image },
    opts,
  );
// Run by hand, with what is wanted; loans have a task of their own, which alone gets to their database.
const extractor =
  extracts === undefined || set.image === undefined
    ? undefined
    : tasks.define(
        "extract",
        set.image,
        ["extract", "spot", pulumi.interpolate`s3://${extracts.bucket}/spot`],
        { source: "none", role: tasks.role("extract", extracts.putNew("spot/*", "freight/*", "events/*")) },
      );
const loans =
  extracts === undefined || set.loans === undefined || set.image === undefined
    ? undefined
    : new Loans(
        `${name}-loans`,
        { site, network, database, tasks, extracts, image: set.image, loans: set.loans },
        opts,
      );
const sftp =
  extracts && set.sftp && new Sftp(`${name}-sftp`, { site, network, logs, extracts, sftp: set.sftp }, opts);
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
    lake: lake?.scheduled,
    loans: loans?.scheduled,
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
    alarmed: events?.scheduled ? [events.scheduled.load] : [],
    mailed: loans ? [loans.scheduled.definition] : [],
  },
  opts,
);
if (loans) {
  const support =
    set.supportAddress === undefined
      ? topic
      : new Topic(`${name}-support`, { site, email: set.supportAddress, protect: set.protect }, opts);
  new FailureMail(
    `${name}-loans-failed`,
    {
      site,
      clusterArn: tasks.clusterArn,
      definition: loans.scheduled.definition,
      logGroupName: tasks.logGroupName,
      task: "loans",
      what: "The monthly extract of loans",
      advice: [
        "What this means: files of this month may be missing. Every file that is there is whole.",
        "What happens next: it is run again on the 2nd and 3rd at 04:00 UTC, and next month, and makes what is missing then.",
        "What to do: the last line of the log says it. See docs/deploy.md, When an extract fails.",
      ],
      topicArn: support.arn,
      deadLettersArn: deadLetterQueue.arn,
    },
    opts,
  );
}
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
if (lake?.scheduled) {
  new DeadMansSwitch(
    `${name}-published`,
    {
      site,
      clusterArn: tasks.clusterArn,
      topicArn: topic.arn,
      definition: lake.scheduled.definition,
      what: "a publication",
      alarm: "published",
      alarmDescription:
        "The lake has not been published with exit code 0 for a day: what Athena and Spark read is older than that. See docs/deploy.md, When the lake is late.",
      periods: 24,
      period: 3600,
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
      set,
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
export const taskNetwork = placed(tasks.securityGroupId);
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
/** Where the lake is, and a policy for the roles that query it. */
export const lakeBucket = lakeFiles?.bucket ?? "";
export const lakeDatabase = lake?.database ?? "";
export const lakeWorkgroup = lake?.workgroup ?? "";
export const lakeReadersPolicy = lake?.readersArn ?? "";
/** Where extracts are, what makes them, and where receivers fetch them. */
export const extractsBucket = extracts?.bucket ?? "";
export const extractTask = extractor?.arn ?? "";
export const loansTask = loans?.scheduled.definition.arn ?? "";
/** As `taskNetwork`, for the task that makes loans: nothing else gets to their database. */
export const loansNetwork = loans ? placed(loans.scheduled.securityGroupId ?? tasks.securityGroupId) : "";
export const sftpServer = sftp?.serverId ?? "";
export const sftpAddresses = pulumi.all(sftp?.addresses ?? []).apply((all) => all.join("\n"));
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

function placed(securityGroupId: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.jsonStringify({
    awsvpcConfiguration: {
      subnets: network.placement.subnetIds,
      securityGroups: [securityGroupId],
      assignPublicIp: network.placement.publicAddress ? "ENABLED" : "DISABLED",
    },
  });
}
