"""The bucket, its notifications and the queue: moto's server, as AWS."""

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import quote_plus

import boto3
from botocore.config import Config

from .program import Program

BUCKET, PREFIX, REGION = "dumps", "spot", "eu-west-3"
# Deliveries of one message before it goes to the dead-letter queue.
MAX_RECEIVES = 10
SERVER = """
import sys, threading
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("port", server.get_host_and_port()[1], flush=True)
threading.Event().wait()
"""


class Cloud:
    """All calls block, so they are made in threads."""

    def __init__(self, folder: Path, visibility: int):
        self.folder, self.visibility = folder, visibility

    async def start(self):
        program = await Program.start("moto", self.folder / "moto.log", sys.executable, "-c", SERVER)
        words = await program.wait_for(lambda text: line_with(text, "port "), "its port")
        self.endpoint = f"http://127.0.0.1:{words.split()[1]}"
        session = boto3.Session(aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal", region_name=REGION)
        config = Config(max_pool_connections=20)
        self.s3 = session.client("s3", endpoint_url=self.endpoint, config=config)
        self.sqs = session.client("sqs", endpoint_url=self.endpoint, config=config)
        await asyncio.to_thread(self.create)

    def create(self):
        self.dead_letters, dead_letters_arn = self.create_queue("dead-letters", {})
        redrive = {"deadLetterTargetArn": dead_letters_arn, "maxReceiveCount": MAX_RECEIVES}
        self.queue, arn = self.create_queue(
            "notifications", {"VisibilityTimeout": str(self.visibility), "RedrivePolicy": json.dumps(redrive)}
        )
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.put_bucket_notification_configuration(
            Bucket=BUCKET,
            NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]},
        )

    def create_queue(self, name: str, attributes: dict) -> tuple[str, str]:
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, found["Attributes"]["QueueArn"]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "rehearsal",
            "AWS_SECRET_ACCESS_KEY": "rehearsal",
        }

    async def put(self, path: Path):
        key = f"{PREFIX}/{path.name}"
        await asyncio.to_thread(self.s3.put_object, Bucket=BUCKET, Key=key, Body=path.read_bytes())

    async def send_again(self, times: int):
        """For each object there is a message, as S3 sends them."""
        await asyncio.to_thread(self.send_all, times)

    def send_all(self, times: int):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        for found in [found for page in pages for found in page.get("Contents", [])] * times:
            stored = {
                "key": quote_plus(found["Key"], safe="/"),
                "size": found["Size"],
                "eTag": found["ETag"].strip('"'),
            }
            record = {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": REGION,
                "eventTime": found["LastModified"].strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "eventName": "ObjectCreated:Put",
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "bucket": {"name": BUCKET, "arn": f"arn:aws:s3:::{BUCKET}"},
                    "object": stored,
                },
            }
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=json.dumps({"Records": [record]}))

    async def messages(self, queue: str) -> int:
        """In the queue, received or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = await asyncio.to_thread(self.sqs.get_queue_attributes, QueueUrl=queue, AttributeNames=names)
        return sum(int(found["Attributes"][name]) for name in names)


def line_with(text: str, begin: str) -> str | None:
    return next((line for line in text.splitlines() if line.startswith(begin)), None)
