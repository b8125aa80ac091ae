// What Pulumi's resources are in CloudFormation, where that is more than the same name with a capital letter.

import { list, record, type Props } from "../policy/documents";

type Shape = (value: unknown, props: Props) => Props;

export interface Counterpart {
  /** CloudFormation's name. */
  type: string;
  /**
   * What outputs are called there: `Ref`, the name of an attribute, or a text with pseudo parameters in which `@` is the
   * resource's own name.
   */
  outputs?: Record<string, string | ((props: Props) => string)>;
  /** Properties with other names. */
  rename?: Record<string, string>;
  /** Properties that look different. */
  shape?: Record<string, Shape>;
  /** Properties that CloudFormation does not have, and why nothing is lost without them. */
  without?: Record<string, string>;
  /** A property of another resource there, which Pulumi's property `by` names, by its name or by what `key` says. */
  partOf?: { type: string; by: string; key?: string };
  /** Attributes of the resource, beside its properties. */
  attributes?: (props: Props) => Props;
  /** Further resources, by the endings of their names. */
  also?: (props: Props, reference: string) => Record<string, { Type: string; Properties: Props }>;
}

/** Types that are left out, and why. */
export const withoutCounterpart: Record<string, string> = {
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "CloudFormation cannot change a VPC's own group",
  "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": "in CloudFormation two queues cannot name each other",
};

const parsed = (value: unknown): unknown =>
  typeof value === "string" ? (JSON.parse(value) as unknown) : value;
const as =
  (name: string, change: (value: unknown) => unknown = parsed): Shape =>
  (value) => ({ [name]: change(value) });
const first = (value: unknown): unknown => capitals(list(value)[0]);
/** `{ a: 1 }` → `[{ Key: "a", Value: "1" }]` */
const pairs =
  (key = "Key") =>
  (value: unknown) =>
    Object.entries(record(value)).map(([name, Value]) => ({ [key]: name, Value }));
/** One of a balancer's attributes. */
const attribute =
  (list: string, key: string): Shape =>
  (value) => ({ [list]: [{ Key: key, Value: String(value) }] });

/** `kmsKeyId` → `KmsKeyId` */
export function capital(key: string): string {
  return key.charAt(0).toUpperCase() + key.slice(1);
}

/** The same of all keys, however deep. */
export function capitals(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(capitals);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [capital(key), capitals(inner)]));
}

/** A container as ECS' API has it; what it hands to others has keys of theirs. */
function container(value: unknown): unknown {
  const { logConfiguration, dockerLabels, ...rest } = record(value);
  const { options, ...log } = record(logConfiguration);
  return {
    ...record(capitals(rest)),
    ...(dockerLabels !== undefined && { DockerLabels: dockerLabels }),
    ...(logConfiguration !== undefined && {
      LogConfiguration: { ...record(capitals(log)), Options: options },
    }),
  };
}

/** Where tasks are placed: Pulumi flattens what the API nests. */
function awsvpc(value: unknown): unknown {
  const { assignPublicIp, ...placement } = record(value);
  return {
    AwsvpcConfiguration: {
      ...record(capitals(placement)),
      ...(assignPublicIp !== undefined && {
        AssignPublicIp: assignPublicIp === true ? "ENABLED" : "DISABLED",
      }),
    },
  };
}

function scheduleTarget(value: unknown): unknown {
  const { ecsParameters, ...target } = record(value);
  const { networkConfiguration, ...ecs } = record(ecsParameters);
  return {
    ...record(capitals(target)),
    ...(ecsParameters !== undefined && {
      EcsParameters: { ...record(capitals(ecs)), NetworkConfiguration: awsvpc(networkConfiguration) },
    }),
  };
}

function eventTarget(props: Props): Props {
  const { inputTransformer, deadLetterConfig } = props;
  const { inputPaths, inputTemplate } = record(inputTransformer);
  return {
    Targets: [
      {
        Id: "target",
        Arn: props.arn,
        ...(deadLetterConfig !== undefined && { DeadLetterConfig: capitals(deadLetterConfig) }),
        ...(inputTransformer !== undefined && {
          InputTransformer: { InputPathsMap: inputPaths, InputTemplate: inputTemplate },
        }),
      },
    ],
  };
}

