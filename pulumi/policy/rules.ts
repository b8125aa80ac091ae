// Rules for every resource of every stack. Plain functions: the policy pack runs them before
// an update, the tests over the whole graph of each stack.

import { allowed, list, record, type Props } from "./documents";

/** A resource as the program declares it. */
export interface Declared {
  type: string;
  name: string;
  props: Props;
}

export interface Rule {
  name: string;
  description: string;
  /** What is wrong with a resource of the given stack; nothing if it is valid, or if the rule does not apply. */
  check: (resource: Declared, stack: string) => string[];
}

const world = ["0.0.0.0/0", "::/0"];

/** A complaint for each thing that is not as it must be. */
function complaints(checks: [wrong: boolean, complaint: string][]): string[] {
  return checks.filter(([wrong]) => wrong).map(([, complaint]) => complaint);
}

function containers({ type, props }: Declared): Props[] {
  return type === "aws:ecs/taskDefinition:TaskDefinition" ? list(props.containerDefinitions).map(record) : [];
}

/** `prod`, `prod-eu` and `eu-prod` have data that must not be lost. */
export function isProduction(stack: string): boolean {
  return stack.split("-").includes("prod");
}

const noPublicDatabase: Rule = {
  name: "no-public-database",
  description: "A database has no public address.",
  check: ({ type, props }) =>
    /^aws:rds\/(instance|clusterInstance):/.test(type) && props.publiclyAccessible !== false
      ? ["publiclyAccessible must be false, and said"]
      : [],
};

const noPublicTask: Rule = {
  name: "no-public-task",
  description: "No subnet gives public addresses away, and in production nothing that runs has one.",
  check: ({ type, props }, stack) => {
    const network =
      type === "aws:scheduler/schedule:Schedule"
        ? record(record(record(props.target).ecsParameters).networkConfiguration)
        : record(props.networkConfiguration);
    return complaints([
      [isProduction(stack) && network.assignPublicIp === true, "assignPublicIp must be false"],
      [
        type === "aws:ec2/subnet:Subnet" && props.mapPublicIpOnLaunch !== false,
        "mapPublicIpOnLaunch must be false, and said",
      ],
    ]);
  },
};

const encryptedAtRest: Rule = {
  name: "encrypted-at-rest",
  description: "What is stored is encrypted, where it can be with a key of ours that rotates.",
  check: ({ type, props }) => {
    switch (type) {
      case "aws:rds/instance:Instance":
        return complaints([
          [props.storageEncrypted !== true || !props.kmsKeyId, "storageEncrypted and kmsKeyId must be set"],
          [
            props.performanceInsightsEnabled === true && !props.performanceInsightsKmsKeyId,
            "performanceInsightsKmsKeyId must be set",
          ],
          [
            props.manageMasterUserPassword === true && !props.masterUserSecretKmsKeyId,
            "masterUserSecretKmsKeyId must be set",
          ],
        ]);
      case "aws:cloudwatch/logGroup:LogGroup":
        return complaints([[!props.kmsKeyId, "kmsKeyId must be set"]]);
      case "aws:sns/topic:Topic":
        return complaints([[!props.kmsMasterKeyId, "kmsMasterKeyId must be set"]]);
      case "aws:sqs/queue:Queue":
        return complaints([
          [
            props.sqsManagedSseEnabled !== true && !props.kmsMasterKeyId,
            "sqsManagedSseEnabled or kmsMasterKeyId must be set",
          ],
        ]);
      case "aws:ecr/repository:Repository":
        return complaints([
          [list(props.encryptionConfigurations).length === 0, "encryptionConfigurations must be set"],
        ]);
      case "aws:kms/key:Key":
        return complaints([[props.enableKeyRotation !== true, "enableKeyRotation must be true"]]);
      default:
        return [];
    }
  },
};

