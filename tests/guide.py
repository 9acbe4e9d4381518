"""Pages that say what to type, and a reader who types it: blocks of code as they stand, in a shell of its own.

What one block sets, the next ones find. Samples are written with the address `BASE`; the reader has another one.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from gateway.console.guide.chapters import BASE

_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    language: str
    text: str


def blocks(page: Path, *languages: str) -> list[Block]:
    """The blocks of a page in their order: all, or those of some languages."""
    found = [Block(*each) for each in _BLOCK.findall(page.read_text("utf-8"))]
    return [block for block in found if not languages or block.language in languages]


class Reader:
    """Somebody at a terminal in `folder`. `known` are variables of the shell."""

    def __init__(self, folder: Path, url: str, **known: str) -> None:
        self.folder = folder
        self.url = url.rstrip("/")
        self.known = {"BASE": self.url, "no_proxy": "*", **known}

    def here(self, block: Block) -> str:
        """A block as a reader copies it from the site of this address."""
        return block.text.replace(BASE, self.url)

    def types(self, block: Block) -> str:
        """What a block of the shell prints. It must end well."""
        state = self.folder / ".state"
        script = f"set -a\n{self.here(block)}\nenv -0 > '{state}'"
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env={**os.environ, **self.known},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stderr
        found = dict(line.split("=", 1) for line in state.read_text("utf-8").split("\0") if line)
        self.known |= {name: value for name, value in found.items() if name not in os.environ}
        return ran.stdout
