// The stacks that are tested: the committed ones, and what their settings leave out.

import { committed } from "./graph";

export const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

export const certificateArn =
  "arn:aws:acm:eu-west-3:111122223333:certificate/00000000-0000-0000-0000-000000000000";

/** Their private keys are nobody's. */
export const publicKeys = [
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP+juE13u9yS4QDD4vVjV+0SJiD3i1eZz1wEOQRSpqJ7 sftp@first-bank.example.com",
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPhNTJGeZIArqfp/qZiIBmLTpHe8pic/Icyz6nAndXw4",
];

export const loans = {
  "landfall:extracts": "on",
  "landfall:loans": "on",
  "landfall:loansFrom": "postgres://landfall_reader@core.cluster-abc.eu-west-3.rds.amazonaws.com/core",
  "landfall:loansNetwork": "sg-0123456789abcdef0",
  "landfall:loansSecretArn":
    "arn:aws:secretsmanager:eu-west-3:111122223333:secret:core/landfall-reader-AbCdEf",
  "landfall:loansSecretKmsKeyArn":
    "arn:aws:kms:eu-west-3:111122223333:key/00000000-0000-0000-0000-000000000000",
  "landfall:loansMap": '[bank]\ntable = "bank"\nname = "name"\n',
  "landfall:supportAddress": "loans@example.com",
};

export const sftp = {
  "landfall:extracts": "on",
  "landfall:sftp": "on",
  "landfall:sftpNetworks": '["192.0.2.0/24","198.51.100.7/32"]',
  "landfall:sftpReceivers": JSON.stringify([
    { name: "first-bank", publicKeys, prefix: "loans/BankName=First_Bank-1" },
    { name: "auditor", publicKeys: publicKeys.slice(1), prefix: "loans" },
  ]),
};

export const stacks = [
  {
    title: "dev",
    stack: "dev",
    configuration: { ...committed("dev"), "landfall:image": digest("a") },
  },
  {
    title: "prod, while an update is being tried",
    stack: "prod",
    configuration: {
      ...committed("prod"),
      "landfall:image": digest("a"),
      "landfall:login": "iam",
      "landfall:candidate": digest("b"),
    },
  },
  {
    title: "dev with a NAT gateway, three zones and encrypted dumps",
    stack: "dev-nat",
    configuration: {
      ...committed("dev"),
      "landfall:image": digest("a"),
      "landfall:egress": "nat",
      "landfall:zones": '["euw3-az1","euw3-az2","euw3-az3"]',
      "landfall:sourceKmsKeyArn":
        "arn:aws-eusc:kms:eusc-de-east-1:111122223333:key/00000000-0000-0000-0000-000000000000",
    },
  },
  {
    title: "dev that serves the public and follows the bucket through EventBridge",
    stack: "dev",
    configuration: {
      ...committed("dev"),
      "landfall:image": digest("a"),
      "landfall:serve": "public",
      "landfall:certificateArn": certificateArn,
      "landfall:notifications": "eventbridge",
      "landfall:github": "octo-org@1234/landfall@5678",
      "landfall:githubStateBucket": "landfall-state-111122223333",
    },
  },
  {
    title: "prod that serves inside and follows the bucket",
    stack: "prod",
    configuration: {
      ...committed("prod"),
      "landfall:image": digest("a"),
      "landfall:login": "iam",
      "landfall:serve": "internal",
      "landfall:certificateArn": certificateArn,
      "landfall:allowedNetworks": '["10.20.0.0/16","192.168.7.0/24"]',
      "landfall:apiTokenSecretArn":
        "arn:aws:secretsmanager:eu-west-3:111122223333:secret:landfall/api-token-AbCdEf",
      "landfall:notifications": "queue",
      "landfall:github": "octo-org/landfall",
      "landfall:githubProvider": "existing",
    },
  },
  {
    title: "prod that takes events",
    stack: "prod",
    configuration: {
      ...committed("prod"),
      "landfall:image": digest("a"),
      "landfall:login": "iam",
      "landfall:events": "on",
      "landfall:github": "octo-org/landfall",
      "landfall:githubProvider": "existing",
    },
  },
  {
    title: "prod with a lake, loans, and SFTP inside",
    stack: "prod",
    configuration: {
      ...committed("prod"),
      "landfall:image": digest("a"),
      "landfall:login": "iam",
      "landfall:lake": "on",
      ...loans,
      ...sftp,
      "landfall:extractsLock": "compliance",
      "landfall:extractsLockDays": "3650",
      "landfall:github": "octo-org/landfall",
      "landfall:githubProvider": "existing",
    },
  },
  {
    title: "dev with a lake of events, and public SFTP",
    stack: "dev",
    configuration: {
      ...committed("dev"),
      "landfall:image": digest("a"),
      "landfall:events": "on",
      "landfall:lake": "on",
      "landfall:athenaScanLimit": "1073741824",
      ...sftp,
      "landfall:sftpEndpoint": "public",
    },
  },
];
