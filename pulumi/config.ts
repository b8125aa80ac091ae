// Every setting of a stack: its meaning, its default, and its validation. Nothing else reads the configuration.

import * as pulumi from "@pulumi/pulumi";
import { regions as verifiable } from "./certificates";
import { Reader } from "./reader";
import { blockOf } from "./subnets";

export interface Settings {
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
  /** Letters of the availability zones. Named, not counted: a new zone must not move subnets. */
  zones: string[];
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
  /** Digest of the image that is scheduled. Nothing is scheduled without one. */
  image: string | undefined;
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
  const aRegion = { pattern: /^[a-z]{2}(-[a-z]+)+-\d$/, form: "a region" };
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
    sourceKmsKeyArn: reader.optional("landfall:sourceKmsKeyArn", {
      pattern: /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
      form: "the ARN of a KMS key (not of an alias)",
    }),
    alarmEmail: reader.text("landfall:alarmEmail", {
      pattern: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
      form: "an e-mail address",
    }),
    availability: reader.choice("landfall:availability", ["single", "high"], "single"),
    egress: reader.choice("landfall:egress", ["endpoints", "nat", "public"], "endpoints"),
    cidr: reader.text("landfall:cidr", {
      pattern: /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.)[\d.]+\/(1[6-9]|2[0-2])$/,
      form: "a private IPv4 block from /16 to /22, such as 10.20.0.0/16",
      fallback: "10.20.0.0/16",
    }),
    zones: reader.list("landfall:zones", {
      pattern: /^[a-z]$/,
      form: 'two to six different zone letters, such as ["a","b"]',
      atLeast: 2,
      atMost: 6,
      fallback: ["a", "b"],
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
    image: reader.optional("landfall:image", digest),
    candidate: reader.optional("landfall:candidate", digest),
  };
  // RDS refuses a limit less than a tenth above what there is.
  if (result.databaseStorageLimit < result.databaseStorage * 1.1) {
    reader.refuse("landfall:databaseStorageLimit must be at least a tenth above landfall:databaseStorage");
  }
  if (result.cidr !== blockOf(result.cidr)) {
    reader.refuse(`landfall:cidr is ${result.cidr}: its block is ${blockOf(result.cidr)}`);
  }
  if (/^[a-z]/.test(region) && !verifiable().has(region)) {
    reader.refuse(
      `aws:region is ${region}: image/rds.pem has no certificate for its databases; docs/operations.md, The container image, says how to add it`,
    );
  }
  if (result.source.region !== result.region && result.egress === "endpoints") {
    reader.refuse(
      `landfall:sourceRegion is ${result.source.region}: with endpoints alone, S3 can be reached in ${result.region} only; set landfall:egress to nat or public`,
    );
  }
  if (result.source.anonymous && result.sourceKmsKeyArn !== undefined) {
    reader.refuse(
      "landfall:anonymous excludes landfall:sourceKmsKeyArn: a key decrypts nothing for unsigned requests",
    );
  }
  reader.finish("landfall:");
  return result;
}
