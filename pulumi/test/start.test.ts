import { expect, test } from "vitest";
import { start } from "./engine";
import { committed } from "./graph";
import { digest } from "./stacks";

const configuration: Record<string, string> = { ...committed("dev"), "landfall:image": digest("a") };

test("an update runs to its end, and has all its outputs", async () => {
  const { code, urns, outputs, complaints } = await start("dev", configuration, false);
  expect(complaints).toEqual([]);
  expect(urns.length).toBeGreaterThan(80);
  expect(urns.filter((urn, index) => urns.indexOf(urn) !== index)).toEqual([]);
  expect(outputs).toMatchObject({
    region: configuration["aws:region"],
    image: digest("a"),
    cluster: "landfall-dev",
  });
  expect(code).toBe(0);
});

test("a first preview, where little is known yet and there is no image, has nothing to warn of", async () => {
  const { code, urns, complaints } = await start("dev", committed("dev"), true);
  expect(complaints).toEqual([]);
  expect(urns.length).toBeGreaterThan(70);
  expect(code).toBe(0);
});

test("wrong settings are told without a stack trace, and nothing is declared", async () => {
  const { code, urns, complaints } = await start("dev", { ...configuration, "landfall:egres": "nat" }, false);
  expect(complaints).toEqual([
    expect.stringMatching(/^the configuration .*\n {2}- landfall:egres is not a setting.*$/),
  ]);
  expect(urns).toEqual(["urn:pulumi:dev::landfall::pulumi:pulumi:Stack::landfall-dev"]);
  expect(code).not.toBe(0);
});
