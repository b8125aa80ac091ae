import { expect, test } from "vitest";
import { regions } from "../certificates";
import { parse } from "../config";
import { accepted } from "../connections";
import { committed } from "./graph";
import { certificateArn, loans } from "./stacks";

const least = {
  "aws:region": "eu-west-3",
  "landfall:source": "s3://dumps/spot",
  "landfall:alarmEmail": "support@example.com",
};

test("three settings are enough", () => {
  expect(parse(least, "dev")).toMatchInlineSnapshot(`
    {
      "alarmEmail": "support@example.com",
      "allowedNetworks": [],
      "apiTokenSecretArn": undefined,
      "applyImmediately": false,
      "athenaScanLimit": 10737418240,
      "availability": "single",
      "backupDays": 7,
      "candidate": undefined,
      "certificateArn": undefined,
      "cidr": "10.20.0.0/16",
      "databaseAuthentication": "password",
      "databaseClass": "db.t4g.micro",
      "databaseStorage": 20,
      "databaseStorageLimit": 100,
      "egress": "endpoints",
      "events": "off",
      "extracts": "off",
      "extractsLock": undefined,
      "github": undefined,
      "image": undefined,
      "lake": "off",
      "loans": undefined,
      "logDays": 30,
      "login": "password",
      "notifications": "none",
      "postgres": 17,
      "protect": true,
      "region": "eu-west-3",
      "roles": "password",
      "serve": "off",
      "serveTasks": 3,
      "sftp": undefined,
      "source": {
        "anonymous": false,
        "bucket": "dumps",
        "prefix": "spot",
        "region": "eu-west-3",
      },
      "sourceAccount": undefined,
      "sourceKmsKeyArn": undefined,
      "stack": "dev",
      "supportAddress": undefined,
      "zones": undefined,
    }
  `);
});

test.each(["dev", "prod"])("the committed settings of %s are right", (stack) => {
  expect(parse(committed(stack), stack)).toMatchObject({ stack });
});

test("everything wrong is told at once", () => {
  const wrong = {
    "landfall:source": "https://dumps/spot",
    "landfall:sourceKmsKeyArn": "alias/dumps",
    "landfall:alarmEmail": "support",
    "landfall:availability": "highest",
    "landfall:egress": "none",
    "landfall:cidr": "10.20.1.0/16",
    "landfall:zones": '["a","b"]',
    "landfall:databaseClass": "t4g.micro",
    "landfall:databaseStorage": "200",
    "landfall:backupDays": "0",
    "landfall:logDays": "8",
    "landfall:protect": "yes",
    "landfall:serve": "on",
    "landfall:certificateArn": "api.example.com",
    "landfall:allowedNetworks": '["office"]',
    "landfall:apiTokenSecretArn": "arn:aws:secretsmanager:eu-west-3:111122223333:secret:token",
    "landfall:notifications": "sns",
    "landfall:sourceAccount": "me",
    "landfall:events": "true",
    "landfall:image": "latest",
    "landfall:candidat": "sha256:0",
  };
  expect(() => parse(wrong, "Dev")).toThrowErrorMatchingInlineSnapshot(`
    [Error: the configuration of this stack is wrong:
      - the stack's name Dev must be up to 20 lower-case letters and digits, with single hyphens between: it is part of names
      - landfall:source is https://dumps/spot: it must be s3://BUCKET or s3://BUCKET/PREFIX
      - aws:region is missing: set it to a region
      - landfall:sourceKmsKeyArn is alias/dumps: it must be the ARN of a KMS key (not of an alias)
      - landfall:alarmEmail is support: it must be an e-mail address
      - landfall:availability is highest: it must be single or high
      - landfall:egress is none: it must be endpoints or nat or public
      - landfall:zones is ["a","b"]: it must be two to six different ids of zones, such as ["use1-az1","use1-az2"]
      - landfall:databaseClass is t4g.micro: it must be a class such as db.t4g.micro
      - landfall:backupDays is 0: it must be a whole number from 1 to 35
      - landfall:logDays is 8: it must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
      - landfall:protect is yes: it must be true or false
      - landfall:serve is on: it must be off or internal or public
      - landfall:certificateArn is api.example.com: it must be the ARN of a certificate of ACM
      - landfall:allowedNetworks is ["office"]: it must be up to ten IPv4 blocks, such as ["192.0.2.0/24"]
      - landfall:apiTokenSecretArn is arn:aws:secretsmanager:eu-west-3:111122223333:secret:token: it must be the whole ARN of a secret, with the six letters that AWS adds to its name
      - landfall:notifications is sns: it must be none or queue or eventbridge
      - landfall:sourceAccount is me: it must be the twelve digits of an account
      - landfall:events is true: it must be off or on
      - landfall:image is latest: it must be an image digest, sha256: and 64 hexadecimal digits
      - landfall:databaseStorageLimit must be at least a tenth above landfall:databaseStorage
      - landfall:cidr is 10.20.1.0/16: its block is 10.20.0.0/16
      - landfall:candidat is not a setting: there are landfall:source, landfall:sourceRegion, landfall:anonymous, landfall:sourceKmsKeyArn, landfall:alarmEmail, landfall:availability, landfall:egress, landfall:cidr, landfall:zones, landfall:postgres, landfall:databaseClass, landfall:databaseStorage, landfall:databaseStorageLimit, landfall:backupDays, landfall:logDays, landfall:applyImmediately, landfall:protect, landfall:databaseAuthentication, landfall:serve, landfall:serveTasks, landfall:certificateArn, landfall:allowedNetworks, landfall:apiTokenSecretArn, landfall:notifications, landfall:sourceAccount, landfall:events, landfall:lake, landfall:athenaScanLimit, landfall:extracts, landfall:extractsLock, landfall:extractsLockDays, landfall:loans, landfall:loansFrom, landfall:loansNetwork, landfall:loansSecretArn, landfall:loansSecretKmsKeyArn, landfall:loansMap, landfall:supportAddress, landfall:sftp, landfall:sftpEndpoint, landfall:sftpNetworks, landfall:sftpReceivers, landfall:github, landfall:githubProvider, landfall:githubStateBucket, landfall:image, landfall:login, landfall:roles, landfall:candidate]
  `);
});

