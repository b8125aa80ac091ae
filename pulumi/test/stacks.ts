// The stacks that are tested: the committed ones, and what their settings leave out.

import { committed } from "./graph";

export const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

export const certificateArn =
  "arn:aws:acm:eu-west-3:111122223333:certificate/00000000-0000-0000-0000-000000000000";

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
];
