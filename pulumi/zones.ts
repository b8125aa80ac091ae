// Availability zones, by id: an id is the same place in every account, a letter is not.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/**
 * Zones without Fargate, in regions that have it in others (AWS Fargate Regions, in the guide of ECS; Virginia's third
 * one was on that list for years, and has few classes of RDS).
 */
const withoutFargate = ["use1-az3", "usw1-az2", "apne1-az3", "cnn1-az3"];

/** What ids of a region's zones begin with: `apse2` in Sydney. */
function shortName(region: string): string {
  const [area = "", ...rest] = region.split("-");
  const short = rest.map((word) => word.replace(/(north|south|east|west|central|gov)(.*)/, shorten));
  return `${area}${short.join("")}`;
}

function shorten(_: string, first: string, second: string): string {
  return first.charAt(0) + second.charAt(0);
}

/** What is wrong with a zone for a stack of this region, if anything. */
export function unfit(zone: string, region: string): string | undefined {
  if (!zone.startsWith(`${shortName(region)}-az`)) {
    return `${zone} is no zone of ${region}, whose ids begin with ${shortName(region)}-az`;
  }
  return withoutFargate.includes(zone) ? `${zone} has no Fargate` : undefined;
}

/** Those of the settings; without, the first two that are open to every account and have Fargate. */
export function zones(
  named: string[] | undefined,
  region: string,
  provider: aws.Provider,
): pulumi.Output<string>[] {
  if (named) {
    return named.map((zone) => pulumi.output(zone));
  }
  const found = aws
    .getAvailabilityZonesOutput(
      { state: "available", filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }] },
      { provider },
    )
    .zoneIds.apply((ids) => ids.filter((id) => !withoutFargate.includes(id)).sort());
  return [0, 1].map((index) =>
    found.apply((ids) => {
      const id = ids[index];
      if (id === undefined) {
        throw new pulumi.RunError(`${region} has no two zones that fit: name them in landfall:zones`);
      }
      return id;
    }),
  );
}