test.each([
  ["landfall:cidr", "8.8.0.0/16"],
  ["landfall:cidr", "172.32.0.0/16"],
  ["landfall:cidr", "10.0.0.0/8"],
  ["landfall:cidr", "10.0.0.0/23"],
  ["landfall:cidr", "10.300.0.0/16"],
  ["landfall:zones", "euw3-az1,euw3-az2"],
  ["landfall:zones", '["euw3-az1"]'],
  ["landfall:zones", '["euw3-az1","euw3-az1"]'],
  ["landfall:zones", '["eu-west-3a","eu-west-3b"]'],
  ["landfall:zones", '["euw3-az1","euw2-az1"]'],
  ["landfall:allowedNetworks", '["192.0.2.1/24"]'],
  ["landfall:allowedNetworks", '["0.0.0.0/0"]'],
  ["landfall:serveTasks", "1"],
  ["landfall:postgres", "12"],
  ["landfall:postgres", "17.2"],
  ["landfall:applyImmediately", "yes"],
  ["landfall:databaseStorage", "19"],
  ["landfall:databaseStorage", "20.5"],
  ["landfall:databaseStorage", ""],
  ["landfall:databaseStorageLimit", "21"],
  ["landfall:backupDays", "36"],
  ["landfall:source", "s3://dumps/spot*"],
  ["landfall:source", "s3://Dumps"],
  ["landfall:image", `sha256:${"A".repeat(64)}`],
])("%s cannot be %s", (key, value) => {
  expect(() => parse({ ...least, [key]: value }, "dev")).toThrow(key);
});

test.each([
  ["s3://dumps", { bucket: "dumps", prefix: "" }],
  ["s3://dumps/", { bucket: "dumps", prefix: "" }],
  ["s3://dumps/spot/2026", { bucket: "dumps", prefix: "spot/2026" }],
])("%s is a source", (source, parts) => {
  expect(parse({ ...least, "landfall:source": source }, "dev").source).toMatchObject(parts);
});

test("a bucket of another region is refused where only endpoints lead out, and tells why", () => {
  const elsewhere = { ...least, "landfall:sourceRegion": "us-east-1" };
  expect(() => parse(elsewhere, "dev")).toThrow(
    /sourceRegion is us-east-1: .* set landfall:egress to nat or public/,
  );
  expect(parse({ ...elsewhere, "landfall:egress": "nat" }, "dev")).toMatchObject({
    region: "eu-west-3",
    source: { region: "us-east-1" },
  });
  expect(parse({ ...least, "landfall:sourceRegion": "eu-west-3" }, "dev").source.region).toBe("eu-west-3");
});

