// Where commands of Landfall run: a cluster, the roles of a task, and a definition for each image.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { administrator, type Database } from "./database";
import type { Logs } from "./logs";
import type { Network } from "./network";
import type { Registry } from "./registry";
import { ServiceRole, type Statement } from "./role";
import type { Login, Settings } from "./config";
import type { Site } from "./site";

/** The container's name in every definition. */
export const container = "landfall";

/** The role of Postgres that owns the tables, and the one that may read them; `landfall roles` makes both. */
const owner = "landfall_owner";
const reader = "landfall_reader";

/** How libpq connects. A host that vanished in a failover answers nothing: it is given up after half a minute. */
export const connection = Object.entries({
  sslmode: "verify-full",
  sslrootcert: "/etc/ssl/certs/rds.pem",
  // Seconds; these find a lost host while a long statement runs and nothing is sent.
  keepalives_idle: 10,
  keepalives_interval: 5,
  keepalives_count: 4,
  // Milliseconds; this one while something sent is not acknowledged, which the kernel retries for a quarter of an hour.
  tcp_user_timeout: 30_000,
})
  .map(([option, value]) => `${option}=${value}`)
  .join("&");

/** What a command needs that is not the same for all. */
interface Needs {
  /** Units of Fargate (1024 are a vCPU), and the MiB that go with them. */
  cpu?: number;
  memory?: number;
  /** Where it listens. */
  port?: number;
  environment?: Record<string, pulumi.Input<string>>;
  /** Variables whose values ECS reads from Secrets Manager, by ARN. */
  secrets?: Record<string, pulumi.Input<string>>;
  /** What it may do with AWS, unless it is to read the dumps and nothing else. */
  role?: ServiceRole;
  /** What ECS may do to start it, unless what it does for all others. */
  startRole?: ServiceRole;
  /** Where it finds dumps, unless where all others do. */
  source?: Source | "none";
  /** How it logs in at the database, unless as all others do. */
  login?: Login | "none";
  /** As whom, for what takes a token where the password is refused: a token is made for a name in the URL only. */
  user?: string;
}

/** A bucket with dumps, and how it is read. */
interface Source extends Omit<Settings["source"], "bucket"> {
  bucket: pulumi.Input<string>;
}

interface TasksArgs {
  site: Site;
  network: Network;
  database: Database;
  registry: Registry;
  logs: Logs;
  source: Settings["source"];
  sourceKmsKeyArn: string | undefined;
  /** How what runs logs in at the database. */
  login: Login;
  /** How it will after this update, if that goes well. */
  nextLogin: Login;
  /** Whether the database takes tokens of IAM, from some of its roles at least. */
  acceptsIam: boolean;
  /** The secret with the token of `serve`. */
  apiTokenSecretArn: string | undefined;
}

export class Tasks extends pulumi.ComponentResource {
  readonly clusterArn: pulumi.Output<string>;
  readonly clusterName: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  /** Both roles of a scheduled task: who starts one has to be allowed to pass them. */
  readonly roleArns: pulumi.Output<string>[];
  /** Every role that a task here may have. */
  readonly allRoleArns: pulumi.Output<string>[] = [];
  /** What reading the dumps takes. */
  readonly readSource: Statement[];
  private readonly logGroup: aws.cloudwatch.LogGroup;
  private readonly commonStartRole: ServiceRole;
  /** The role that starts the administrator's tasks. Where nothing else has a password, nothing else can read one. */
  private readonly administratorStartRole: ServiceRole;
  private readonly taskRole: ServiceRole;

  constructor(
    private readonly name: string,
    private readonly args: TasksArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:tasks:Tasks", name, {}, opts);
    const { site, network, database } = args;
    const cluster = new aws.ecs.Cluster(name, { name: site.prefix }, { parent: this });
    this.clusterArn = cluster.arn;
    this.clusterName = cluster.name;
    this.logGroup = args.logs.group("tasks");
    this.logGroupName = this.logGroup.name;

    const group = network.workload(name);
    database.openTo(name, group);
    this.securityGroupId = group.id;

    this.commonStartRole = this.startRole("start", []);
    this.administratorStartRole =
      args.login === "password"
        ? this.commonStartRole
        : this.startRole("start-administrator", passwordStatements(args));
    this.readSource = sourceStatements(args);
    this.taskRole = this.role("run", this.readSource);
    this.roleArns = [this.commonStartRole.arn, this.taskRole.arn];
    this.registerOutputs({ cluster: this.clusterName });
  }