const encryptedInTransit: Rule = {
  name: "encrypted-in-transit",
  description:
    "Postgres takes TLS only, clients verify it, no listener uses plain HTTP, and files go by SFTP.",
  check: (resource) => {
    const { type, props } = resource;
    const parameters = list(props.parameters).map(record);
    const urls = containers(resource)
      .flatMap((container) => list(container.environment).map(record))
      .filter(({ value }) => typeof value === "string" && /^postgres(ql)?:/.test(value));
    return complaints([
      [
        type === "aws:rds/parameterGroup:ParameterGroup" &&
          !parameters.some(({ name, value }) => name === "rds.force_ssl" && value === "1"),
        "rds.force_ssl must be 1",
      ],
      [
        type === "aws:rds/instance:Instance" && !props.parameterGroupName,
        "a parameter group of ours must be used: the default one need not force TLS",
      ],
      [
        !urls.every(({ value }) => String(value).includes("sslmode=verify-full")),
        "a database URL must say sslmode=verify-full",
      ],
      [
        type === "aws:lb/listener:Listener" &&
          (props.protocol === "HTTP" || props.protocol === "TCP") &&
          !list(props.defaultActions).every((action) => record(action).type === "redirect"),
        "a listener must use TLS, or redirect to one that does",
      ],
      [
        type === "aws:transfer/server:Server" &&
          !(
            list(props.protocols).every((protocol) => protocol === "SFTP") &&
            /^TransferSecurityPolicy-(2025|202[6-9]|20[3-9]\d)-\d\d$/.test(String(props.securityPolicyName))
          ),
        "protocols must be SFTP alone, and securityPolicyName one of 2025 or later",
      ],
      [
        type === "aws:lb/listener:Listener" &&
          props.protocol !== "HTTP" &&
          !String(props.sslPolicy).startsWith("ELBSecurityPolicy-TLS13-1-2-"),
        "sslPolicy must be one that takes TLS 1.2 and newer only",
      ],
    ]);
  },
};

/** The one way in from the world: to the balancer of a stack with `serve: public`, to be served or redirected. */
function isBalancerDoor({ type, name, props }: Declared, stack: string): boolean {
  return [80, 443].some(
    (port) =>
      type === "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule" &&
      name === `landfall-${stack}-balancer-${port}-from-world` &&
      props.ipProtocol === "tcp" &&
      props.fromPort === port &&
      props.toPort === port,
  );
}

const noOpenSecurityGroup: Rule = {
  name: "no-open-security-group",
  description: "Nothing but a public load balancer is let in from the world, and only TLS is let out to it.",
  check: (resource, stack) => {
    const { type, props } = resource;
    if (isBalancerDoor(resource, stack)) {
      return [];
    }
    const open = (rule: Props) =>
      [rule.cidrIpv4, rule.cidrIpv6, ...list(rule.cidrBlocks), ...list(rule.ipv6CidrBlocks)].some((block) =>
        world.includes(String(block)),
      );
    const tls = (rule: Props) => rule.fromPort === 443 && rule.toPort === 443;
    const inside = (rule: Props) => !open(rule);
    const outside = (rule: Props) => !open(rule) || tls(rule);
    const [incoming, outgoing]: [Props[], Props[]] = (() => {
      switch (type) {
        case "aws:ec2/securityGroup:SecurityGroup":
        case "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":
          return [list(props.ingress).map(record), list(props.egress).map(record)];
        case "aws:ec2/securityGroupRule:SecurityGroupRule":
          return props.type === "ingress" ? [[props], []] : [[], [props]];
        case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
          return [[props], []];
        case "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":
          return [[], [props]];
        default:
          return [[], []];
      }
    })();
    return complaints([
      [!incoming.every(inside), "nothing may be let in from the world"],
      [!outgoing.every(outside), "only port 443 may be let out to the world"],
    ]);
  },
};

