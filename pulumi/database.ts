// Postgres: private, encrypted, and with a generated password.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { EncryptionKey } from "./key";
import type { Logs } from "./logs";
import type { Network } from "./network";
import type { Site } from "./site";

/** The master user. */
export const administrator = "landfall";

interface DatabaseArgs {
  site: Site;
  network: Network;
  logs: Logs;
  /** Its major version; minor ones come by themselves. */
  postgres: number;
  applyImmediately: boolean;
  /** Whether tokens of IAM are accepted, besides passwords. */
  acceptsIam: boolean;
  instanceClass: string;
  storage: number;
  storageLimit: number;
  backupDays: number;
  availability: "single" | "high";
  protect: boolean;
}

export class Database extends pulumi.ComponentResource {
  readonly identifier: pulumi.Output<string>;
  readonly address: pulumi.Output<string>;
  readonly port: pulumi.Output<number>;
  /** The database in it. */
  readonly database = "landfall";
  /** What IAM knows the instance by. */
  readonly resourceId: pulumi.Output<string>;
  /** The managed secret with `username` and `password`. */
  readonly secretArn: pulumi.Output<string>;
  /** The key that secret is encrypted with. */
  readonly keyArn: pulumi.Output<string>;
  private readonly group: aws.ec2.SecurityGroup;

  constructor(
    private readonly name: string,
    args: DatabaseArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:database:Database", name, {}, opts);
    const { site, network, logs, protect } = args;
    const key = new EncryptionKey(
      name,
      { description: `Database of ${site.prefix}: rows, backups, password`, site, statements: [], protect },
      { parent: this },
    );
    const subnets = new aws.rds.SubnetGroup(
      name,
      { subnetIds: network.privateSubnetIds, description: `Private subnets of ${site.prefix}` },
      { parent: this },
    );
    this.group = new aws.ec2.SecurityGroup(
      name,
      { vpcId: network.vpcId, description: `${name}: in from tasks only`, tags: { Name: name } },
      { parent: this },
    );
    const parameters = new aws.rds.ParameterGroup(
      name,
      {
        family: `postgres${args.postgres}`,
        description: `Postgres of ${site.prefix}`,
        parameters: [
          { name: "rds.force_ssl", value: "1", applyMethod: "pending-reboot" },
          // What waits longer than a batch takes is worth a line in the log.
          { name: "log_lock_waits", value: "1", applyMethod: "immediate" },
          { name: "log_min_duration_statement", value: "60000", applyMethod: "immediate" },
        ],
      },
      { parent: this },
    );
    // RDS would make these groups itself, and keep them for ever.
    const exports = ["postgresql", "upgrade"];
    const groups = exports.map((log) =>
      logs.group(`database-${log}`, `/aws/rds/instance/${site.prefix}/${log}`),
    );

    const instance = new aws.rds.Instance(
      name,
      {
        identifier: site.prefix,
        engine: "postgres",
        engineVersion: String(args.postgres),
        autoMinorVersionUpgrade: true,
        // A major version waits for no window: the parameter group of the old one would be in use until then, and Pulumi
        // deletes it in the same update.
        applyImmediately: args.applyImmediately,
        allowMajorVersionUpgrade: args.applyImmediately,
        instanceClass: args.instanceClass,
        multiAz: args.availability === "high",
        dbName: this.database,
        parameterGroupName: parameters.name,

        storageType: "gp3",
        allocatedStorage: args.storage,
        maxAllocatedStorage: args.storageLimit,
        storageEncrypted: true,
        kmsKeyId: key.arn,

        dbSubnetGroupName: subnets.name,
        vpcSecurityGroupIds: [this.group.id],
        publiclyAccessible: false,

        username: administrator,
        manageMasterUserPassword: true,
        masterUserSecretKmsKeyId: key.arn,
        iamDatabaseAuthenticationEnabled: args.acceptsIam,

        backupRetentionPeriod: args.backupDays,
        // After the nightly import and its check.
        backupWindow: "08:00-09:00",
        maintenanceWindow: "sun:10:00-sun:11:00",
        copyTagsToSnapshot: true,
        deleteAutomatedBackups: !protect,
        deletionProtection: protect,
        skipFinalSnapshot: false,
        // The key is another one after each beginning, so a stack that is made and deleted again finds its name free.
        finalSnapshotIdentifier: pulumi.interpolate`${site.prefix}-final-${key.id}`,

        performanceInsightsEnabled: true,
        performanceInsightsKmsKeyId: key.arn,
        performanceInsightsRetentionPeriod: 7,
        enabledCloudwatchLogsExports: exports,
      },
      { parent: this, protect, dependsOn: groups },
    );
    this.identifier = instance.identifier;
    this.resourceId = instance.resourceId;
    this.address = instance.address;
    this.port = instance.port;
    this.secretArn = instance.masterUserSecrets.apply((secrets) => {
      const [secret] = secrets;
      if (!secret) {
        throw new Error(`${site.prefix}: RDS made no secret for the password`);
      }
      return secret.secretArn;
    });
    this.keyArn = key.arn;
    this.registerOutputs({ address: this.address, secretArn: this.secretArn });
  }

  /** Lets what carries this security group connect. */
  openTo(id: string, group: aws.ec2.SecurityGroup): void {
    const postgres = { ipProtocol: "tcp", fromPort: this.port, toPort: this.port };
    new aws.vpc.SecurityGroupEgressRule(
      `${id}-to-database`,
      {
        securityGroupId: group.id,
        description: "database",
        referencedSecurityGroupId: this.group.id,
        ...postgres,
      },
      { parent: this },
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${this.name}-from-${id}`,
      { securityGroupId: this.group.id, description: id, referencedSecurityGroupId: group.id, ...postgres },
      { parent: this },
    );
  }
}
