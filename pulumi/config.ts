// Every setting of a stack: its meaning, its default, and its validation. Nothing else reads the configuration.

import * as pulumi from "@pulumi/pulumi";
import { regions as verifiable } from "./certificates";
import { servers } from "./connections";
import { aBlock, aKey, anAddress, aSecret, delivery, undeliverable, type Delivery } from "./delivery";
import { Reader } from "./reader";
import { blockOf } from "./subnets";
import { unfit } from "./zones";

const logins = ["password", "iam"] as const;
export type Login = (typeof logins)[number];

export interface Settings extends Delivery {
  /** The stack's name; all names begin with `landfall-STACK`. */
  stack: string;
  region: string;
  /** Where the dumps are. The bucket exists already. `anonymous`: it is public, and read without signing requests. */
  source: { bucket: string; prefix: string; region: string; anonymous: boolean };
  /** The KMS key the dumps are encrypted with, if it is not S3's own. */
  sourceKmsKeyArn: string | undefined;
  /** Who gets an email when an operator has to act. */
  alarmEmail: string;
  /** `high`: a standby database in another zone, and endpoints in every zone. */
  availability: "single" | "high";
  /**
   * How tasks reach AWS: interface endpoints, one NAT gateway, or a public address each, to which nobody can connect. The
   * database is private in any case.
   */
  egress: "endpoints" | "nat" | "public";
  /** Addresses of the VPC. */
  cidr: string;
  /**
   * Ids of the availability zones. Without, two are chosen (zones.ts); `scripts/deploy` writes them down, as another choice
   * later would move everything.
   */
  zones: string[] | undefined;
  /** Major version of Postgres. The next one comes with `applyImmediately` only (docs/deploy.md, Upgrading Postgres). */
  postgres: number;
  databaseClass: string;
  /** GiB to begin with, and how far storage may grow by itself. */
  databaseStorage: number;
  databaseStorageLimit: number;
  /** Days that point-in-time recovery reaches back. */
  backupDays: number;
  /** Days that logs are kept. */
  logDays: number;
  /**
   * Makes changes of the database now, with the interruption they bring; otherwise RDS keeps them for the maintenance
   * window, while Pulumi reports them as made. Set for one update, on purpose.
   */
  applyImmediately: boolean;
  /** Protects resources with data against deletion. */
  protect: boolean;
  /**
   * How Landfall is to log in at the database: as its administrator, with the password that RDS rotates, or as the owner of its
   * tables, with tokens of IAM. It does so from the next `scripts/deploy` on.
   */
  databaseAuthentication: Login;
  /**
   * Whether the API is served, and to whom: `internal` to the VPC and `allowedNetworks`, `public` to the internet.
   */
  serve: "off" | "internal" | "public";
  /** Servers at most; there are two at least. */
  serveTasks: number;
  /** The certificate of the name the API is served under, of ACM. */
  certificateArn: string | undefined;
  /** Networks that reach the routes for operators and senders, `/metrics` and `/rates/batches`. */
  allowedNetworks: string[];
  /** The secret with the token that senders of batches must know. Without it, none are taken. */
  apiTokenSecretArn: string | undefined;
  /** How the bucket tells of new dumps: not at all, straight to a queue, or through EventBridge to that queue. */
  notifications: "none" | "queue" | "eventbridge";
  /** The account of the bucket, if it is not that of the stack. */
  sourceAccount: string | undefined;
  /** Whether events of applications are taken, kept and loaded. */
  events: "off" | "on";
  /** Who may push images and deploy them from GitHub (github.ts). */
  github:
    | {
        /** What GitHub says a job's repository is, in the form of old repositories and, if its ids are set, of new ones. */
        subjects: string[];
        /** Whether this stack makes the account's identity provider. */
        createProvider: boolean;
        /** Where Pulumi keeps its state, if in a bucket. */
        stateBucket: string | undefined;
      }
    | undefined;
  /** Digest of the image that is scheduled. Nothing is scheduled without one. */
  image: string | undefined;
  /** How that image logs in; `scripts/deploy` sets it. */
  login: Login;
  /**
   * How the roles of the database may be set up to log in; `scripts/deploy` sets it before it attempts a change, so that the way
   * back is there however that ends.
   */
  roles: Login;
  /** Digest of the image whose migrations are to run next; `scripts/deploy` sets and removes it. */
  candidate: string | undefined;
}

