// A role for an AWS service, with exactly what it may do.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export type Statement = pulumi.Input<aws.iam.PolicyStatement>;

interface RoleArgs {
  /** Who takes the role on, such as `ecs-tasks.amazonaws.com`. */
  service: string;
  /** On whose behalf: without it, the service could be made to use the role for another account. */
  condition: aws.iam.PolicyStatement["Condition"];
  statements: Statement[];
}

export class ServiceRole extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** Resolves once the role may do what it is for, not when it merely exists. */
  readonly granted: pulumi.Resource;

  constructor(name: string, args: RoleArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:iam:ServiceRole", name, {}, opts);
    const role = new aws.iam.Role(
      name,
      {
        assumeRolePolicy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: args.service },
              Action: "sts:AssumeRole",
              Condition: args.condition,
            },
          ],
        }),
      },
      { parent: this },
    );
    // IAM refuses a policy without statements.
    this.granted =
      args.statements.length === 0
        ? role
        : new aws.iam.RolePolicy(
            name,
            {
              role: role.name,
              policy: pulumi.jsonStringify({ Version: "2012-10-17", Statement: args.statements }),
            },
            { parent: this },
          );
    this.arn = role.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
