// An encryption key that rotates yearly.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "./role";
import type { Site } from "./site";

interface KeyArgs {
  description: string;
  site: Site;
  /** Which services may use it, beyond what roles of this account are allowed to. */
  statements: Statement[];
  /** Refuses to delete it: what it encrypted, snapshots included, would be lost with it. */
  protect: boolean;
  /** Pulumi forgets it rather than deleting it: something that is encrypted with it outlives the stack. */
  retain?: boolean;
}

export class EncryptionKey extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly id: pulumi.Output<string>;

  constructor(name: string, args: KeyArgs, opts: pulumi.ComponentResourceOptions) {
    super("landfall:kms:EncryptionKey", name, {}, opts);
    const { partition, account } = args.site;
    const key = new aws.kms.Key(
      name,
      {
        description: args.description,
        enableKeyRotation: true,
        // Long enough to notice that something still needed it.
        deletionWindowInDays: 30,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            {
              // Leaves it to roles who may use the key; without this, the key could never be changed.
              Sid: "Account",
              Effect: "Allow",
              Principal: { AWS: pulumi.interpolate`arn:${partition}:iam::${account}:root` },
              Action: "kms:*",
              Resource: "*",
            },
            ...args.statements,
          ],
        }),
      },
      { parent: this, protect: args.protect, retainOnDelete: args.retain ?? false },
    );
    new aws.kms.Alias(name, { name: `alias/${name}`, targetKeyId: key.id }, { parent: this });
    this.arn = key.arn;
    this.id = key.id;
    this.registerOutputs({ arn: this.arn });
  }
}
