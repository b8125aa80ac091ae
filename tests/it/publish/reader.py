"""Prints the snapshots of an Iceberg table, each with its files and rows, as the specification says that they are found.

Arguments: URL of the metadata; what URLs begin with; the folder that this stands for; all or current.
"""

import json
import os
import sys

import duckdb
import fastavro

metadata_url, prefix, folder, which = sys.argv[1:]
connection = duckdb.connect()


def path(url):
    assert url.startswith(prefix), url
    return os.path.join(folder, url[len(prefix):].lstrip("/"))


def records(url, length=None):
    if length is not None:
        assert os.path.getsize(path(url)) == length, url
    with open(path(url), "rb") as file:
        return list(fastavro.reader(file))


def rows(urls):
    if not urls:
        return []
    files = [[path(url) for url in urls]]
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?, hive_partitioning = false)", files).fetchall()
    columns = [f'epoch_us("{name}")' if kind == "TIMESTAMP WITH TIME ZONE" else f'"{name}"' for name, kind, *_ in described]
    text = ", ".join(f"coalesce({column}::varchar, '-')" for column in columns)
    found = connection.execute(f"SELECT concat_ws(' | ', {text}) FROM read_parquet(?, hive_partitioning = false)", files).fetchall()
    return sorted(text for (text,) in found)


def snapshot(entry):
    files, counts = [], {0: [0, 0], 1: [0, 0], 2: [0, 0]}
    lists = records(entry["manifest-list"])
    for manifest in lists:
        for item in records(manifest["manifest_path"], manifest["manifest_length"]):
            file = item["data_file"]
            counts[item["status"]][0] += 1
            counts[item["status"]][1] += file["record_count"]
            if item["status"] == 2:
                continue
            assert os.path.getsize(path(file["file_path"])) == file["file_size_in_bytes"], file
            [[count]] = connection.execute("SELECT count(*) FROM read_parquet(?, hive_partitioning = false)", [path(file["file_path"])]).fetchall()
            assert count == file["record_count"], file
            files.append(file["file_path"])
        for status, kind in enumerate(("existing", "added", "deleted")):
            assert manifest[f"{kind}_files_count"] == counts[status][0], manifest
            assert manifest[f"{kind}_rows_count"] == counts[status][1], manifest
    summary = entry["summary"]
    assert summary["total-records"] == str(counts[0][1] + counts[1][1]), summary
    assert summary["total-data-files"] == str(len(files)), summary
    assert summary["deleted-records"] == str(counts[2][1]), summary
    return {"id": entry["snapshot-id"], "summary": summary, "files": sorted(files), "rows": rows(files)}


with open(path(metadata_url)) as file:
    metadata = json.load(file)
snapshots = metadata["snapshots"]
assert metadata["current-snapshot-id"] == snapshots[-1]["snapshot-id"]
times = [entry["timestamp-ms"] for entry in snapshots]
assert times == sorted(set(times)), times
print(json.dumps([snapshot(entry) for entry in (snapshots if which == "all" else snapshots[-1:])]))
