// Everything Landfall needs on AWS. Each part is a file; this is the table of contents.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Alarms } from "./alarms";
import { settings } from "./config";
import { Dashboard } from "./dashboard";
import { DeadLetters } from "./deadLetters";
import { DeadMansSwitch } from "./deadMansSwitch";
import { Database } from "./database";
import { DatabaseEvents } from "./databaseEvents";
import { Logs } from "./logs";
import { Network } from "./network";
import { Registry } from "./registry";
import { Schedule } from "./schedule";
import { site as describe } from "./site";
import { TaskEvents } from "./taskEvents";
import { Tasks } from "./tasks";
import { Topic } from "./topic";

const set = settings();
const provider = new aws.Provider(`landfall-${set.stack}`, {
  region: set.region as aws.Region,
  defaultTags: { tags: { project: "landfall", stack: set.stack, "managed-by": "pulumi" } },
});
const site = describe(set.stack, set.region, provider);
const name = site.prefix;
const opts = { providers: [provider] };

const logs = new Logs(`${name}-logs`, { site, days: set.logDays, protect: set.protect }, opts);
const network = new Network(
  `${name}-network`,
  {
    site,
    logs,
    cidr: set.cidr,
    zones: set.zones,
    egress: set.egress,
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
    applyImmediately: set.applyImmediately,
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
    apiTokenSecretArn: set.apiTokenSecretArn,
  },
  opts,
);

// Two images: what runs hourly, and what is to run next. The second one's migrations run first, by
// scripts/deploy; only if they succeed does it become the first.
const importer = set.image === undefined ? undefined : tasks.define("import", set.image, ["import"]);
const status =
  set.image === undefined ? undefined : tasks.define("status", set.image, ["status", "--max-lag", "24h"]);
const candidate = set.candidate ?? set.image;
const migrator = candidate === undefined ? undefined : tasks.define("migrate", candidate, ["migrate"]);
const deadLetterQueue = new DeadLetters(`${name}-dead-letters`, { site }, opts);
const schedule = new Schedule(
  `${name}-schedule`,
  {
    site,
    network,
    tasks,
    deadLettersArn: deadLetterQueue.arn,
    definitions: importer && status && { import: importer, status },
  },
  opts,
);

const topic = new Topic(`${name}-alarms`, { site, email: set.alarmEmail, protect: set.protect }, opts);
new TaskEvents(
  `${name}-task`,
  { site, clusterArn: tasks.clusterArn, topicArn: topic.arn, deadLettersArn: deadLetterQueue.arn },
  opts,
);
if (importer) {
  new DeadMansSwitch(
    `${name}-imported`,
    { site, clusterArn: tasks.clusterArn, topicArn: topic.arn, definition: importer },
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
    deadLettersName: deadLetterQueue.name,
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
export const logGroup = tasks.logGroupName;
export const databaseIdentifier = database.identifier;
export const databaseSecret = database.secretArn;
export const deadLetters = deadLetterQueue.url;
export const dashboardName = dashboard.name;