/** One query of an alarm that looks at several metrics. */
function metricQuery(value: unknown): unknown {
  const { metric, ...query } = record(value);
  const { dimensions, metricName, namespace, period, stat, ...others } = record(metric);
  return {
    ...record(capitals(query)),
    ...(metric !== undefined && {
      MetricStat: {
        Metric: { Namespace: namespace, MetricName: metricName, Dimensions: pairs("Name")(dimensions) },
        Period: period,
        Stat: stat,
        ...record(capitals(others)),
      },
    }),
  };
}

/** How Athena answers. */
function workgroup(value: unknown): unknown {
  const {
    enforceWorkgroupConfiguration,
    publishCloudwatchMetricsEnabled,
    resultConfiguration,
    ...configuration
  } = record(value);
  const { encryptionConfiguration, ...result } = record(resultConfiguration);
  const { encryptionOption, kmsKeyArn } = record(encryptionConfiguration);
  return {
    ...record(capitals(configuration)),
    EnforceWorkGroupConfiguration: enforceWorkgroupConfiguration,
    PublishCloudWatchMetricsEnabled: publishCloudwatchMetricsEnabled,
    ResultConfiguration: {
      ...record(capitals(result)),
      EncryptionConfiguration: { EncryptionOption: encryptionOption, KmsKey: kmsKeyArn },
    },
  };
}

/** What a balancer does with a request. */
function action(value: unknown): unknown {
  const { redirect, fixedResponse, ...rest } = record(value);
  return {
    ...record(capitals(rest)),
    ...(redirect !== undefined && { RedirectConfig: capitals(redirect) }),
    ...(fixedResponse !== undefined && { FixedResponseConfig: capitals(fixedResponse) }),
  };
}

/** `{ sourceIp: { values } }` → `{ Field: "source-ip", SourceIpConfig: { Values } }` */
function condition(value: unknown): unknown {
  const entries = Object.entries(record(value));
  const [key = "", config] = entries[0] ?? [];
  if (entries.length !== 1) {
    throw new Error(`a condition of a listener's rule has one key, not ${JSON.stringify(value)}`);
  }
  const field = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return { Field: field, [`${capital(key)}Config`]: capitals(config) };
}

const bucketOf = { type: "aws:s3/bucket:Bucket", by: "bucket" };
const actions = (value: unknown) => list(value).map(action);
const logGroupArn = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${@}";

