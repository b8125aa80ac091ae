// Where images are kept. A tag is written once; what runs is named by digest.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export class Registry extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly url: pulumi.Output<string>;

  constructor(
    name: string,
    args: { repository: string; protect: boolean },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:registry:Registry", name, {}, opts);
    const repository = new aws.ecr.Repository(
      name,
      {
        name: args.repository,
        imageTagMutability: "IMMUTABLE",
        encryptionConfigurations: [{ encryptionType: "AES256" }],
        forceDelete: !args.protect,
      },
      { parent: this, protect: args.protect },
    );
    new aws.ecr.LifecyclePolicy(
      name,
      {
        repository: repository.name,
        policy: pulumi.jsonStringify({
          rules: [
            {
              rulePriority: 1,
              description: "pushes that were broken off",
              selection: {
                tagStatus: "untagged",
                countType: "sinceImagePushed",
                countUnit: "days",
                countNumber: 7,
              },
              action: { type: "expire" },
            },
            {
              // Far more than a rollback needs; the running image is among the newest.
              rulePriority: 2,
              description: "all but the newest hundred",
              selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 100 },
              action: { type: "expire" },
            },
          ],
        }),
      },
      { parent: this },
    );
    this.arn = repository.arn;
    this.name = repository.name;
    this.url = repository.repositoryUrl;
    this.registerOutputs({ url: this.url });
  }
}