const leastPrivilege: Rule = {
  name: "no-wildcard-in-roles",
  description: "A role names what it may do and with what, and who may take it on.",
  check: ({ type, props }) => {
    switch (type) {
      case "aws:iam/rolePolicy:RolePolicy":
      case "aws:iam/policy:Policy":
        return wildcards(props.policy);
      case "aws:iam/role:Role":
        return [
          ...list(props.inlinePolicies).flatMap((policy) => wildcards(record(policy).policy)),
          ...complaints([
            [list(props.managedPolicyArns).length > 0, "policies of AWS' own grant too much: write one"],
            [
              allowed(props.assumeRolePolicy).some(({ principals }) => principals.includes("*")),
              "everybody may take this role on",
            ],
          ]),
        ];
      case "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
        return complaints([
          [
            String(props.policyArn).includes(":iam::aws:policy/"),
            "policies of AWS' own grant too much: write one",
          ],
        ]);
      default:
        return [];
    }
  },
};

/** Actions for which AWS knows no narrower resource than all. */
const unscoped = [
  "ec2:DescribeAvailabilityZones",
  "ec2:DescribeVpcEndpointServices",
  "ecr:GetAuthorizationToken",
  "ecs:DescribeTaskDefinition",
];

function wildcards(policy: unknown): string[] {
  return allowed(policy).flatMap(({ actions, resources }) =>
    complaints([
      [actions.length === 0, "NotAction grants everything else"],
      [actions.some((action) => action.includes("*")), `no * in actions: ${actions.join(", ")}`],
      [resources.length === 0, "NotResource grants everything else"],
      [
        resources.includes("*") && !actions.every((action) => unscoped.includes(action)),
        `no * as a resource of ${actions.join(", ")}`,
      ],
    ]),
  );
}

const noPublicResourcePolicy: Rule = {
  name: "no-public-resource-policy",
  description: "Queues, topics, keys, registries and buckets give no access to everyone.",
  check: ({ type, props }) =>
    /^aws:(sqs|sns|kms|ecr|s3|secretsmanager)\//.test(type) &&
    allowed(props.policy).some(({ principals, condition }) => principals.includes("*") && !condition)
      ? ["everybody is allowed in"]
      : [],
};

const secretName = /pass(word|phrase)?|secret|token|private_?key|access_?key|credential/i;

const noPlainSecret: Rule = {
  name: "no-plain-secret",
  description: "No secret in a plain environment, and no password in the state.",
  check: (resource) => {
    const { type, props } = resource;
    const environment = containers(resource).flatMap((container) => list(container.environment).map(record));
    return [
      ...environment
        .filter(
          ({ name, value }) => secretName.test(String(name)) || /:\/\/[^/@]*:[^/@]*@/.test(String(value)),
        )
        .map(({ name }) => `${String(name)} must come from a secret`),
      ...complaints([
        [
          /^aws:rds\/(instance|cluster):/.test(type) &&
            (props.manageMasterUserPassword !== true || props.password !== undefined),
          "the password must be managed by Secrets Manager",
        ],
        [
          type === "aws:secretsmanager/secretVersion:SecretVersion",
          "a secret's value must not be in the state",
        ],
      ]),
    ];
  },
};

const noPasswordBesideIam: Rule = {
  name: "no-password-beside-iam",
  description: "What logs in with tokens of IAM gets no password.",
  check: (resource) =>
    containers(resource).flatMap(({ environment, secrets }) =>
      complaints([
        [
          list(environment).some((variable) => record(variable).name === "LANDFALL_RDS_IAM") &&
            list(secrets).some((secret) => record(secret).name === "PGPASSWORD"),
          "PGPASSWORD must not be set beside LANDFALL_RDS_IAM",
        ],
      ]),
    ),
};

const logRetention: Rule = {
  name: "log-retention",
  description: "Logs end somewhere, and are not kept for ever.",
  check: (resource) => {
    const { type, props } = resource;
    const exports = list(props.enabledCloudwatchLogsExports);
    return complaints([
      [
        type === "aws:cloudwatch/logGroup:LogGroup" && !(Number(props.retentionInDays) > 0),
        "retentionInDays must be set",
      ],
      [
        containers(resource).some(({ logConfiguration }) => {
          const { options } = record(logConfiguration);
          return !record(options)["awslogs-group"] || record(options)["awslogs-create-group"] !== undefined;
        }),
        "a container must log to a group made here",
      ],
      [
        type === "aws:rds/instance:Instance" && !exports.includes("postgresql"),
        "the database's log must be exported",
      ],
    ]);
  },
};

