// For every rule, resources that must not pass it.

import type { Props } from "../policy/documents";

interface Violation {
  rule: string;
  title: string;
  type: string;
  props: Props;
  complaint: string;
  /** Of the resource, where the rule goes by it. */
  name?: string;
}

const instance = "aws:rds/instance:Instance";
const definition = "aws:ecs/taskDefinition:TaskDefinition";
const policy = (statement: Props) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
const container = (settings: Props) => ({ containerDefinitions: JSON.stringify([settings]) });
const environment = (name: string, value: string) => container({ environment: [{ name, value }] });

export const violations: Violation[] = [
  {
    rule: "no-public-database",
    title: "a public database",
    type: instance,
    props: { publiclyAccessible: true },
    complaint: "publiclyAccessible must be false, and said",
  },
  {
    rule: "no-public-task",
    title: "a scheduled task with a public address",
    type: "aws:scheduler/schedule:Schedule",
    props: { target: { ecsParameters: { networkConfiguration: { assignPublicIp: true } } } },
    complaint: "assignPublicIp must be false",
  },
  {
    rule: "no-public-task",
    title: "a service with a public address",
    type: "aws:ecs/service:Service",
    props: { networkConfiguration: { assignPublicIp: true } },
    complaint: "assignPublicIp must be false",
  },
  {
    rule: "no-public-task",
    title: "a subnet that gives addresses away",
    type: "aws:ec2/subnet:Subnet",
    props: { mapPublicIpOnLaunch: true },
    complaint: "mapPublicIpOnLaunch must be false, and said",
  },
  ...[
    {
      title: "a database in the clear",
      type: instance,
      props: {},
      complaint: "storageEncrypted and kmsKeyId must be set",
    },
    {
      title: "insights under a key of AWS",
      type: instance,
      props: { performanceInsightsEnabled: true },
      complaint: "performanceInsightsKmsKeyId must be set",
    },
    {
      title: "a password under a key of AWS",
      type: instance,
      props: { manageMasterUserPassword: true },
      complaint: "masterUserSecretKmsKeyId must be set",
    },
    {
      title: "a log",
      type: "aws:cloudwatch/logGroup:LogGroup",
      props: {},
      complaint: "kmsKeyId must be set",
    },
    { title: "a topic", type: "aws:sns/topic:Topic", props: {}, complaint: "kmsMasterKeyId must be set" },
    {
      title: "a queue",
      type: "aws:sqs/queue:Queue",
      props: { sqsManagedSseEnabled: false },
      complaint: "sqsManagedSseEnabled or kmsMasterKeyId must be set",
    },
    {
      title: "a registry",
      type: "aws:ecr/repository:Repository",
      props: {},
      complaint: "encryptionConfigurations must be set",
    },
    {
      title: "a key that stays the same",
      type: "aws:kms/key:Key",
      props: {},
      complaint: "enableKeyRotation must be true",
    },
  ].map((violation) => ({ rule: "encrypted-at-rest", ...violation })),
  ...[
    {
      title: "Postgres without TLS",
      type: "aws:rds/parameterGroup:ParameterGroup",
      props: { parameters: [{ name: "rds.force_ssl", value: "0" }] },
      complaint: "rds.force_ssl must be 1",
    },
    {
      title: "the default parameters",
      type: instance,
      props: {},
      complaint: "a parameter group of ours must be used: the default one need not force TLS",
    },
    {
      title: "a client that verifies nothing",
      type: definition,
      props: environment("DATABASE_URL", "postgresql://host/db?sslmode=require"),
      complaint: "a database URL must say sslmode=verify-full",
    },
    {
      title: "plain HTTP",
      type: "aws:lb/listener:Listener",
      props: { protocol: "HTTP", defaultActions: [{ type: "forward" }] },
      complaint: "a listener must use TLS, or redirect to one that does",
    },
    {
      title: "an old TLS",
      type: "aws:lb/listener:Listener",
      props: { protocol: "HTTPS", sslPolicy: "ELBSecurityPolicy-2016-08" },
      complaint: "sslPolicy must be one that takes TLS 1.2 and newer only",
    },
    {
      title: "an SFTP server that takes old ciphers",
      type: "aws:transfer/server:Server",
      props: { protocols: ["SFTP"], securityPolicyName: "TransferSecurityPolicy-2018-11" },
      complaint: "protocols must be SFTP alone, and securityPolicyName one of 2025 or later",
    },
    {
      title: "files over FTP",
      type: "aws:transfer/server:Server",
      props: { protocols: ["SFTP", "FTP"], securityPolicyName: "TransferSecurityPolicy-2025-03" },
      complaint: "protocols must be SFTP alone, and securityPolicyName one of 2025 or later",
    },
  ].map((violation) => ({ rule: "encrypted-in-transit", ...violation })),
  ...[
    {
      title: "a rule that lets the world in",
      type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      props: { cidrIpv4: "0.0.0.0/0", fromPort: 443, toPort: 443 },
      complaint: "nothing may be let in from the world",
    },
    {
      title: "the same in IPv6",
      type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      props: { cidrIpv6: "::/0" },
      complaint: "nothing may be let in from the world",
    },
    {
      title: "a group that lets the world in",
      type: "aws:ec2/securityGroup:SecurityGroup",
      props: { ingress: [{ cidrBlocks: ["10.0.0.0/8", "0.0.0.0/0"] }] },
      complaint: "nothing may be let in from the world",
    },
    {
      title: "a rule in the old style",
      type: "aws:ec2/securityGroupRule:SecurityGroupRule",
      props: { type: "ingress", ipv6CidrBlocks: ["::/0"] },
      complaint: "nothing may be let in from the world",
    },
    {
      title: "a way out for everything",
      type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
      props: { cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" },
      complaint: "only port 443 may be let out to the world",
    },
  ].map((violation) => ({ rule: "no-open-security-group", ...violation })),
  ...[
    {
      title: "every action of a service",
      type: "aws:iam/rolePolicy:RolePolicy",
      props: { policy: policy({ Action: "s3:*", Resource: "bucket" }) },
      complaint: "no * in actions: s3:*",
    },
    {
      title: "every resource",
      type: "aws:iam/policy:Policy",
      props: { policy: policy({ Action: ["s3:GetObject"], Resource: ["*"] }) },
      complaint: "no * as a resource of s3:GetObject",
    },
    {
      title: "every resource beside an action that needs it",
      type: "aws:iam/rolePolicy:RolePolicy",
      props: { policy: policy({ Action: ["ecr:GetAuthorizationToken", "ecr:PutImage"], Resource: "*" }) },
      complaint: "no * as a resource of ecr:GetAuthorizationToken, ecr:PutImage",
    },
    {
      title: "everything but",
      type: "aws:iam/role:Role",
      props: { inlinePolicies: [{ policy: policy({ NotAction: "iam:*", NotResource: "x" }) }] },
      complaint: "NotAction grants everything else",
    },
    {
      title: "a role for everybody",
      type: "aws:iam/role:Role",
      props: { assumeRolePolicy: policy({ Action: "sts:AssumeRole", Principal: { AWS: "*" } }) },
      complaint: "everybody may take this role on",
    },
    {
      title: "a policy of AWS' own",
      type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      props: { policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
      complaint: "policies of AWS' own grant too much: write one",
    },
  ].map((violation) => ({ rule: "no-wildcard-in-roles", ...violation })),
  {
    rule: "no-public-resource-policy",
    title: "a queue anybody may write to",
    type: "aws:sqs/queuePolicy:QueuePolicy",
    props: { policy: policy({ Action: "sqs:SendMessage", Resource: "queue", Principal: "*" }) },
    complaint: "everybody is allowed in",
  },
  ...[
    {
      title: "a password in the environment",
      type: definition,
      props: environment("PGPASSWORD", "hunter2"),
      complaint: "PGPASSWORD must come from a secret",
    },
    {
      title: "a password in a URL",
      type: definition,
      props: environment("DATABASE_URL", "postgresql://landfall:hunter2@host/db?sslmode=verify-full"),
      complaint: "DATABASE_URL must come from a secret",
    },
    {
      title: "a password in the state",
      type: instance,
      props: { password: "hunter2" },
      complaint: "the password must be managed by Secrets Manager",
    },
    {
      title: "a secret's value in the state",
      type: "aws:secretsmanager/secretVersion:SecretVersion",
      props: { secretString: "hunter2" },
      complaint: "a secret's value must not be in the state",
    },
  ].map((violation) => ({ rule: "no-plain-secret", ...violation })),
  {
    rule: "no-password-beside-iam",
    title: "a password beside tokens of IAM",
    type: definition,
    props: container({
      environment: [{ name: "LANDFALL_RDS_IAM", value: "true" }],
      secrets: [{ name: "PGPASSWORD", valueFrom: "arn" }],
    }),
    complaint: "PGPASSWORD must not be set beside LANDFALL_RDS_IAM",
  },
  ...[
    {
      title: "a log kept for ever",
      type: "aws:cloudwatch/logGroup:LogGroup",
      props: { retentionInDays: 0 },
      complaint: "retentionInDays must be set",
    },
    {
      title: "a container that logs nowhere",
      type: definition,
      props: container({}),
      complaint: "a container must log to a group made here",
    },
    {
      title: "a group that is made on the way, without retention",
      type: definition,
      props: container({
        logConfiguration: { options: { "awslogs-group": "g", "awslogs-create-group": "true" } },
      }),
      complaint: "a container must log to a group made here",
    },
    {
      title: "a database whose log is lost",
      type: instance,
      props: {},
      complaint: "the database's log must be exported",
    },
  ].map((violation) => ({ rule: "log-retention", ...violation })),
  ...[
    {
      title: "an image by tag",
      settings: { image: "landfall:latest" },
      complaint: "the image must be named by digest",
    },
    {
      title: "a root file system to write to",
      settings: {},
      complaint: "readonlyRootFilesystem must be true",
    },
    { title: "root", settings: { user: "0:0" }, complaint: "user must be a number other than 0" },
    { title: "privilege", settings: { privileged: true }, complaint: "privileged must not be true" },
  ].map(({ title, settings, complaint }) => ({
    rule: "hardened-container",
    title,
    type: definition,
    props: container(settings),
    complaint,
  })),
  ...[
    {
      title: "tags that change",
      props: { imageTagMutability: "MUTABLE" },
      complaint: "imageTagMutability must be IMMUTABLE",
    },
  ].map((violation) => ({ rule: "immutable-tags", type: "aws:ecr/repository:Repository", ...violation })),
  {
    rule: "no-bucket-notification",
    title: "notifications that replace others",
    type: "aws:s3/bucketNotification:BucketNotification",
    props: { bucket: "dumps", queues: [] },
    complaint: "add to what the bucket has instead: docs/deploy.md, Following the bucket",
  },
  {
    rule: "private-bucket",
    title: "a bucket that could be opened",
    type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    props: { blockPublicAcls: true, blockPublicPolicy: false },
    complaint: "blockPublicPolicy must be true",
  },
  ...[
    {
      title: "raw events that expire",
      type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      props: {
        rules: [
          { filter: { prefix: "charts/" }, expiration: { days: 90 } },
          { filter: { prefix: "" }, expiration: { days: 3650 } },
        ],
      },
      complaint: "only what is under charts/ may expire",
    },
    {
      title: "raw events that expire, by a rule without a filter",
      type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      props: { rules: [{ expiration: { date: "2030-01-01T00:00:00Z" } }] },
      complaint: "only what is under charts/ may expire",
    },
    {
      title: "raw events of one version",
      type: "aws:s3/bucketVersioning:BucketVersioning",
      props: { versioningConfiguration: { status: "Suspended" } },
      complaint: "versioning must be enabled",
    },
  ].map((violation) => ({ rule: "raw-events-kept", name: "landfall-prod-raw", ...violation })),
  ...[
    {
      title: "a lake of one version",
      name: "landfall-prod-lake",
      type: "aws:s3/bucketVersioning:BucketVersioning",
      props: { versioningConfiguration: { status: "Suspended" } },
      complaint: "versioning must be enabled",
    },
    {
      title: "extracts under a key of AWS",
      name: "landfall-prod-extracts",
      type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      props: { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" } }] },
      complaint: "kmsMasterKeyId must be set",
    },
  ].map((violation) => ({ rule: "delivered-files-kept", ...violation })),
  ...[
    {
      title: "a workgroup whose settings are suggestions",
      configuration: { bytesScannedCutoffPerQuery: 10485760 },
      complaint: "enforceWorkgroupConfiguration must be true",
    },
    {
      title: "queries without a limit",
      configuration: { enforceWorkgroupConfiguration: true },
      complaint: "bytesScannedCutoffPerQuery must be set",
    },
    {
      title: "results in the clear",
      configuration: { resultConfiguration: { outputLocation: "s3://results/" } },
      complaint: "results need a key of ours",
    },
  ].map(({ configuration, ...violation }) => ({
    rule: "bounded-queries",
    type: "aws:athena/workgroup:Workgroup",
    props: { configuration },
    ...violation,
  })),
  {
    rule: "receivers-only-read",
    title: "a receiver that may write",
    name: "landfall-prod-sftp-first-bank",
    type: "aws:iam/rolePolicy:RolePolicy",
    props: { policy: policy({ Action: ["s3:GetObject", "s3:PutObject"], Resource: "bucket" }) },
    complaint: "s3:PutObject must not be allowed",
  },
  ...[
    {
      title: "a deploy without a way back",
      props: { deploymentCircuitBreaker: { enable: true, rollback: false } },
      complaint: "deploymentCircuitBreaker must roll back",
    },
    {
      title: "a deploy that stops old tasks first",
      props: { deploymentMinimumHealthyPercent: 50 },
      complaint: "deploymentMinimumHealthyPercent must be 100",
    },
  ].map((violation) => ({ rule: "steady-service", type: "aws:ecs/service:Service", ...violation })),
  ...[
    {
      title: "headers that servers read differently",
      props: {},
      complaint: "dropInvalidHeaderFields must be true",
    },
    { title: "requests nobody can look up", props: {}, complaint: "accessLogs must be enabled" },
    {
      title: "a balancer that can be deleted by mistake",
      props: {},
      complaint: "enableDeletionProtection must be true",
    },
  ].map((violation) => ({
    rule: "strict-balancer",
    type: "aws:lb/loadBalancer:LoadBalancer",
    ...violation,
  })),
  {
    rule: "final-snapshot",
    title: "a database that is deleted without a trace",
    type: instance,
    props: { skipFinalSnapshot: true },
    complaint: "skipFinalSnapshot must be false, and finalSnapshotIdentifier set",
  },
  ...[
    ["deletionProtection", "deletionProtection must be true"],
    ["deleteAutomatedBackups", "deleteAutomatedBackups must be false"],
    ["backupRetentionPeriod", "backupRetentionPeriod must be a week at least"],
    ["multiAz", "multiAz must be true"],
  ].map(([setting = "", complaint = ""]) => ({
    rule: "protected-in-production",
    title: `a database without ${setting}`,
    type: instance,
    props: {},
    complaint,
  })),
];
