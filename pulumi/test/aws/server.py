"""A stack's database and tasks in moto, which here refuses what AWS refuses and takes its time as AWS does.

server.py FOLDER: FOLDER/answers.json has what the tasks print. Prints its address, and serves until it is killed.
"""

import json
import os
import re
import sys
import threading
import uuid
from datetime import datetime, timezone

os.environ.update(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b", AWS_DEFAULT_REGION="eu-west-3")

import boto3
from moto.core.utils import unix_time_millis
from moto.ecs.models import EC2ContainerServiceBackend
from moto.logs.models import logs_backends
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.rds.exceptions import DBInstanceAlreadyExists, InvalidParameterCombination, RDSClientError
from moto.rds.models import DBInstance, MasterUserSecret, RDSBackend

folder, region, stack = sys.argv[1], "eu-west-3", "landfall-dev"
LATEST = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)


class Database:
    """What moto leaves out of a DBInstance, by identity: a rename must not lose it."""

    steps: dict[int, list] = {}

    @classmethod
    def then(cls, instance, *steps):
        """Each time all instances are described, the next step is done."""
        cls.steps.setdefault(id(instance), []).extend(steps)

    @classmethod
    def describe(cls):
        for steps in cls.steps.values():
            if steps:
                steps.pop(0)()


def wait():
    pass


create, describe, modify = DBInstance.__init__, RDSBackend.describe_db_instances, RDSBackend.modify_db_instance
restore, delete = RDSBackend.restore_db_instance_to_point_in_time, RDSBackend.delete_db_instance


def created(self, *args, **options):
    create(self, *args, **options)
    self.dbi_resource_id = "db-" + uuid.uuid4().hex[:26].upper()


def described(self, db_instance_identifier=None, filters=None):
    Database.describe()
    return describe(self, db_instance_identifier, filters)


def status(instance, value):
    return lambda: setattr(instance, "status", value)


def restored(self, source_db_identifier, target_db_identifier, overrides):
    source = describe(self, source_db_identifier)[0]
    if overrides.get("manage_master_user_password") and source.engine == "postgres":
        raise InvalidParameterCombination("ManageMasterUserPassword isn't supported for restores of postgres")
    if bool(overrides.get("restore_time")) == bool(overrides.get("use_latest_restorable_time")):
        raise InvalidParameterCombination("Specify exactly one of RestoreTime and UseLatestRestorableTime")
    if str(overrides["restore_time"])[:19].replace("T", " ") > str(LATEST)[:19]:
        raise RDSClientError("InvalidRestoreFault", "RestoreTime is after LatestRestorableTime")
    if overrides.get("multi_az") and overrides.get("availability_zone"):
        raise InvalidParameterCombination("AvailabilityZone can't be specified for Multi-AZ")
    if target_db_identifier in self.databases:
        raise DBInstanceAlreadyExists()
    if source.status != "available":
        raise RDSClientError("InvalidDBInstanceState", f"{source_db_identifier} is {source.status}")
    restore(self, source_db_identifier, target_db_identifier, overrides)
    copy = self.databases[target_db_identifier]
    if getattr(copy, "master_user_secret", None):
        copy.master_user_secret.delete_secret()
        del copy.master_user_secret
    copy.manage_master_user_password = False
    # What AWS does not take over from the source.
    copy.multi_az = bool(overrides.get("multi_az"))
    copy.deletion_protection = bool(overrides.get("deletion_protection"))
    copy.enable_iam_database_authentication = bool(overrides.get("enable_iam_database_authentication"))
    copy.tags = overrides.get("tags") or []
    copy.enabled_cloudwatch_logs_exports = overrides.get("enable_cloudwatch_logs_exports") or []
    if not overrides.get("db_parameter_group_name"):
        copy.db_parameter_group_name = "default.postgres17"
    if not overrides.get("vpc_security_group_ids"):
        copy.vpc_security_group_ids = ["sg-default"]
    copy.status = "creating"
    Database.then(copy, wait, status(copy, "backing-up"), status(copy, "available"))
    return copy