const hardenedContainer: Rule = {
  name: "hardened-container",
  description: "A container runs a known image, not as root, and cannot change itself.",
  check: (resource) =>
    containers(resource).flatMap((container) =>
      complaints([
        [!/@sha256:[0-9a-f]{64}$/.test(String(container.image)), "the image must be named by digest"],
        [container.readonlyRootFilesystem !== true, "readonlyRootFilesystem must be true"],
        [!/^[1-9]\d*(:[1-9]\d*)?$/.test(String(container.user)), "user must be a number other than 0"],
        [container.privileged === true, "privileged must not be true"],
      ]),
    ),
};

const immutableTags: Rule = {
  name: "immutable-tags",
  // ECR's own scan knows distributions alone, and the image has none: cargo deny looks for known vulnerabilities instead.
  description: "An image's tag is written once.",
  check: ({ type, props }) =>
    type === "aws:ecr/repository:Repository" && props.imageTagMutability !== "IMMUTABLE"
      ? ["imageTagMutability must be IMMUTABLE"]
      : [],
};

const noBucketNotification: Rule = {
  name: "no-bucket-notification",
  description:
    "What a bucket notifies of is set by its owner: a resource for it replaces whatever is set there.",
  check: ({ type }) =>
    type === "aws:s3/bucketNotification:BucketNotification"
      ? ["add to what the bucket has instead: docs/deploy.md, Following the bucket"]
      : [],
};

const privateBucket: Rule = {
  name: "private-bucket",
  description: "No bucket can be opened to the public.",
  check: ({ type, props }) =>
    type === "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
      ? ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"]
          .filter((setting) => props[setting] !== true)
          .map((setting) => `${setting} must be true`)
      : [],
};

/** What the charts of events begin with, in the bucket of raw events. */
const charts = "charts/";

const rawEventsKept: Rule = {
  name: "raw-events-kept",
  description: "Raw events never expire, and what is deleted or overwritten by mistake can be brought back.",
  check: ({ type, name, props }, stack) => {
    if (name !== `landfall-${stack}-raw`) {
      return [];
    }
    const expiring = list(props.rules)
      .map(record)
      .filter(({ expiration }) => ["days", "date"].some((key) => key in record(expiration)));
    return complaints([
      [
        type === "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration" &&
          !expiring.every(({ filter }) => String(record(filter).prefix).startsWith(charts)),
        `only what is under ${charts} may expire`,
      ],
      [
        type === "aws:s3/bucketVersioning:BucketVersioning" &&
          record(props.versioningConfiguration).status !== "Enabled",
        "versioning must be enabled",
      ],
    ]);
  },
};

/** What `landfall-STACK-…` is called that holds what would be lost with it: months that the database dropped, delivered files. */
const holders = ["lake", "extracts"];

const deliveredFilesKept: Rule = {
  name: "delivered-files-kept",
  description: "What was published or extracted can be brought back, and is encrypted with a key of ours.",
  check: ({ type, name, props }, stack) =>
    holders.some((holder) => name === `landfall-${stack}-${holder}`)
      ? complaints([
          [
            type === "aws:s3/bucketVersioning:BucketVersioning" &&
              record(props.versioningConfiguration).status !== "Enabled",
            "versioning must be enabled",
          ],
          [
            type ===
              "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration" &&
              !list(props.rules).some(
                (rule) => record(record(rule).applyServerSideEncryptionByDefault).kmsMasterKeyId,
              ),
            "kmsMasterKeyId must be set",
          ],
        ])
      : [],
};

