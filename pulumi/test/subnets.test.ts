import { expect, test } from "vitest";
import { blockOf, sixteenth } from "../subnets";

test("a block has sixteen parts", () => {
  expect([0, 1, 15].map((part) => sixteenth("10.20.0.0/16", part))).toEqual([
    "10.20.0.0/20",
    "10.20.16.0/20",
    "10.20.240.0/20",
  ]);
  expect(sixteenth("192.168.4.0/22", 15)).toBe("192.168.7.192/26");
});

test("an address lies in one block", () => {
  expect(blockOf("10.20.0.0/16")).toBe("10.20.0.0/16");
  expect(blockOf("10.20.7.9/22")).toBe("10.20.4.0/22");
  expect(blockOf("10.300.0.0/16")).not.toBe("10.300.0.0/16");
});