def modified(self, db_instance_identifier, db_kwargs):
    instance = describe(self, db_instance_identifier)[0]
    if instance.status != "available":
        raise RDSClientError("InvalidDBInstanceState", f"{db_instance_identifier} is {instance.status}")
    name = db_kwargs.pop("new_db_instance_identifier", None)
    if name and name in self.databases:
        raise DBInstanceAlreadyExists()
    if db_kwargs.get("manage_master_user_password"):
        if db_kwargs.get("master_user_password"):
            raise InvalidParameterCombination("MasterUserPassword excludes ManageMasterUserPassword")
        if getattr(instance, "master_user_secret", None):
            raise InvalidParameterCombination("the password is managed already")
        instance.master_user_secret = MasterUserSecret(instance, db_kwargs.pop("master_user_secret_kms_key_id", None))
        del db_kwargs["manage_master_user_password"]
        # The status of the instance follows later than the answer, and the secret is not usable at once.
        Database.then(instance, wait, status(instance, "resetting-master-credentials"), wait,
                      lambda: setattr(instance.master_user_secret, "done", True), status(instance, "available"))
        instance.manage_master_user_password = True
    if name:
        if not db_kwargs.get("apply_immediately"):
            raise RDSClientError("InvalidParameterValue", "the name would change in the maintenance window only")
        old = instance.db_instance_identifier

        def gone():
            del self.databases[old]

        instance.pending_modified_values = {"DBInstanceIdentifier": name}

        def back():
            del instance.pending_modified_values
            instance.db_instance_identifier = name
            instance.status = "available"
            self.databases[name] = instance

        Database.then(instance, wait, status(instance, "renaming"), gone, wait, back)
    return modify(self, db_instance_identifier, db_kwargs)


def deleted(self, db_instance_identifier, final_db_snapshot_identifier=None, skip_final_snapshot=False, **others):
    if bool(skip_final_snapshot) == bool(final_db_snapshot_identifier):
        raise InvalidParameterCombination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified")
    instance = delete(self, db_instance_identifier, final_db_snapshot_identifier, skip_final_snapshot, **others)
    self.databases[db_instance_identifier] = instance
    Database.then(instance, wait, wait, lambda: self.databases.pop(db_instance_identifier))
    return instance


DBInstance.__init__, RDSBackend.describe_db_instances, RDSBackend.modify_db_instance = created, described, modified
RDSBackend.restore_db_instance_to_point_in_time, RDSBackend.delete_db_instance = restored, deleted
DBInstance.latest_restorable_time = property(lambda self: LATEST)
MasterUserSecret.secret_status = property(lambda self: "active" if getattr(self, "done", False) else "creating")
run = EC2ContainerServiceBackend.run_task


def ran(self, *args, **options):
    tasks = run(self, *args, **options)
    for task in tasks:
        code, lines = landfall(self, task)
        task.containers[0].exitCode = code
        settings = task_definition(self, task)["logConfiguration"]["options"]
        logs = logs_backends[self.account_id][self.region_name]
        stream = f"{settings['awslogs-stream-prefix']}/landfall/{task.task_arn.split('/')[-1]}"
        logs.create_log_stream(settings["awslogs-group"], stream)
        now = int(unix_time_millis())
        logs.put_log_events(settings["awslogs-group"], stream, [{"timestamp": now, "message": line} for line in lines])
    return tasks


def task_definition(self, task):
    return self.describe_task_definition(task.task_definition_arn).container_definitions[0]


def landfall(self, task):
    """What `landfall` does in this task: its exit code, and what it prints."""
    container = task_definition(self, task)
    command = task.overrides["containerOverrides"][0]["command"]
    environment = {each["name"]: each["value"] for each in container["environment"]}
    host = re.search("//([^@]*@)?([^:/]*)", environment["DATABASE_URL"])[2]
    databases = boto("rds").describe_db_instances()["DBInstances"]
    [instance] = [each for each in databases if each["Endpoint"]["Address"] == host]
    secrets = {each["name"]: each["valueFrom"] for each in container["secrets"]}
    if "LANDFALL_RDS_IAM" in environment:
        role = self.describe_task_definition(task.task_definition_arn).task_role_arn.split("/")[-1]
        policies = [boto("iam").get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
                    for name in boto("iam").list_role_policies(RoleName=role)["PolicyNames"]]
        user = re.search("//([^@]*)@", environment["DATABASE_URL"])[1]
        mine = instance["DBInstanceIdentifier"] == stack
        if secrets or not mine and f"dbuser:{instance['DbiResourceId']}/{user}" not in json.dumps(policies):
            return 1, ["PAM authentication failed"]
    elif secrets["PGPASSWORD"] != instance["MasterUserSecret"]["SecretArn"] + ":password::":
        return 1, ["password authentication failed"]
    answers = json.load(open(f"{folder}/answers.json"))
    lines = answers["original" if instance["DBInstanceIdentifier"] == stack else "copy"]
    log = ['{"level":"INFO","message":"started"}']
    match command:
        case ["migrate"]:
            return answers.get("migrate", 0), log
        case ["status", "--json"]:
            days = [line.split(",")[2] for line in lines]
            if not days:
                return 0, log + ["{", "}"]
            return 0, log + ["{", f'      "first_day": "{min(days)}",', f'      "last_day": "{max(days)}",', "}"]
        case ["status", "--counts", *until]:
            time = until[1] if until else "9999"
            landed = [line.split(",") for line in lines if ",landed," in line and line.split(",")[6] <= time]
            records = sum(int(line[5]) for line in landed)
            lost = 0 if instance["DBInstanceIdentifier"] == stack else answers.get("lost", 0)
            return 0, log + [f"counted: spot: {len(landed)} dumps with {records} records; rows: {records} by the ledger, "
                             f"{records - lost} stored",
                             f"counted: freight: {answers.get('freight', 0)} dumps with 7 records; rows: 7 by the ledger, 7 stored"]
        case ["coverage", "--format", "csv", "--from", first, "--to", last]:
            header = "account_id,region,day,state,dump,records,landed_at,reason"
            return 0, [header, *log, *(line for line in lines if first <= line.split(",")[2] <= last)]
    return 2, ["error: unexpected argument"]