export const counterparts: Record<string, Counterpart> = {
  "aws:appautoscaling/policy:Policy": {
    type: "AWS::ApplicationAutoScaling::ScalingPolicy",
    rename: { name: "PolicyName" },
    shape: {
      // Its name is Pulumi's to choose.
      policyType: (PolicyType, { name }) => ({
        PolicyType,
        ...(name === undefined && { PolicyName: "policy" }),
      }),
      targetTrackingScalingPolicyConfiguration: (value) => {
        return { TargetTrackingScalingPolicyConfiguration: capitals(value) };
      },
    },
  },
  "aws:appautoscaling/target:Target": {
    type: "AWS::ApplicationAutoScaling::ScalableTarget",
    outputs: { id: "Ref" },
    rename: { roleArn: "RoleARN" },
  },
  "aws:athena/workgroup:Workgroup": {
    type: "AWS::Athena::WorkGroup",
    outputs: {
      id: "Ref",
      name: "Ref",
      arn: "arn:${AWS::Partition}:athena:${AWS::Region}:${AWS::AccountId}:workgroup/${@}",
    },
    rename: { forceDestroy: "RecursiveDeleteOption" },
    shape: { configuration: as("WorkGroupConfiguration", workgroup) },
  },
  "aws:cloudwatch/dashboard:Dashboard": { type: "AWS::CloudWatch::Dashboard" },
  "aws:cloudwatch/eventRule:EventRule": {
    type: "AWS::Events::Rule",
    outputs: { name: "Ref", id: "Ref", arn: "Arn" },
    shape: { eventPattern: as("EventPattern") },
  },
  "aws:cloudwatch/eventTarget:EventTarget": {
    type: "AWS::Events::Rule",
    partOf: { type: "aws:cloudwatch/eventRule:EventRule", by: "rule" },
    shape: {
      arn: (_, props) => eventTarget(props),
      deadLetterConfig: () => ({}),
      inputTransformer: () => ({}),
    },
  },
  "aws:cloudwatch/logGroup:LogGroup": {
    type: "AWS::Logs::LogGroup",
    outputs: { name: "Ref", id: "Ref", arn: logGroupArn },
    rename: { name: "LogGroupName" },
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    type: "AWS::CloudWatch::Alarm",
    outputs: { arn: "Arn", name: "Ref", id: "Ref" },
    rename: { name: "AlarmName", okActions: "OKActions" },
    shape: {
      dimensions: as("Dimensions", pairs("Name")),
      metricQueries: as("Metrics", (value) => list(value).map(metricQuery)),
    },
  },
  "aws:ec2/eip:Eip": { type: "AWS::EC2::EIP", outputs: { id: "AllocationId", publicIp: "PublicIp" } },
  "aws:ec2/flowLog:FlowLog": {
    type: "AWS::EC2::FlowLog",
    rename: { iamRoleArn: "DeliverLogsPermissionArn" },
    shape: { vpcId: (ResourceId) => ({ ResourceId, ResourceType: "VPC" }) },
  },
  "aws:ec2/internetGateway:InternetGateway": {
    type: "AWS::EC2::InternetGateway",
    outputs: { id: "Ref" },
    shape: { vpcId: () => ({}) },
    also: ({ vpcId }, reference) => ({
      Attachment: {
        Type: "AWS::EC2::VPCGatewayAttachment",
        Properties: { VpcId: vpcId, InternetGatewayId: reference },
      },
    }),
  },
  "aws:ec2/natGateway:NatGateway": { type: "AWS::EC2::NatGateway", outputs: { id: "Ref" } },
  "aws:ec2/route:Route": { type: "AWS::EC2::Route" },
  "aws:ec2/routeTable:RouteTable": { type: "AWS::EC2::RouteTable", outputs: { id: "Ref" } },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": { type: "AWS::EC2::SubnetRouteTableAssociation" },
  "aws:ec2/securityGroup:SecurityGroup": {
    type: "AWS::EC2::SecurityGroup",
    outputs: { id: "GroupId" },
    rename: { description: "GroupDescription", name: "GroupName" },
  },
  "aws:ec2/subnet:Subnet": { type: "AWS::EC2::Subnet", outputs: { id: "Ref" } },
  "aws:ec2/vpc:Vpc": { type: "AWS::EC2::VPC", outputs: { id: "Ref" } },
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    type: "AWS::EC2::VPCEndpoint",
    // CloudFormation cannot tell an endpoint's prefix list; each region has another.
    outputs: { id: "Ref", prefixListId: "pl-0123456789abcdef0" },
    shape: { policy: as("PolicyDocument") },
  },
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": {
    type: "AWS::ECR::Repository",
    partOf: { type: "aws:ecr/repository:Repository", by: "repository" },
    shape: { policy: (LifecyclePolicyText) => ({ LifecyclePolicy: { LifecyclePolicyText } }) },
  },
  "aws:ecr/repository:Repository": {
    type: "AWS::ECR::Repository",
    outputs: { name: "Ref", id: "Ref", arn: "Arn", repositoryUrl: "RepositoryUri" },
    rename: { name: "RepositoryName", forceDelete: "EmptyOnDelete" },
    shape: { encryptionConfigurations: as("EncryptionConfiguration", first) },
  },
  "aws:ecs/cluster:Cluster": {
    type: "AWS::ECS::Cluster",
    outputs: { id: "Arn", arn: "Arn", name: "Ref" },
    rename: { name: "ClusterName", settings: "ClusterSettings" },
  },
  "aws:ecs/service:Service": {
    type: "AWS::ECS::Service",
    outputs: { id: "Ref", arn: "Ref", name: "Name" },
    rename: { enableEcsManagedTags: "EnableECSManagedTags", name: "ServiceName" },
    shape: {
      networkConfiguration: as("NetworkConfiguration", awsvpc),
      deploymentCircuitBreaker: (value) => ({
        DeploymentConfiguration: { DeploymentCircuitBreaker: capitals(value) },
      }),
      deploymentMinimumHealthyPercent: (value) => ({
        DeploymentConfiguration: { MinimumHealthyPercent: value },
      }),
      deploymentMaximumPercent: (value) => ({ DeploymentConfiguration: { MaximumPercent: value } }),
    },
    without: {
      waitForSteadyState: "how long Pulumi waits",
      forceNewDeployment: "what Pulumi does at an update",
    },
  },
  "aws:ecs/taskDefinition:TaskDefinition": {
    type: "AWS::ECS::TaskDefinition",
    outputs: {
      id: "Ref",
      arn: "Ref",
      arnWithoutRevision: ({ family }) =>
        `arn:\${AWS::Partition}:ecs:\${AWS::Region}:\${AWS::AccountId}:task-definition/${String(family)}`,
    },
    shape: {
      containerDefinitions: as("ContainerDefinitions", (value) => list(parsed(value)).map(container)),
      skipDestroy: () => ({}),
    },
    attributes: ({ skipDestroy }) =>
      skipDestroy === true ? { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" } : {},
  },
  "aws:glue/catalogDatabase:CatalogDatabase": {
    type: "AWS::Glue::Database",
    outputs: { id: "Ref", name: "Ref" },
    shape: {
      name: (Name) => ({ CatalogId: "«account»", DatabaseInput: { Name } }),
      description: (Description) => ({ DatabaseInput: { Description } }),
      locationUri: (LocationUri) => ({ DatabaseInput: { LocationUri } }),
    },
  },
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
    type: "AWS::IAM::OIDCProvider",
    outputs: { id: "Arn", arn: "Arn" },
    rename: { clientIdLists: "ClientIdList", thumbprintLists: "ThumbprintList" },
  },
  "aws:iam/policy:Policy": {
    type: "AWS::IAM::ManagedPolicy",
    outputs: { id: "PolicyArn", arn: "PolicyArn" },
    rename: { name: "ManagedPolicyName" },
    shape: { policy: as("PolicyDocument") },
  },
  "aws:iam/role:Role": {
    type: "AWS::IAM::Role",
    outputs: { id: "Ref", name: "Ref", arn: "Arn" },
    rename: { name: "RoleName" },
    shape: { assumeRolePolicy: as("AssumeRolePolicyDocument") },
  },
  "aws:iam/rolePolicy:RolePolicy": {
    // Its own counterpart, AWS::IAM::RolePolicy, is the same, and checkov does not look at it.
    type: "AWS::IAM::Policy",
    shape: {
      role: (role) => ({ Roles: [role], PolicyName: "policy" }),
      policy: as("PolicyDocument"),
    },
  },
  "aws:kms/alias:Alias": { type: "AWS::KMS::Alias", rename: { name: "AliasName" } },
  "aws:kms/key:Key": {
    type: "AWS::KMS::Key",
    outputs: { id: "Ref", arn: "Arn" },
    rename: { deletionWindowInDays: "PendingWindowInDays" },
    shape: { policy: as("KeyPolicy") },
  },
  "aws:lb/listener:Listener": {
    type: "AWS::ElasticLoadBalancingV2::Listener",
    outputs: { id: "Ref", arn: "Ref" },
    shape: {
      certificateArn: (CertificateArn) => ({ Certificates: [{ CertificateArn }] }),
      defaultActions: as("DefaultActions", actions),
    },
  },
  "aws:lb/listenerRule:ListenerRule": {
    type: "AWS::ElasticLoadBalancingV2::ListenerRule",
    outputs: { id: "Ref", arn: "Ref" },
    shape: {
      actions: as("Actions", actions),
      conditions: as("Conditions", (value) => list(value).map(condition)),
    },
  },
  "aws:lb/loadBalancer:LoadBalancer": {
    type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
    outputs: {
      id: "Ref",
      arn: "Ref",
      arnSuffix: "LoadBalancerFullName",
      dnsName: "DNSName",
      zoneId: "CanonicalHostedZoneID",
    },
    rename: { loadBalancerType: "Type" },
    shape: {
      internal: (internal) => ({ Scheme: internal === true ? "internal" : "internet-facing" }),
      dropInvalidHeaderFields: attribute(
        "LoadBalancerAttributes",
        "routing.http.drop_invalid_header_fields.enabled",
      ),
      enableDeletionProtection: attribute("LoadBalancerAttributes", "deletion_protection.enabled"),
      idleTimeout: attribute("LoadBalancerAttributes", "idle_timeout.timeout_seconds"),
      desyncMitigationMode: attribute("LoadBalancerAttributes", "routing.http.desync_mitigation_mode"),
      accessLogs: (value) => {
        const { enabled, bucket, prefix } = record(value);
        return {
          LoadBalancerAttributes: [
            { Key: "access_logs.s3.enabled", Value: String(enabled) },
            { Key: "access_logs.s3.bucket", Value: bucket },
            ...(prefix === undefined ? [] : [{ Key: "access_logs.s3.prefix", Value: prefix }]),
          ],
        };
      },
    },
  },
  "aws:lb/targetGroup:TargetGroup": {
    type: "AWS::ElasticLoadBalancingV2::TargetGroup",
    outputs: { id: "Ref", arn: "Ref", arnSuffix: "TargetGroupFullName", name: "TargetGroupName" },
    without: { namePrefix: "CloudFormation chooses a whole name, or none of it" },
    shape: {
      deregistrationDelay: attribute("TargetGroupAttributes", "deregistration_delay.timeout_seconds"),
      loadBalancingAlgorithmType: attribute("TargetGroupAttributes", "load_balancing.algorithm.type"),
      slowStart: attribute("TargetGroupAttributes", "slow_start.duration_seconds"),
      healthCheck: (value) => {
        const {
          enabled,
          path,
          port,
          protocol,
          interval,
          timeout,
          healthyThreshold,
          unhealthyThreshold,
          matcher,
          ...others
        } = record(value);
        return Object.fromEntries(
          Object.entries({
            HealthCheckEnabled: enabled,
            HealthCheckPath: path,
            HealthCheckPort: port,
            HealthCheckProtocol: protocol,
            HealthCheckIntervalSeconds: interval,
            HealthCheckTimeoutSeconds: timeout,
            HealthyThresholdCount: healthyThreshold,
            UnhealthyThresholdCount: unhealthyThreshold,
            Matcher: matcher === undefined ? undefined : { HttpCode: matcher },
            ...record(capitals(others)),
          }).filter(([, inner]) => inner !== undefined),
        );
      },
    },
  },
  "aws:rds/eventSubscription:EventSubscription": {
    type: "AWS::RDS::EventSubscription",
    rename: { name: "SubscriptionName", snsTopic: "SnsTopicArn" },
  },
  "aws:rds/instance:Instance": {
    type: "AWS::RDS::DBInstance",
    outputs: {
      id: "DbiResourceId",
      identifier: "Ref",
      address: "Endpoint.Address",
      arn: "DBInstanceArn",
      resourceId: "DbiResourceId",
      secret: "MasterUserSecret.SecretArn",
    },
    rename: {
      backupWindow: "PreferredBackupWindow",
      caCertIdentifier: "CACertificateIdentifier",
      dbName: "DBName",
      dbSubnetGroupName: "DBSubnetGroupName",
      enabledCloudwatchLogsExports: "EnableCloudwatchLogsExports",
      iamDatabaseAuthenticationEnabled: "EnableIAMDatabaseAuthentication",
      identifier: "DBInstanceIdentifier",
      instanceClass: "DBInstanceClass",
      maintenanceWindow: "PreferredMaintenanceWindow",
      multiAz: "MultiAZ",
      parameterGroupName: "DBParameterGroupName",
      performanceInsightsEnabled: "EnablePerformanceInsights",
      performanceInsightsKmsKeyId: "PerformanceInsightsKMSKeyId",
      username: "MasterUsername",
      vpcSecurityGroupIds: "VPCSecurityGroups",
    },
    shape: {
      // Text there.
      allocatedStorage: (value) => ({ AllocatedStorage: String(value) }),
      masterUserSecretKmsKeyId: (KmsKeyId) => ({ MasterUserSecret: { KmsKeyId } }),
    },
    without: {
      finalSnapshotIdentifier: "CloudFormation names snapshots itself",
      skipFinalSnapshot: "becomes DeletionPolicy",
    },
    attributes: ({ skipFinalSnapshot }) => {
      const policy = skipFinalSnapshot === true ? "Delete" : "Snapshot";
      return { DeletionPolicy: policy, UpdateReplacePolicy: policy };
    },
  },
  "aws:rds/parameterGroup:ParameterGroup": {
    type: "AWS::RDS::DBParameterGroup",
    outputs: { id: "Ref", name: "Ref" },
    shape: {
      // When each is applied, CloudFormation decides itself.
      parameters: as("Parameters", (value) =>
        Object.fromEntries(list(value).map((parameter) => [record(parameter).name, record(parameter).value])),
      ),
    },
  },
  "aws:rds/subnetGroup:SubnetGroup": {
    type: "AWS::RDS::DBSubnetGroup",
    outputs: { id: "Ref", name: "Ref" },
    rename: { description: "DBSubnetGroupDescription", name: "DBSubnetGroupName" },
  },
  "aws:s3/bucket:Bucket": {
    type: "AWS::S3::Bucket",
    outputs: { id: "Ref", bucket: "Ref", name: "Ref", arn: "Arn" },
    rename: { bucket: "BucketName" },
    without: { forceDestroy: "what Pulumi does at a deletion" },
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
    type: "AWS::S3::Bucket",
    partOf: bucketOf,
    shape: {
      rules: (value) => ({
        LifecycleConfiguration: {
          Rules: list(value).map((rule) => {
            const { expiration, filter, transitions, ...rest } = record(rule);
            const { days, expiredObjectDeleteMarker } = record(expiration);
            return {
              ...record(capitals(rest)),
              ...(record(filter).prefix !== undefined && { Prefix: record(filter).prefix }),
              ...(days !== undefined && { ExpirationInDays: days }),
              ...(expiredObjectDeleteMarker !== undefined && {
                ExpiredObjectDeleteMarker: expiredObjectDeleteMarker,
              }),
              ...(transitions !== undefined && {
                Transitions: list(transitions).map((transition) => ({
                  StorageClass: record(transition).storageClass,
                  TransitionInDays: record(transition).days,
                })),
              }),
            };
          }),
        },
      }),
    },
  },
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": {
    type: "AWS::S3::Bucket",
    partOf: bucketOf,
    shape: {
      rule: (value) => ({ ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule: capitals(value) } }),
    },
  },
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
    type: "AWS::S3::Bucket",
    partOf: bucketOf,
    shape: { rule: (value) => ({ OwnershipControls: { Rules: [capitals(value)] } }) },
  },
  "aws:s3/bucketPolicy:BucketPolicy": {
    type: "AWS::S3::BucketPolicy",
    shape: { policy: as("PolicyDocument") },
  },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
    type: "AWS::S3::Bucket",
    partOf: bucketOf,
    shape: Object.fromEntries(
      ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].map((key) => [
        key,
        (value: unknown) => ({ PublicAccessBlockConfiguration: { [capital(key)]: value } }),
      ]),
    ),
  },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
    type: "AWS::S3::Bucket",
    partOf: bucketOf,
    shape: {
      rules: (value) => ({
        BucketEncryption: {
          ServerSideEncryptionConfiguration: list(value).map((rule) => {
            const { applyServerSideEncryptionByDefault, bucketKeyEnabled } = record(rule);
            const { kmsMasterKeyId, sseAlgorithm } = record(applyServerSideEncryptionByDefault);
            return {
              ...(bucketKeyEnabled !== undefined && { BucketKeyEnabled: bucketKeyEnabled }),
              ServerSideEncryptionByDefault: {
                SSEAlgorithm: sseAlgorithm,
                ...(kmsMasterKeyId !== undefined && { KMSMasterKeyID: kmsMasterKeyId }),
              },
            };
          }),
        },
      }),
    },
  },
  "aws:s3/bucketVersioning:BucketVersioning": {
    type: "AWS::S3::Bucket",
    partOf: bucketOf,
    shape: { versioningConfiguration: as("VersioningConfiguration", capitals) },
  },
  "aws:scheduler/schedule:Schedule": {
    type: "AWS::Scheduler::Schedule",
    shape: { target: as("Target", scheduleTarget) },
  },
  "aws:scheduler/scheduleGroup:ScheduleGroup": {
    type: "AWS::Scheduler::ScheduleGroup",
    outputs: { id: "Ref", name: "Ref", arn: "Arn" },
  },
  "aws:sns/topic:Topic": {
    type: "AWS::SNS::Topic",
    outputs: { id: "Ref", arn: "Ref", name: "TopicName" },
    rename: { name: "TopicName" },
  },
  "aws:sns/topicPolicy:TopicPolicy": {
    type: "AWS::SNS::TopicPolicy",
    shape: { arn: (arn) => ({ Topics: [arn] }), policy: as("PolicyDocument") },
  },
  "aws:sns/topicSubscription:TopicSubscription": {
    type: "AWS::SNS::Subscription",
    rename: { topic: "TopicArn" },
  },
  "aws:sqs/queue:Queue": {
    type: "AWS::SQS::Queue",
    outputs: { id: "Ref", url: "Ref", arn: "Arn", name: "QueueName" },
    rename: {
      maxMessageSize: "MaximumMessageSize",
      messageRetentionSeconds: "MessageRetentionPeriod",
      name: "QueueName",
      receiveWaitTimeSeconds: "ReceiveMessageWaitTimeSeconds",
      visibilityTimeoutSeconds: "VisibilityTimeout",
    },
    shape: { redrivePolicy: as("RedrivePolicy"), redriveAllowPolicy: as("RedriveAllowPolicy") },
  },
  "aws:sqs/queuePolicy:QueuePolicy": {
    type: "AWS::SQS::QueuePolicy",
    shape: { queueUrl: (url) => ({ Queues: [url] }), policy: as("PolicyDocument") },
  },
  "aws:transfer/server:Server": {
    type: "AWS::Transfer::Server",
    outputs: { id: "ServerId", arn: "Arn" },
  },
  "aws:transfer/sshKey:SshKey": {
    type: "AWS::Transfer::User",
    partOf: { type: "aws:transfer/user:User", by: "userName", key: "userName" },
    shape: { body: (body) => ({ SshPublicKeys: [body] }), serverId: () => ({}) },
  },
  "aws:transfer/user:User": { type: "AWS::Transfer::User", outputs: { id: "Ref" } },
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
    type: "AWS::EC2::SecurityGroupEgress",
    rename: {
      cidrIpv4: "CidrIp",
      prefixListId: "DestinationPrefixListId",
      referencedSecurityGroupId: "DestinationSecurityGroupId",
      securityGroupId: "GroupId",
    },
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
    type: "AWS::EC2::SecurityGroupIngress",
    rename: {
      cidrIpv4: "CidrIp",
      prefixListId: "SourcePrefixListId",
      referencedSecurityGroupId: "SourceSecurityGroupId",
      securityGroupId: "GroupId",
    },
  },
};