/** What CloudWatch Logs takes, up to ten years. */
const logDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const digest = {
  pattern: /^sha256:[0-9a-f]{64}$/,
  form: "an image digest, sha256: and 64 hexadecimal digits",
};

export function settings(): Settings {
  return parse(pulumi.runtime.allConfig(), pulumi.getStack());
}

/** Takes all of a stack's configuration, and reports all errors in it at once. */
export function parse(all: Record<string, string>, stack: string): Settings {
  const reader = new Reader(all);
  if (stack.length > 20 || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(stack)) {
    reader.refuse(
      `the stack's name ${stack} must be up to 20 lower-case letters and digits, with single hyphens between: it is part of names`,
    );
  }
  const source = reader.text("landfall:source", {
    pattern: /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^\s*?$]*)?$/,
    form: "s3://BUCKET or s3://BUCKET/PREFIX",
  });
  const [bucket = "", ...prefix] = source.slice("s3://".length).split("/");
  const aRegion = { pattern: /^[a-z]{2,4}(-[a-z]+)+-\d$/, form: "a region" };
  const region = reader.text("aws:region", aRegion);
  const result: Settings = {
    stack,
    region,
    source: {
      bucket,
      prefix: prefix.join("/"),
      region: reader.text("landfall:sourceRegion", { ...aRegion, fallback: region }),
      anonymous: reader.flag("landfall:anonymous", false),
    },
    sourceKmsKeyArn: reader.optional("landfall:sourceKmsKeyArn", aKey),
    alarmEmail: reader.text("landfall:alarmEmail", anAddress),
    availability: reader.choice("landfall:availability", ["single", "high"], "single"),
    egress: reader.choice("landfall:egress", ["endpoints", "nat", "public"], "endpoints"),
    cidr: reader.text("landfall:cidr", {
      pattern: /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.)[\d.]+\/(1[6-9]|2[0-2])$/,
      form: "a private IPv4 block from /16 to /22, such as 10.20.0.0/16",
      fallback: "10.20.0.0/16",
    }),
    zones: reader.list("landfall:zones", {
      pattern: /^[a-z0-9]+(-[a-z0-9]+)*-az\d$/,
      form: 'two to six different ids of zones, such as ["use1-az1","use1-az2"]',
      atLeast: 2,
      atMost: 6,
      fallback: undefined,
    }),
    postgres: reader.whole("landfall:postgres", { atLeast: 15, atMost: 18, fallback: 17 }),
    databaseClass: reader.text("landfall:databaseClass", {
      pattern: /^db\.[a-z0-9-]+\.[a-z0-9]+$/,
      form: "a class such as db.t4g.micro",
      fallback: "db.t4g.micro",
    }),
    databaseStorage: reader.whole("landfall:databaseStorage", { atLeast: 20, atMost: 65536, fallback: 20 }),
    databaseStorageLimit: reader.whole("landfall:databaseStorageLimit", {
      atLeast: 22,
      atMost: 65536,
      fallback: 100,
    }),
    backupDays: reader.whole("landfall:backupDays", { atLeast: 1, atMost: 35, fallback: 7 }),
    logDays: reader.whole("landfall:logDays", { oneOf: logDays, fallback: 30 }),
    applyImmediately: reader.flag("landfall:applyImmediately", false),
    protect: reader.flag("landfall:protect", true),
    databaseAuthentication: reader.choice("landfall:databaseAuthentication", logins, "password"),
    serve: reader.choice("landfall:serve", ["off", "internal", "public"], "off"),
    serveTasks: reader.whole("landfall:serveTasks", { atLeast: 2, atMost: 100, fallback: 3 }),
    certificateArn: reader.optional("landfall:certificateArn", {
      pattern: /^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[a-z0-9-]+$/,
      form: "the ARN of a certificate of ACM",
    }),
    allowedNetworks: reader.list("landfall:allowedNetworks", {
      pattern: aBlock,
      form: 'up to ten IPv4 blocks, such as ["192.0.2.0/24"]',
      atLeast: 0,
      atMost: 10,
      fallback: [],
    }),
    apiTokenSecretArn: reader.optional("landfall:apiTokenSecretArn", aSecret),
    notifications: reader.choice("landfall:notifications", ["none", "queue", "eventbridge"], "none"),
    sourceAccount: reader.optional("landfall:sourceAccount", {
      pattern: /^\d{12}$/,
      form: "the twelve digits of an account",
    }),
    events: reader.choice("landfall:events", ["off", "on"], "off"),
    ...delivery(reader),
    github: gitHub(reader),
    image: reader.optional("landfall:image", digest),
    login: reader.choice("landfall:login", logins, "password"),
    roles: reader.choice("landfall:roles", logins, "password"),
    candidate: reader.optional("landfall:candidate", digest),
  };
  for (const problem of [...contradictions(result), ...undeliverable(result)]) {
    reader.refuse(problem);
  }
  reader.finish("landfall:");
  return result;
}