EC2ContainerServiceBackend.run_task = ran

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
address = "http://{}:{}".format(*server.get_host_and_port())


def boto(service):
    return boto3.client(service, endpoint_url=address, region_name=region)


# The stack.
ec2, ecs, iam, kms, logs, rds = (boto(service) for service in ("ec2", "ecs", "iam", "kms", "logs", "rds"))
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
subnets = [
    ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=region + zone)["Subnet"]["SubnetId"]
    for n, zone in enumerate("ab")
]
group = ec2.create_security_group(VpcId=vpc, GroupName="database", Description="database")["GroupId"]
key = kms.create_key()["KeyMetadata"]["Arn"]
rds.create_db_subnet_group(DBSubnetGroupName="private", DBSubnetGroupDescription="private", SubnetIds=subnets)
rds.create_db_parameter_group(DBParameterGroupName="parameters", DBParameterGroupFamily="postgres17", Description="-")
rds.create_db_instance(
    DBInstanceIdentifier=stack, Engine="postgres", EngineVersion="17", DBInstanceClass="db.t4g.micro", DBName="landfall",
    AllocatedStorage=20, MaxAllocatedStorage=100, StorageType="gp3", StorageEncrypted=True, KmsKeyId=key,
    DBSubnetGroupName="private", DBParameterGroupName="parameters", VpcSecurityGroupIds=[group], MultiAZ=True,
    MasterUsername="landfall", ManageMasterUserPassword=True, MasterUserSecretKmsKeyId=key, DeletionProtection=True,
    EnableIAMDatabaseAuthentication=True, CopyTagsToSnapshot=True, PubliclyAccessible=False,
    CACertificateIdentifier="rds-ca-rsa2048-g1", EnableCloudwatchLogsExports=["postgresql"],
    Tags=[{"Key": "project", "Value": "landfall"}],
)
logs.create_log_group(logGroupName="/landfall/tasks")
ecs.create_cluster(clusterName=stack)
described_original = rds.describe_db_instances()["DBInstances"][0]
iam.create_role(RoleName="run", AssumeRolePolicyDocument="{}")


def register_migrate(user, environment, secrets):
    host = described_original["Endpoint"]["Address"]
    ecs.register_task_definition(
        family=f"{stack}-migrate", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="512", memory="1024",
        executionRoleArn="arn:aws:iam::123456789012:role/start", taskRoleArn="arn:aws:iam::123456789012:role/run",
        runtimePlatform={"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"}, volumes=[{"name": "scratch"}],
        containerDefinitions=[{
            "name": "landfall", "image": "landfall", "command": ["migrate"], "essential": True,
            # moto takes this for required.
            "memory": 1024,
            "environment": [
                {"name": "DATABASE_URL", "value": f"postgresql://{user}{host}:5432/landfall?sslmode=verify-full"},
                *environment,
            ],
            "secrets": secrets,
            "logConfiguration": {"logDriver": "awslogs", "options": {
                "awslogs-group": "/landfall/tasks", "awslogs-region": region, "awslogs-stream-prefix": "migrate",
            }},
        }],
    )


if os.environ.get("AUTHENTICATION") == "iam":
    register_migrate("landfall_owner@", [{"name": "LANDFALL_RDS_IAM", "value": "true"}], [])
else:
    secret = described_original["MasterUserSecret"]["SecretArn"]
    register_migrate("", [], [
        {"name": "PGUSER", "valueFrom": f"{secret}:username::"},
        {"name": "PGPASSWORD", "valueFrom": f"{secret}:password::"},
    ])
with open(f"{folder}/network.json", "w") as network:
    json.dump({"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [group]}}, network)
print(address, flush=True)
threading.Event().wait()