test.each(["eusc-de-east-1", "cn-north-1", "us-gov-west-1", "eu-west-9"])(
  "%s is refused: the image could not verify its database",
  (region) => {
    expect(() => parse({ ...least, "aws:region": region }, "dev")).toThrow(
      `aws:region is ${region}: image/rds.pem has no certificate`,
    );
  },
);

test("the image can verify databases of the usual regions", () => {
  expect(regions().size).toBe(27);
  expect([...regions()]).toEqual(expect.arrayContaining(["us-east-1", "eu-west-3", "ap-southeast-4"]));
});

test("an unsigned request cannot use a key", () => {
  const both = {
    ...least,
    "landfall:anonymous": "true",
    "landfall:sourceKmsKeyArn": "arn:aws:kms:eu-west-3:111122223333:key/00000000-0000-0000-0000-000000000000",
  };
  expect(() => parse(both, "dev")).toThrow("landfall:anonymous excludes landfall:sourceKmsKeyArn");
});

test.each(["", "Dev", "dev-", "dev--eu", "1dev", "d".repeat(21)])("%j is no name for a stack", (stack) => {
  expect(() => parse(least, stack)).toThrow("the stack's name");
});

test.each([
  ["us-east-1", ["use1-az1", "use1-az6"], undefined],
  ["us-east-1", ["use1-az1", "use1-az3"], "use1-az3 has no Fargate"],
  ["us-west-1", ["usw1-az1", "usw1-az2"], "usw1-az2 has no Fargate"],
  ["ap-northeast-1", ["apne1-az1", "apne1-az4"], undefined],
  ["ap-northeast-1", ["apne1-az1", "apne1-az3"], "apne1-az3 has no Fargate"],
  ["ap-southeast-4", ["apse4-az1", "apse4-az2"], undefined],
  ["ca-central-1", ["cac1-az1", "cac1-az2"], undefined],
  ["eu-west-3", ["euw3-az1", "euw1-az1"], "euw1-az1 is no zone of eu-west-3, whose ids begin with euw3-az"],
])("in %s, zones %j: %s", (region, zones, problem) => {
  const set = { ...least, "aws:region": region, "landfall:zones": JSON.stringify(zones) };
  if (problem === undefined) {
    expect(parse(set, "dev").zones).toEqual(zones);
  } else {
    expect(() => parse(set, "dev")).toThrow(`landfall:zones: ${problem}`);
  }
});

const served = { ...least, "landfall:serve": "internal", "landfall:certificateArn": certificateArn };

test("what is served needs a certificate of the region, and connections for all servers", () => {
  expect(parse(served, "dev")).toMatchObject({ serve: "internal", serveTasks: 3 });
  expect(() => parse({ ...least, "landfall:serve": "internal" }, "dev")).toThrow(
    "landfall:serve is internal: set landfall:certificateArn",
  );
  const elsewhere = certificateArn.replace("eu-west-3", "us-east-1");
  expect(() => parse({ ...served, "landfall:certificateArn": elsewhere }, "dev")).toThrow(
    `${elsewhere} is not of eu-west-3`,
  );
  const many = { ...served, "landfall:serveTasks": "4" };
  expect(() => parse(many, "dev")).toThrow(
    "landfall:serveTasks is 4: db.t4g.micro has connections for 3; take a larger landfall:databaseClass",
  );
  expect(parse({ ...many, "landfall:databaseClass": "db.t4g.small" }, "dev").serveTasks).toBe(4);
  expect(() => parse({ ...served, "landfall:databaseClass": "db.x9g.metal" }, "dev")).toThrow(
    "how many servers it has connections for is not known",
  );
});

test.each([
  ["db.t4g.micro", 80],
  ["db.t4g.medium", 320],
  ["db.m7g.large", 640],
  ["db.r7g.xlarge", 1280],
  ["db.r7g.16xlarge", 5000],
  ["db.x9g.metal", undefined],
])("%s takes at least %s connections", (databaseClass, connections) => {
  // RDS: LEAST({DBInstanceClassMemory/9531392}, 5000), of less memory than the class has.
  expect(accepted(databaseClass)).toBe(connections);
});