const boundedQueries: Rule = {
  name: "bounded-queries",
  description: "Whoever queries in Athena cannot read without a limit, nor leave results in the clear.",
  check: ({ type, props }) => {
    if (type !== "aws:athena/workgroup:Workgroup") {
      return [];
    }
    const configuration = record(props.configuration);
    const encryption = record(record(configuration.resultConfiguration).encryptionConfiguration);
    return complaints([
      [configuration.enforceWorkgroupConfiguration !== true, "enforceWorkgroupConfiguration must be true"],
      [!(Number(configuration.bytesScannedCutoffPerQuery) > 0), "bytesScannedCutoffPerQuery must be set"],
      [encryption.encryptionOption !== "SSE_KMS" || !encryption.kmsKeyArn, "results need a key of ours"],
    ]);
  },
};

const receiversOnlyRead: Rule = {
  name: "receivers-only-read",
  description: "Who comes by SFTP can list and read, and change nothing.",
  check: ({ type, name, props }, stack) =>
    type === "aws:iam/rolePolicy:RolePolicy" && name.startsWith(`landfall-${stack}-sftp-`)
      ? allowed(props.policy)
          .flatMap(({ actions }) => actions)
          .filter((action) => !/^s3:(List|Get)|^kms:Decrypt$/.test(action))
          .map((action) => `${action} must not be allowed`)
      : [],
};

const steadyService: Rule = {
  name: "steady-service",
  description: "A service's deploy stops nothing before its successor runs, and goes back if that fails.",
  check: ({ type, props }) => {
    const breaker = record(props.deploymentCircuitBreaker);
    return type === "aws:ecs/service:Service"
      ? complaints([
          [breaker.enable !== true || breaker.rollback !== true, "deploymentCircuitBreaker must roll back"],
          [props.deploymentMinimumHealthyPercent !== 100, "deploymentMinimumHealthyPercent must be 100"],
        ])
      : [];
  },
};

const strictBalancer: Rule = {
  name: "strict-balancer",
  description: "A load balancer drops malformed headers and keeps a log of requests.",
  check: ({ type, props }, stack) =>
    type === "aws:lb/loadBalancer:LoadBalancer"
      ? complaints([
          [props.dropInvalidHeaderFields !== true, "dropInvalidHeaderFields must be true"],
          [record(props.accessLogs).enabled !== true, "accessLogs must be enabled"],
          [
            isProduction(stack) && props.enableDeletionProtection !== true,
            "enableDeletionProtection must be true",
          ],
        ])
      : [],
};

const finalSnapshot: Rule = {
  name: "final-snapshot",
  description: "A database that is deleted leaves a snapshot.",
  check: ({ type, props }) =>
    type === "aws:rds/instance:Instance" &&
    (props.skipFinalSnapshot !== false || !props.finalSnapshotIdentifier)
      ? ["skipFinalSnapshot must be false, and finalSnapshotIdentifier set"]
      : [],
};

const protectedInProduction: Rule = {
  name: "protected-in-production",
  description: "In production a database cannot be deleted by mistake, and can be brought back.",
  check: ({ type, props }, stack) =>
    type === "aws:rds/instance:Instance" && isProduction(stack)
      ? complaints([
          [props.deletionProtection !== true, "deletionProtection must be true"],
          [props.deleteAutomatedBackups !== false, "deleteAutomatedBackups must be false"],
          [!(Number(props.backupRetentionPeriod) >= 7), "backupRetentionPeriod must be a week at least"],
          [props.multiAz !== true, "multiAz must be true"],
        ])
      : [],
};

export const rules: Rule[] = [
  noPublicDatabase,
  noPublicTask,
  encryptedAtRest,
  encryptedInTransit,
  noOpenSecurityGroup,
  leastPrivilege,
  noPublicResourcePolicy,
  noPlainSecret,
  noPasswordBesideIam,
  logRetention,
  hardenedContainer,
  immutableTags,
  noBucketNotification,
  privateBucket,
  rawEventsKept,
  deliveredFilesKept,
  boundedQueries,
  receiversOnlyRead,
  steadyService,
  strictBalancer,
  finalSnapshot,
  protectedInProduction,
];
