"""Puts the examples into the bucket, which is created if it is missing."""

import os
import sys
from pathlib import Path

import boto3

bucket, examples = os.environ["S3_BUCKET"], Path("/examples")
s3 = boto3.client("s3")
if bucket not in [found["Name"] for found in s3.list_buckets()["Buckets"]]:
    s3.create_bucket(Bucket=bucket)
files = [path for path in sorted(examples.rglob("*")) if path.is_file()]
for path in files:
    s3.put_object(Bucket=bucket, Key=path.relative_to(examples).as_posix(), Body=path.read_bytes())
if not files:
    sys.exit(f"there is no file in {examples}")
print(f"{len(files)} objects in s3://{bucket}")