test("a bucket can notify only where it is, and events stay in its account", () => {
  const elsewhere = { "landfall:egress": "nat", "landfall:sourceRegion": "us-east-1" };
  expect(() => parse({ ...least, ...elsewhere, "landfall:notifications": "queue" }, "dev")).toThrow(
    "landfall:notifications is queue: a bucket notifies only in its own region, us-east-1",
  );
  const another = { ...least, "landfall:sourceAccount": "444455556666" };
  expect(() => parse({ ...another, "landfall:notifications": "eventbridge" }, "dev")).toThrow(
    "events of a bucket stay in its account",
  );
  expect(parse({ ...another, "landfall:notifications": "queue" }, "dev")).toMatchObject({
    sourceAccount: "444455556666",
  });
});

test("loans need a database, the way to it, and a secret, and all that is missing is told", () => {
  const on = { ...least, "landfall:extracts": "on", "landfall:loans": "on" };
  expect(() => parse(on, "dev")).toThrowErrorMatchingInlineSnapshot(`
    [Error: the configuration of this stack is wrong:
      - landfall:loansFrom is missing: set it to postgres://USER@HOST/DATABASE or postgres://USER@HOST:PORT/DATABASE, without a password or parameters
      - landfall:loansNetwork is missing: set it to the id of a security group, with its account and a slash before it if that is another one, or an IPv4 block
      - landfall:loansSecretArn is missing: set it to the whole ARN of a secret, with the six letters that AWS adds to its name]
  `);
  expect(parse({ ...least, ...loans }, "dev").loans).toEqual({
    from: loans["landfall:loansFrom"],
    port: 5432,
    network: loans["landfall:loansNetwork"],
    secretArn: loans["landfall:loansSecretArn"],
    secretKmsKeyArn: loans["landfall:loansSecretKmsKeyArn"],
    map: loans["landfall:loansMap"],
  });
});

test.each([
  ["landfall:loansFrom", "postgres://reader:hunter2@core.example.com/core"],
  ["landfall:loansFrom", "postgres://core.example.com/core"],
  ["landfall:loansFrom", "postgres://reader@core.example.com"],
  ["landfall:loansFrom", "postgres://reader@core.example.com/core?sslmode=disable"],
  ["landfall:loansNetwork", "0.0.0.0/0"],
  ["landfall:loansNetwork", "10.50.8.1/24"],
  ["landfall:loansNetwork", "sg-1"],
  ["landfall:loansSecretArn", "core/reader"],
  ["landfall:loansSecretArn", "arn:aws:secretsmanager:us-east-1:111122223333:secret:core-AbCdEf"],
  ["landfall:loansSecretKmsKeyArn", "alias/core"],
  ["landfall:loansMap", "#".repeat(8193)],
  ["landfall:supportAddress", "support"],
  ["landfall:extracts", "off"],
])("of loans, %s cannot be %s", (key, value) => {
  expect(() => parse({ ...least, ...loans, [key]: value }, "dev")).toThrow(
    key === "landfall:loansSecretArn" && value.startsWith("arn") ? "is not of eu-west-3" : key,
  );
});

test("the secret that RDS rotates is one of them", () => {
  const managed = "arn:aws:secretsmanager:eu-west-3:111122223333:secret:rds!cluster-0a1b2c3d-AbCdEf";
  expect(parse({ ...least, ...loans, "landfall:loansSecretArn": managed }, "dev").loans?.secretArn).toBe(
    managed,
  );
});

test.each([
  ["landfall:lake", "yes"],
  ["landfall:athenaScanLimit", "10485759"],
  ["landfall:athenaScanLimit", "10GB"],
  ["landfall:extractsLock", "on"],
  ["landfall:extractsLockDays", "0"],
])("%s cannot be %s", (key, value) => {
  expect(() => parse({ ...least, "landfall:extracts": "on", [key]: value }, "dev")).toThrow(
    `${key} is ${value}`,
  );
});

test("what would have no effect is refused", () => {
  expect(() => parse({ ...least, "landfall:extractsLock": "compliance" }, "dev")).toThrow(
    "landfall:extractsLock is set: set landfall:extracts to on",
  );
  expect(() => parse({ ...least, "landfall:supportAddress": "loans@example.com" }, "dev")).toThrow(
    "landfall:supportAddress is set: nothing is sent there while landfall:loans is off",
  );
});
