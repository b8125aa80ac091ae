"""Batches of the kinds that the description calls no more than text: right ones, nearly right ones, and anything."""

import json

import schemathesis
from hypothesis import strategies as some

FIELDS = ["orig_code", "dest_code", "day", "price"]

right = some.tuples(
    some.sampled_from(["CNGGZ", "EETLL"]),
    some.sampled_from(["CNGGZ", "EETLL"]),
    some.sampled_from(["2021-01-30", "2021-01-31"]),
    some.integers(0, 2**31 - 1),
)
wrong = some.tuples(some.text(), some.text(), some.text(), some.integers() | some.floats() | some.text())
batches = some.lists(right) | some.lists(right | wrong)


def csv(batch):
    return "\n".join(",".join(map(str, row)) for row in [FIELDS, *batch]).encode(errors="replace")


def ndjson(batch):
    return "\n".join(json.dumps(dict(zip(FIELDS, row))) for row in batch).encode()


schemathesis.openapi.media_type("text/csv", batches.map(csv) | some.binary())
schemathesis.openapi.media_type("application/x-ndjson", batches.map(ndjson) | some.binary())


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Examples of such kinds have to be bytes."""
    content = raw_schema["paths"]["/rates/batches"]["post"]["requestBody"]["content"]
    for kind in content.values():
        if isinstance(kind["example"], str):
            kind["example"] = kind["example"].encode()
