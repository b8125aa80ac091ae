// The stacks that are tested: the committed ones, and what their settings leave out.

import { committed } from "./graph";

export const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

export const stacks = [
  {
    title: "dev",
    stack: "dev",
    configuration: { ...committed("dev"), "landfall:image": digest("a") },
  },
  {
    title: "prod, while an update is being tried",
    stack: "prod",
    configuration: { ...committed("prod"), "landfall:image": digest("a"), "landfall:candidate": digest("b") },
  },
  {
    title: "dev with a NAT gateway, three zones and encrypted dumps",
    stack: "dev-nat",
    configuration: {
      ...committed("dev"),
      "landfall:image": digest("a"),
      "landfall:egress": "nat",
      "landfall:zones": '["a","b","c"]',
      "landfall:sourceKmsKeyArn":
        "arn:aws-eusc:kms:eusc-de-east-1:111122223333:key/00000000-0000-0000-0000-000000000000",
    },
  },
];
