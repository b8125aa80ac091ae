"""Runs the tools of scripts/check-aws over a folder of templates, and tells what they found that check-aws.toml does not name.

One template has a mistake for each tool, which it has to find: so none of them passes because it looked at nothing.
"""

import fnmatch
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from parliament import analyze_policy_string

PLANTED = "planted-mistakes"
# What each tool has to say of them.
MISTAKES = {
    "cfn-lint": ("E3025", "InstanceLandfallDevDatabase"),
    "checkov": ("CKV_AWS_16", "InstanceLandfallDevDatabase"),
    "parliament": ("UNKNOWN_ACTION", "RolePolicyLandfallDevTasksRun"),
}

# Policies name resources by ARN; parliament asks whether an action goes with that kind. {0} is a resource's name.
ARNS = {
    "AWS::ECR::Repository": "ecr:eu-west-3:111122223333:repository/{0}",
    "AWS::ECS::Cluster": "ecs:eu-west-3:111122223333:cluster/{0}",
    "AWS::ECS::Service": "ecs:eu-west-3:111122223333:service/cluster/{0}",
    "AWS::ECS::TaskDefinition": "ecs:eu-west-3:111122223333:task-definition/{0}:1",
    "AWS::Events::Rule": "events:eu-west-3:111122223333:rule/{0}",
    "AWS::IAM::ManagedPolicy": "iam::111122223333:policy/{0}",
    "AWS::IAM::OIDCProvider": "iam::111122223333:oidc-provider/{0}",
    "AWS::IAM::Role": "iam::111122223333:role/{0}",
    "AWS::KMS::Key": "kms:eu-west-3:111122223333:key/00000000-0000-0000-0000-000000000000",
    "AWS::RDS::DBInstance": "rds:eu-west-3:111122223333:db:{0}",
    "AWS::S3::Bucket": "s3:::{0}",
    "AWS::SNS::Topic": "sns:eu-west-3:111122223333:{0}",
    "AWS::SQS::Queue": "sqs:eu-west-3:111122223333:{0}",
    "AWS::Scheduler::ScheduleGroup": "scheduler:eu-west-3:111122223333:schedule-group/{0}",
}
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-3",
    "AWS::AccountId": "111122223333",
    "AWS::URLSuffix": "amazonaws.com",
}


def regions():
    """Those whose databases the image can verify; no others can be deployed to."""
    listing = subprocess.run(
        ["openssl", "storeutl", "-noout", "-text", "-certs", "image/rds.pem"], check=True, capture_output=True, text=True
    ).stdout
    found = sorted(set(re.findall(r"Subject:.*Amazon RDS (\S+) Root CA", listing)))
    assert len(found) > 20, found
    return found


def tool(*command):
    """What a tool wrote as JSON. They end with other codes than 0 when they find something; only what they print counts."""
    ended = subprocess.run([Path(sys.executable).with_name(command[0]), *command[1:]], capture_output=True, text=True)
    try:
        return json.loads(ended.stdout)
    except ValueError:
        sys.exit(f"{command[0]} ended with {ended.returncode} and said:\n{ended.stdout}\n{ended.stderr}")


def cfn_lint(templates):
    found = tool("cfn-lint", "--format", "json", "--regions", *regions(), "--", *map(str, templates))
    for finding in found:
        path = finding["Location"]["Path"] or []
        yield (
            Path(finding["Filename"]).stem,
            finding["Rule"]["Id"],
            str(path[1]) if path[:1] == ["Resources"] and len(path) > 1 else "",
            finding["Message"][:120] + finding["Message"][120:][-40:],
        )


def checkov(templates):
    files = [argument for template in templates for argument in ("--file", str(template))]
    report = tool("checkov", "--compact", "--quiet", "--skip-download", "--framework", "cloudformation", "--output", "json", *files)
    assert report["summary"]["parsing_errors"] == 0, report["summary"]
    for finding in report["results"]["failed_checks"]:
        yield (
            Path(finding["file_path"]).stem,
            finding["check_id"],
            finding["resource"].split(".")[-1],
            finding["check_name"],
        )


def parliament(templates):
    for template in templates:
        resources = json.loads(template.read_text())["Resources"]
        policies = 0
        for name, resource in resources.items():
            for key in ("PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy"):
                if policy := resource["Properties"].get(key):
                    policies += 1
                    document = plain(policy, resources)
                    if key == "AssumeRolePolicyDocument":
                        # It has no resources; the tool takes it for one of the other kind.
                        for statement in document["Statement"]:
                            statement["Resource"] = "arn:aws:iam::111122223333:role/role"
                    for finding in analyze_policy_string(json.dumps(document)).findings:
                        message = f"{key}: {finding.detail} {finding.location.get('string', '')}"
                        yield template.stem, finding.issue, name, message[:200]
        assert policies > 10, f"{template} has {policies} policies"


def plain(value, resources):
    """A value with a real name wherever CloudFormation would put one."""
    if isinstance(value, list):
        return [plain(inner, resources) for inner in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(key, inner)] = value.items()
        if key == "Fn::Sub":
            return re.sub(r"\$\{([^!}]+)\}", lambda match: named(match[1], resources), inner)
        if key == "Ref":
            return named(inner, resources)
        if key == "Fn::GetAtt":
            return named(".".join(inner), resources)
    return {key: plain(inner, resources) for key, inner in value.items()}


def named(reference, resources):
    if reference in PSEUDO:
        return PSEUDO[reference]
    name, _, attribute = reference.partition(".")
    kind = resources[name]["Type"]
    if attribute == "MasterUserSecret.SecretArn":
        return "arn:aws:secretsmanager:eu-west-3:111122223333:secret:name-abcdef"
    if attribute.endswith("Arn") or kind == "AWS::SNS::Topic":
        return f"arn:aws:{ARNS[kind].format(name)}"
    return name


def main():
    templates = sorted(Path(sys.argv[1]).glob("*.json"))
    exceptions = tomllib.loads(Path("scripts/check-aws.toml").read_text())["exception"]
    used, wrong = set(), 0
    for check in (cfn_lint, checkov, parliament):
        name = check.__name__.replace("_", "-")
        found = set(check(templates))
        planted = {(rule, resource) for template, rule, resource, _ in found if template == PLANTED}
        if MISTAKES[name] not in planted:
            wrong += 1
            print(f"{name} did not find the planted {' in '.join(MISTAKES[name])}, but {sorted(planted)}")
        kept = 0
        for template, rule, resource, message in sorted(found):
            if template == PLANTED:
                continue
            matching = [
                index
                for index, exception in enumerate(exceptions)
                if exception["rule"] == rule
                and fnmatch.fnmatchcase(resource, exception["resource"])
                and fnmatch.fnmatchcase(template, exception.get("template", "*"))
            ]
            used.update(matching)
            kept += bool(matching)
            if not matching:
                wrong += 1
                print(f"{name}: {template}: {resource}: {rule}: {message}")
        print(f"{name}: {len(templates) - 1} templates, {kept} exceptions", file=sys.stderr)
    for index, exception in enumerate(exceptions):
        if index not in used:
            wrong += 1
            print(f"check-aws.toml: nothing needs the exception of {exception['rule']} for {exception['resource']} any more")
    sys.exit(1 if wrong else 0)


main()
