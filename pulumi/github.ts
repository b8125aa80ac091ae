// Roles for GitHub's workflows, which log in with GitHub's own identity: there is no key to keep. One pushes images, the other
// brings them to this stack. Neither can change roles, network or the database's settings; but what is deployed runs with the
// roles of the stack's tasks, so who deploys reaches all data, as the database's administrator too.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./config";
import type { Registry } from "./registry";
import type { Statement } from "./role";
import type { Site } from "./site";
import type { Tasks } from "./tasks";

const issuer = "token.actions.githubusercontent.com";

/** What tasks.ts defines: the ends of the definitions' names. */
const commands = ["import", "status", "roles", "migrate", "serve", "follow"];
const eventCommands = ["consume", "load", "load-all", "chart"];
const lakeCommands = ["publish"];
const extractCommands = ["extract"];
const loanCommands = ["loans"];

interface GitHubArgs {
  site: Site;
  stack: string;
  github: NonNullable<Settings["github"]>;
  registry: Registry;
  tasks: Tasks;
  set: Pick<Settings, "events" | "lake" | "extracts" | "loans">;
  scheduleGroupName: pulumi.Output<string>;
  /** What ECS and the scheduler are handed in a deploy: all roles of the stack that run something. */
  passedRoleArns: pulumi.Output<string>[];
}

export class GitHub extends pulumi.ComponentResource {
  readonly buildRoleArn: pulumi.Output<string>;
  readonly deployRoleArn: pulumi.Output<string>;

  constructor(name: string, args: GitHubArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:github:GitHub", name, {}, opts);
    const { site, github } = args;
    // An account has it once. So it stays when this stack goes: others may use it.
    const provider = github.createProvider
      ? new aws.iam.OpenIdConnectProvider(
          name,
          { url: `https://${issuer}`, clientIdLists: ["sts.amazonaws.com"] },
          { parent: this, retainOnDelete: true },
        )
      : undefined;
    const providerArn =
      provider?.arn ?? pulumi.interpolate`arn:${site.partition}:iam::${site.account}:oidc-provider/${issuer}`;
    const trust = pulumi.jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Federated: providerArn },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              [`${issuer}:aud`]: "sts.amazonaws.com",
              // GitHub lets a job have this subject once the environment's rules are met, such as an approval.
              [`${issuer}:sub`]: github.subjects.map((subject) => `${subject}:environment:${args.stack}`),
            },
          },
        },
      ],
    });
    this.buildRoleArn = this.role(`${name}-build`, "Pushes images", trust, buildStatements(args));
    this.deployRoleArn = this.role(`${name}-deploy`, "Deploys images", trust, deployStatements(args));
    this.registerOutputs({ buildRoleArn: this.buildRoleArn, deployRoleArn: this.deployRoleArn });
  }

  private role(
    name: string,
    description: string,
    assumeRolePolicy: pulumi.Output<string>,
    statements: Statement[],
  ): pulumi.Output<string> {
    const role = new aws.iam.Role(
      name,
      // Migrations of a large database take their time.
      { description, assumeRolePolicy, maxSessionDuration: 7200 },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      name,
      { role: role.name, policy: pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements }) },
      { parent: this },
    );
    return role.arn;
  }
}

function buildStatements({ registry }: GitHubArgs): Statement[] {
  return [
    // A token for all registries of the account is all there is; it opens what else is allowed here.
    { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    {
      Effect: "Allow",
      Action: [
        "ecr:BatchCheckLayerAvailability",
        "ecr:CompleteLayerUpload",
        // Was this commit pushed before?
        "ecr:DescribeImages",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
      ],
      Resource: registry.arn,
    },
  ];
}

/** What scripts/deploy does for an image that is in the registry, while nothing of the stack changes but what runs. */
function deployStatements(args: GitHubArgs): Statement[] {
  const { site, stack, github, registry, tasks } = args;
  const arn = (service: string, resource: pulumi.Input<string>) =>
    pulumi.interpolate`arn:${site.partition}:${service}:${site.region}:${site.account}:${resource}`;
  // Each by its name: what begins like them may be another stack's.
  const { events, lake, extracts, loans } = args.set;
  const definitions = [
    ...commands,
    ...(events === "on" ? eventCommands : []),
    ...(lake === "on" ? lakeCommands : []),
    ...(extracts === "on" ? extractCommands : []),
    ...(loans ? loanCommands : []),
  ].map((command) => arn("ecs", `task-definition/${site.prefix}-${command}:*`));
  const statements: Statement[] = [
    { Effect: "Allow", Action: "ecr:DescribeImages", Resource: registry.arn },
    { Effect: "Allow", Action: ["ecs:RegisterTaskDefinition", "ecs:TagResource"], Resource: definitions },
    {
      // What is looked up, for which AWS knows no narrower resource.
      Effect: "Allow",
      Action: [
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeVpcEndpointServices",
        "ecs:DescribeTaskDefinition",
      ],
      Resource: "*",
    },
    {
      Effect: "Allow",
      Action: "ecs:RunTask",
      Resource: definitions,
      Condition: { ArnEquals: { "ecs:cluster": tasks.clusterArn } },
    },
    {
      Effect: "Allow",
      Action: "ecs:DescribeTasks",
      Resource: arn("ecs", pulumi.interpolate`task/${tasks.clusterName}/*`),
    },
    {
      Effect: "Allow",
      Action: ["ecs:DescribeServices", "ecs:UpdateService"],
      Resource: arn("ecs", pulumi.interpolate`service/${tasks.clusterName}/*`),
    },
    {
      Effect: "Allow",
      Action: ["scheduler:GetSchedule", "scheduler:UpdateSchedule"],
      Resource: arn("scheduler", pulumi.interpolate`schedule/${args.scheduleGroupName}/*`),
    },
    {
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: args.passedRoleArns,
      Condition: {
        StringEquals: { "iam:PassedToService": ["ecs-tasks.amazonaws.com", "scheduler.amazonaws.com"] },
      },
    },
  ];
  if (github.stateBucket !== undefined) {
    const bucket = pulumi.interpolate`arn:${site.partition}:s3:::${github.stateBucket}`;
    const state = (path: string) => pulumi.interpolate`${bucket}/.pulumi/${path}`;
    statements.push(
      { Effect: "Allow", Action: "s3:ListBucket", Resource: bucket },
      { Effect: "Allow", Action: "s3:GetObject", Resource: state("meta.yaml") },
      {
        // This stack's alone, or another one's next update could be made to do anything.
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        Resource: [
          state(`stacks/landfall/${stack}.json*`),
          state(`locks/organization/landfall/${stack}/*`),
          ...["backups", "history", "journal"].map((folder) => state(`${folder}/landfall/${stack}/*`)),
        ],
      },
    );
  }
  return statements;
}