  /** A definition that runs a command of the image with this digest. */
  define(
    id: string,
    digest: string,
    command: pulumi.Input<string>[],
    needs: Needs = {},
  ): aws.ecs.TaskDefinition {
    const { site, database, registry } = this.args;
    const { cpu = 512, memory = 1024, port, environment = {}, secrets = {}, role = this.taskRole } = needs;
    const { source = this.args.source, login = this.args.login } = needs;
    const byIam = login === "iam";
    const startRole =
      needs.startRole ?? (login === "password" ? this.administratorStartRole : this.commonStartRole);
    const user = byIam ? owner : needs.user;
    const url = pulumi.interpolate`postgresql://${user === undefined ? "" : `${user}@`}${database.address}:${database.port}/${database.database}?${connection}`;
    return new aws.ecs.TaskDefinition(
      `${site.prefix}-${id}`,
      {
        family: `${site.prefix}-${id}`,
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        // scripts/deploy builds the image for this platform.
        runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: "X86_64" },
        cpu: String(cpu),
        memory: String(memory),
        executionRoleArn: startRole.arn,
        taskRoleArn: role.arn,
        volumes: [{ name: "scratch" }],
        containerDefinitions: pulumi.jsonStringify([
          {
            name: container,
            image: pulumi.interpolate`${registry.url}@${digest}`,
            command,
            essential: true,
            user: "65534:65534",
            readonlyRootFilesystem: true,
            portMappings: port === undefined ? [] : [{ containerPort: port, protocol: "tcp" }],
            linuxParameters: { capabilities: { drop: ["ALL"] } },
            mountPoints: [{ sourceVolume: "scratch", containerPath: "/tmp" }],
            // The batch in progress is finished or rolled back within half a minute; 120 is all Fargate gives.
            stopTimeout: 120,
            environment: [
              // All that a task itself asks of AWS is where the bucket is.
              { name: "AWS_REGION", value: source === "none" ? site.region : source.region },
              // libpq takes user and password from PGUSER and PGPASSWORD where the URL has none.
              ...(login === "none" ? [] : [{ name: "DATABASE_URL", value: url }]),
              ...(source === "none" ? [] : variables(source)),
              ...(byIam ? [{ name: "LANDFALL_RDS_IAM", value: "true" }] : []),
              ...Object.entries(environment).map(([variable, value]) => ({ name: variable, value })),
            ],
            // Read again at every start, so a rotated password needs no deploy.
            secrets: [
              ...(login === "password"
                ? [
                    { name: "PGUSER", valueFrom: pulumi.interpolate`${database.secretArn}:username::` },
                    { name: "PGPASSWORD", valueFrom: pulumi.interpolate`${database.secretArn}:password::` },
                  ]
                : []),
              ...Object.entries(secrets).map(([variable, valueFrom]) => ({ name: variable, valueFrom })),
            ],
            logConfiguration: {
              logDriver: "awslogs",
              options: {
                "awslogs-group": this.logGroup.name,
                "awslogs-region": site.region,
                "awslogs-stream-prefix": id,
              },
            },
          },
        ]),
        // Older revisions stay: a roll-back may need one, and nothing that runs is ever touched.
        skipDestroy: true,
      },
      { parent: this, dependsOn: [startRole.granted, role.granted] },
    );
  }

  /** A role for a command that needs another one than to read the dumps. It may log in at the database. */
  role(id: string, statements: Statement[]): ServiceRole {
    return this.serviceRole(id, [...statements, ...loginStatements(this.args, owner)]);
  }

  /** A role that ECS starts tasks with which need more for that than others, such as a secret. */
  startRole(id: string, statements: Statement[]): ServiceRole {
    const password = this.args.login === "password" ? passwordStatements(this.args) : [];
    return this.serviceRole(id, [...startStatements(this.args, this.logGroup), ...password, ...statements]);
  }

  /** A role for a command that has nothing to do with the database. */
  roleWithoutLogin(id: string, statements: Statement[]): ServiceRole {
    return this.serviceRole(id, statements);
  }

  /**
   * The administrator's only task: it makes the roles that all others log in as. From Postgres 16 on, whoever makes a role
   * remains a member of it, and RDS may take only tokens from members of a role that logs in with them.
   */
  defineRoles(digest: string): aws.ecs.TaskDefinition {
    const byIam = this.args.nextLogin === "iam" ? ["--rds-iam"] : [];
    return this.define("roles", digest, ["roles", "--owner", owner, "--reader", reader, ...byIam], {
      login: "password",
      user: administrator,
      role: this.serviceRole("administrator", loginStatements(this.args, administrator)),
    });
  }

  private serviceRole(id: string, statements: Statement[]): ServiceRole {
    const { site } = this.args;
    const role = new ServiceRole(
      `${this.name}-${id}`,
      {
        service: "ecs-tasks.amazonaws.com",
        condition: {
          StringEquals: { "aws:SourceAccount": site.account },
          ArnLike: {
            "aws:SourceArn": pulumi.interpolate`arn:${site.partition}:ecs:${site.region}:${site.account}:*`,
          },
        },
        statements,
      },
      { parent: this },
    );
    this.allRoleArns.push(role.arn);
    return role;
  }
}

