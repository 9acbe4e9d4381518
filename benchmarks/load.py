"""A small HTTP load generator: prepared requests over keep-alive connections, as cheap as Python allows.

It runs in a process of its own beside the server, so what it costs is the same for everybody it measures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import uvloop


class Connection(asyncio.Protocol):
    """One keep-alive connection that sends the next request as soon as an answer is complete."""

    def __init__(self, requests: Iterator[bytes], latencies: list[float], statuses: Counter[int]) -> None:
        self._requests = requests
        self._latencies = latencies
        self._statuses = statuses
        self._buffer = b""
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 : head.find(b"\r\n", at) if head.find(b"\r\n", at) > 0 else None])
        if len(self._buffer) < head_end + 4 + length:
            return
        self._latencies.append(time.perf_counter() - self._sent_at)
        self._statuses[int(head[9:12])] += 1
        self._buffer = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


async def drive(host: str, port: int, requests: list[bytes], connections: int) -> dict[str, object]:
    """Send all requests over `connections`; rates a second and latencies in milliseconds."""
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    queue = iter(requests)
    started = time.perf_counter()
    made = [
        await loop.create_connection(lambda: Connection(queue, latencies, statuses), host, port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
    seconds = time.perf_counter() - started
    ranks = statistics.quantiles(latencies, n=100)
    return {
        "requests": len(latencies),
        "seconds": seconds,
        "per_second": len(latencies) / seconds,
        "p50_ms": ranks[49] * 1000,
        "p99_ms": ranks[98] * 1000,
        "statuses": dict(statuses),
    }


def main() -> None:
    """Reads length-prefixed requests from a file and prints one JSON line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("requests", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, default=64)
    arguments = parser.parse_args()
    requests = list(read_requests(arguments.requests.read_bytes()))
    report = uvloop.run(drive(arguments.host, arguments.port, requests, arguments.connections))
    sys.stdout.write(json.dumps(report) + "\n")


def write_requests(path: Path, requests: list[bytes]) -> None:
    path.write_bytes(b"".join(len(request).to_bytes(4, "big") + request for request in requests))


def read_requests(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 4 + length]
        at += 4 + length


if __name__ == "__main__":
    main()
