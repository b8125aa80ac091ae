import { expect, test } from "vitest";
import { regions } from "../certificates";
import { parse } from "../config";
import { committed } from "./graph";

const least = {
  "aws:region": "eu-west-3",
  "landfall:source": "s3://dumps/spot",
  "landfall:alarmEmail": "support@example.com",
};

test("three settings are enough", () => {
  expect(parse(least, "dev")).toMatchInlineSnapshot(`
    {
      "alarmEmail": "support@example.com",
      "applyImmediately": false,
      "availability": "single",
      "backupDays": 7,
      "candidate": undefined,
      "cidr": "10.20.0.0/16",
      "databaseClass": "db.t4g.micro",
      "databaseStorage": 20,
      "databaseStorageLimit": 100,
      "egress": "endpoints",
      "image": undefined,
      "logDays": 30,
      "postgres": 17,
      "protect": true,
      "region": "eu-west-3",
      "source": {
        "anonymous": false,
        "bucket": "dumps",
        "prefix": "spot",
        "region": "eu-west-3",
      },
      "sourceKmsKeyArn": undefined,
      "stack": "dev",
      "zones": [
        "a",
        "b",
      ],
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
    "landfall:zones": '["a"]',
    "landfall:databaseClass": "t4g.micro",
    "landfall:databaseStorage": "200",
    "landfall:backupDays": "0",
    "landfall:logDays": "8",
    "landfall:protect": "yes",
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
      - landfall:zones is ["a"]: it must be two to six different zone letters, such as ["a","b"]
      - landfall:databaseClass is t4g.micro: it must be a class such as db.t4g.micro
      - landfall:backupDays is 0: it must be a whole number from 1 to 35
      - landfall:logDays is 8: it must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
      - landfall:protect is yes: it must be true or false
      - landfall:image is latest: it must be an image digest, sha256: and 64 hexadecimal digits
      - landfall:databaseStorageLimit must be at least a tenth above landfall:databaseStorage
      - landfall:cidr is 10.20.1.0/16: its block is 10.20.0.0/16
      - landfall:candidat is not a setting: there are landfall:source, landfall:sourceRegion, landfall:anonymous, landfall:sourceKmsKeyArn, landfall:alarmEmail, landfall:availability, landfall:egress, landfall:cidr, landfall:zones, landfall:postgres, landfall:databaseClass, landfall:databaseStorage, landfall:databaseStorageLimit, landfall:backupDays, landfall:logDays, landfall:applyImmediately, landfall:protect, landfall:image, landfall:candidate]
  `);
});

test.each([
  ["landfall:cidr", "8.8.0.0/16"],
  ["landfall:cidr", "172.32.0.0/16"],
  ["landfall:cidr", "10.0.0.0/8"],
  ["landfall:cidr", "10.0.0.0/23"],
  ["landfall:cidr", "10.300.0.0/16"],
  ["landfall:zones", "a,b"],
  ["landfall:zones", '["a","a"]'],
  ["landfall:zones", '["eu-west-3a","eu-west-3b"]'],
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
