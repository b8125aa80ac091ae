// Region and partition of a stack, and the names of its resources.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface Site {
  /** What every name begins with: `landfall-STACK`. */
  prefix: string;
  region: string;
  partition: pulumi.Output<string>;
  /** `amazonaws.com`, or that of the partition. */
  domain: pulumi.Output<string>;
  account: pulumi.Output<string>;
}

export function site(stack: string, region: string, provider: aws.Provider): Site {
  const partition = aws.getPartitionOutput({}, { provider });
  return {
    prefix: `landfall-${stack}`,
    region,
    partition: partition.partition,
    domain: partition.dnsSuffix,
    account: aws.getCallerIdentityOutput({}, { provider }).accountId,
  };
}