/** What tells a command where the dumps are. */
function variables({ bucket, prefix, anonymous }: Source): { name: string; value: pulumi.Input<string> }[] {
  return [
    { name: "LANDFALL_SOURCE", value: pulumi.interpolate`s3://${bucket}/${prefix}` },
    ...(anonymous ? [{ name: "LANDFALL_ANONYMOUS", value: "true" }] : []),
  ];
}

/** What ECS does before the container starts: fetch the image, open the log, read the token of the API. */
function startStatements(
  { registry, apiTokenSecretArn }: TasksArgs,
  logGroup: aws.cloudwatch.LogGroup,
): Statement[] {
  return [
    // A token for all registries of the account is all there is; it cannot be narrowed.
    { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    {
      Effect: "Allow",
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Resource: registry.arn,
    },
    {
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: pulumi.interpolate`${logGroup.arn}:*`,
    },
    ...(apiTokenSecretArn === undefined
      ? []
      : [{ Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: apiTokenSecretArn } as const]),
  ];
}

/** What ECS does for a container with the password: read the secret. */
function passwordStatements({ site, database }: TasksArgs): Statement[] {
  const secrets = pulumi.interpolate`arn:${site.partition}:secretsmanager:${site.region}:${site.account}:secret:rds!db-*`;
  return [
    { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: database.secretArn },
    // The copies that scripts/restore makes have secrets of their own, to which RDS gives names by chance, and the tag.
    {
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: secrets,
      Condition: {
        StringEquals: {
          "aws:ResourceTag/aws:rds:primaryDBInstanceArn": ["restored", "drill"].map(
            (kind) =>
              pulumi.interpolate`arn:${site.partition}:rds:${site.region}:${site.account}:db:${site.prefix}-${kind}`,
          ),
        },
      },
    },
    {
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: database.keyArn,
      // For these secrets, and nothing else that this key protects.
      Condition: {
        StringEquals: { "kms:ViaService": pulumi.interpolate`secretsmanager.${site.region}.${site.domain}` },
        StringLike: { "kms:EncryptionContext:SecretARN": secrets },
      },
    },
  ];
}

/** Logging in at the database with tokens of IAM, as this role of it and no other. */
function loginStatements({ site, database, acceptsIam }: TasksArgs, user: string): Statement[] {
  return acceptsIam
    ? [
        {
          Effect: "Allow",
          Action: "rds-db:connect",
          // An instance goes by its resource id here, and keeps it when it is renamed.
          Resource: pulumi.interpolate`arn:${site.partition}:rds-db:${site.region}:${site.account}:dbuser:${database.resourceId}/${user}`,
        },
      ]
    : [];
}

/** What Landfall itself does with AWS: list and read the dumps. For unsigned requests, a role says nothing. */
function sourceStatements({ site, source, sourceKmsKeyArn }: TasksArgs): Statement[] {
  if (source.anonymous) {
    return [];
  }
  const bucket = pulumi.interpolate`arn:${site.partition}:s3:::${source.bucket}`;
  const statements: Statement[] = [
    {
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucket,
      // Landfall takes a prefix for what keys begin with, and so does this. Without one, a listing names none,
      // and a condition on it would refuse the listing.
      ...(source.prefix !== "" && { Condition: { StringLike: { "s3:prefix": `${source.prefix}*` } } }),
    },
    { Effect: "Allow", Action: "s3:GetObject", Resource: pulumi.interpolate`${bucket}/${source.prefix}*` },
  ];
  if (sourceKmsKeyArn !== undefined) {
    statements.push({
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: sourceKmsKeyArn,
      Condition: {
        StringEquals: { "kms:ViaService": pulumi.interpolate`s3.${source.region}.${site.domain}` },
      },
    });
  }
  return statements;
}
