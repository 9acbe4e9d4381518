"""A process that was told to end ends, though one of its threads does not."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

STUCK = """
import asyncio, signal, sys, threading
from gateway.serving.ending import end_within

async def main():
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    end_within(0.3)
    forever = asyncio.ensure_future(asyncio.to_thread(threading.Event().wait, None if "stuck" in sys.argv else 0))
    print("ready", flush=True)
    await stop.wait()
    print("stopping", flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("how", "status"), [("stuck", 1), ("free", 0)])
def test_a_signal_ends_the_process(number: signal.Signals, how: str, status: int) -> None:
    with subprocess.Popen([sys.executable, "-c", STUCK, how], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == "stopping\n", "whoever handles it is told first"
        assert process.wait(timeout=20) == status
