"""Random bytes from the system, fetched in blocks: a call to the kernel for every code costs more than the code.

Never for nonces of a cipher, where a repeat after a snapshot of the machine would be worse than a collision.
"""

from __future__ import annotations

import os
import threading

_BLOCK_BYTES = 4096


class _Block(threading.local):
    """The bytes of this thread and how many were handed out. A forked child starts without any."""

    data = b""
    used = 0


_block = _Block()
os.register_at_fork(after_in_child=lambda: setattr(_block, "data", b""))


def random_bytes(count: int) -> bytes:
    """`count` (at most 64) random bytes that nobody got before."""
    start = _block.used
    end = start + count
    if end > len(_block.data):
        _block.data = os.urandom(_BLOCK_BYTES)
        start, end = 0, count
    _block.used = end
    return _block.data[start:end]
