"""The bulk peer, in a process of its own: a dlt merge load of NDJSON contracts; prints the seconds.

Set up as its users would for speed: lists stay JSON columns, rows travel as CSV through COPY, an upsert by business
number. The tables are made by a first, small load that is not counted.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}

import dlt
import orjson

_FIRST = 20


def main(url: str, file: str, folder: str) -> None:
    lines = Path(file).read_bytes().splitlines()
    pipeline = dlt.pipeline(
        pipeline_name="contracts",
        pipelines_dir=folder,
        destination=dlt.destinations.postgres(credentials=_with_host(url)),
        dataset_name="contracts",
    )
    _load(pipeline, lines[:_FIRST])
    started = time.perf_counter()
    _load(pipeline, lines)
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - started}) + "\n")


def _load(pipeline: dlt.Pipeline, lines: list[bytes]) -> None:
    resource = dlt.resource(
        map(orjson.loads, lines),
        name="contract",
        primary_key="business_no",
        write_disposition={"disposition": "merge", "strategy": "upsert"},
        max_table_nesting=0,
    )
    pipeline.run(resource, loader_file_format="csv").raise_on_failed_jobs()


def _with_host(url: str) -> str:
    """dlt wants a host in the address; the folder of the socket in the query is what counts."""
    return url.replace("@/", "@localhost/", 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