function gitHub(reader: Reader): Settings["github"] {
  const repository = reader.optional("landfall:github", {
    pattern: /^[\w-]+\/[\w.-]+$|^[\w-]+@\d+\/[\w.-]+@\d+$/,
    form: "OWNER/REPOSITORY, or OWNER@ID/REPOSITORY@ID",
  });
  const provider = reader.choice("landfall:githubProvider", ["create", "existing"], "create");
  const stateBucket = reader.optional("landfall:githubStateBucket", {
    pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    form: "the name of a bucket",
  });
  if (repository === undefined) {
    return undefined;
  }
  const subjects = [...new Set([repository.replaceAll(/@\d+/g, ""), repository])].map(
    (name) => `repo:${name}`,
  );
  return { subjects, createProvider: provider === "create", stateBucket };
}

/** What is wrong with settings that are each right by themselves. */
function contradictions(set: Settings): string[] {
  const { region, source, serve } = set;
  const problems: [wrong: boolean, problem: string][] = [
    // RDS refuses a limit less than a tenth above what there is.
    [
      set.databaseStorageLimit < set.databaseStorage * 1.1,
      "landfall:databaseStorageLimit must be at least a tenth above landfall:databaseStorage",
    ],
    [set.cidr !== blockOf(set.cidr), `landfall:cidr is ${set.cidr}: its block is ${blockOf(set.cidr)}`],
    [
      region !== "" && !verifiable().has(region),
      `aws:region is ${region}: image/rds.pem has no certificate for its databases; docs/operations.md, The container image, says how to add it`,
    ],
    [
      source.region !== region && set.egress === "endpoints",
      `landfall:sourceRegion is ${source.region}: with endpoints alone, S3 can be reached in ${region} only; set landfall:egress to nat or public`,
    ],
    [
      source.anonymous && set.sourceKmsKeyArn !== undefined,
      "landfall:anonymous excludes landfall:sourceKmsKeyArn: a key decrypts nothing for unsigned requests",
    ],
    [
      serve !== "off" && set.certificateArn === undefined,
      `landfall:serve is ${serve}: set landfall:certificateArn, as everything is served over TLS`,
    ],
    [
      set.notifications !== "none" && source.region !== region,
      `landfall:notifications is ${set.notifications}: a bucket notifies only in its own region, ${source.region}; set it to none`,
    ],
    [
      set.notifications === "eventbridge" && set.sourceAccount !== undefined,
      "landfall:notifications is eventbridge: events of a bucket stay in its account, so landfall:sourceAccount must not be set; queue takes both",
    ],
    ...[set.certificateArn, set.apiTokenSecretArn, set.loans?.secretArn].map((arn): [boolean, string] => [
      arn !== undefined && arn !== "" && region !== "" && arn.split(":")[3] !== region,
      `${arn ?? ""} is not of ${region}`,
    ]),
    ...(set.zones ?? [])
      .map((zone) => (region === "" ? undefined : unfit(zone, region)))
      .map((problem): [boolean, string] => [problem !== undefined, `landfall:zones: ${problem ?? ""}`]),
    ...Object.entries({
      allowedNetworks: set.allowedNetworks,
      sftpNetworks: set.sftp?.networks ?? [],
      loansNetwork: set.loans?.network.includes(".") ? [set.loans.network] : [],
    }).flatMap(([setting, networks]) =>
      networks.map((network): [boolean, string] => [
        network !== blockOf(network),
        `landfall:${setting} has ${network}: its block is ${blockOf(network)}`,
      ]),
    ),
  ];
  if (serve !== "off") {
    const fit = servers(set.databaseClass);
    problems.push([
      fit === undefined || set.serveTasks > fit,
      fit === undefined
        ? `landfall:databaseClass is ${set.databaseClass}: how many servers it has connections for is not known; take a size from micro to xlarge, or a multiple`
        : `landfall:serveTasks is ${set.serveTasks}: ${set.databaseClass} has connections for ${fit}; take a larger landfall:databaseClass`,
    ]);
  }
  return problems.filter(([wrong]) => wrong).map(([, problem]) => problem);
}
