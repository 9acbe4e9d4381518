"""The folders of versions that were unpacked and serve no more: they are removed, once nobody can be reading them.

A folder that is not in use gets a mark beside it, `<digest>.unused`; whoever finds the mark an hour old removes both. A
version that is rolled back to loses its mark, and is unpacked anew where it was too late.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from gateway.base.clock import Clock

_UNUSED = ".unused"
_SECONDS = 3600
"""Longer than any process goes on with a folder that it has read."""


def tidy(kept: Path, used: Collection[Path]) -> None:
    """Mark and remove what is not among the `used` folders. Raises OSError."""
    for folder in kept.glob("*/*/"):
        if folder.name.startswith(".") or not folder.is_dir():  # another process is unpacking
            continue
        mark = folder.with_name(f"{folder.name}{_UNUSED}")
        if folder in used:
            mark.unlink(missing_ok=True)
        elif not mark.exists():
            mark.touch()
        elif Clock.now().timestamp() - mark.stat().st_mtime > _SECONDS:
            _remove(folder)
            mark.unlink(missing_ok=True)
    for mark in kept.glob(f"*/*{_UNUSED}"):
        if not mark.with_name(mark.name.removesuffix(_UNUSED)).exists():
            mark.unlink(missing_ok=True)


def _remove(folder: Path) -> None:
    """First out of everybody's sight, so that nobody finds half of it."""
    away = folder.with_name(f".removing-{folder.name}")
    shutil.rmtree(away, ignore_errors=True)
    with suppress(FileNotFoundError):  # another process was quicker
        folder.rename(away)
    shutil.rmtree(away, ignore_errors=True)
