"""A stack's registry, tasks and service in moto, with what moto leaves out: how tasks and deployments end.

deploys.py FOLDER: FOLDER/exit has the exit code of tasks; FOLDER/broken the digest of an image that does not start. Prints its
address, and serves until it is killed.
"""

import json
import os
import sys
import threading
from pathlib import Path

os.environ.update(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b", AWS_DEFAULT_REGION="eu-west-3", MOTO_ECS_SERVICE_RUNNING="2")

import boto3
from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.moto_api import state_manager
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

folder, stack, container = Path(sys.argv[1]), "landfall-dev", "landfall"
# Each description of a task finds it a state further.
state_manager.set_transition("ecs::task", {"progression": "manual", "times": 1})
run, update, describe = Backend.run_task, Backend.update_service, Backend.describe_services
coming = {}


def ran(self, *args, **options):
    tasks = run(self, *args, **options)
    for task in tasks:
        # moto has no containers of Fargate's tasks that end.
        task.containers[0].exitCode = int((folder / "exit").read_text())
        task.stopped_reason = "Essential container in task exited"
    return tasks


def updated(self, properties):
    wanted = properties["task_definition"]
    service = update(self, properties)
    before = service.deployments[0]
    if before["taskDefinition"] != wanted:
        image = self.describe_task_definition(wanted).container_definitions[0]["image"]
        new = before | {"taskDefinition": wanted, "rolloutState": "IN_PROGRESS", "rolloutStateReason": "in progress"}
        service.deployments = [new, before | {"status": "ACTIVE"}]
        if image.endswith((folder / "broken").read_text().strip() or "none"):
            # What the circuit breaker does.
            back = before | {"rolloutState": "IN_PROGRESS", "rolloutStateReason": "rolling back: circuit breaker"}
            coming[service.name] = [[new, before], [back], [back]]
        else:
            coming[service.name] = [[new, before], [new | {"rolloutState": "COMPLETED", "rolloutStateReason": "completed"}]]
    return service


def described(self, *args, **options):
    services, failures = describe(self, *args, **options)
    for service in services:
        if steps := coming.get(service.name):
            service.deployments = steps.pop(0)
    return services, failures


Backend.run_task, Backend.update_service, Backend.describe_services = ran, updated, described
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
address = "http://{}:{}".format(*server.get_host_and_port())
ec2, ecr, ecs = (boto3.client(service, endpoint_url=address) for service in ("ec2", "ecr", "ecs"))

vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
group = ec2.create_security_group(VpcId=vpc, GroupName="tasks", Description="tasks")["GroupId"]
network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group], "assignPublicIp": "DISABLED"}}
repository = ecr.create_repository(repositoryName=stack)["repository"]["repositoryUri"]
digests = []
for letter in "ab":
    layer = {"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": 1, "digest": f"sha256:{letter * 64}"}
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {**layer, "mediaType": "application/vnd.docker.container.image.v1+json"},
        "layers": [layer],
    }
    put = ecr.put_image(repositoryName=stack, imageTag=letter, imageManifest=json.dumps(manifest))
    digests.append(put["image"]["imageId"]["imageDigest"])
assert len(set(digests)) == 2
ecs.create_cluster(clusterName=stack)


def define(command, digest):
    return ecs.register_task_definition(
        family=f"{stack}-{command}", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="512", memory="1024",
        containerDefinitions=[{"name": container, "image": f"{repository}@{digest}", "memory": 1024, "essential": True}],
    )["taskDefinition"]["taskDefinitionArn"]


definitions = {command: define(command, digests[0]) for command in ("import", "migrate", "serve")}
ecs.create_service(
    cluster=stack, serviceName=f"{stack}-serve", taskDefinition=definitions["serve"], desiredCount=2, launchType="FARGATE",
    networkConfiguration=network,
)
for name, content in {
    "network": json.dumps(network), "images": " ".join(digests), "repository": repository, "image": digests[0],
    "exit": "0", "broken": "", "config.image": digests[0],
    **{f"definition.{command}": arn for command, arn in definitions.items()},
}.items():
    (folder / name).write_text(content)
print(address, flush=True)
threading.Event().wait()
