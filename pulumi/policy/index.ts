// The policy pack: pulumi up --policy-pack policy. Stops an update that breaks a rule.

import { PolicyPack } from "@pulumi/policy";
import { rules } from "./rules";

new PolicyPack("landfall", {
  policies: rules.map((rule) => ({
    name: rule.name,
    description: rule.description,
    enforcementLevel: "mandatory",
    validateResource: ({ urn, type, name, props }, reportViolation) => {
      for (const complaint of rule.check({ type, name, props }, stackOf(urn))) {
        reportViolation(`${name}: ${complaint}`);
      }
    },
  })),
});

/** urn:pulumi:STACK::PROJECT::TYPE::NAME */
function stackOf(urn: string): string {
  return urn.split(":")[2] ?? "";
}
