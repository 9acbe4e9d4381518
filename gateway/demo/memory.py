"""What the demo remembers from run to run, in a file that only its owner reads: credentials, ports, targets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Memory:
    """Named facts; each is written down at once, so that a run that is killed leaves nothing half known."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def __getitem__(self, name: str) -> Any:
        return self._facts.get(name)

    def __setitem__(self, name: str, fact: Any) -> None:
        self._facts[name] = fact
        write_private(self._path, self._facts)

    def recall(self, name: str, make: Callable[[], Any]) -> Any:
        """The fact of that name; made and remembered when there is none."""
        if name not in self._facts:
            self[name] = make()
        return self._facts[name]


def write_private(path: Path, document: dict[str, Any]) -> None:
    """A JSON file that holds secrets."""
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(document, ensure_ascii=False, indent=2), encoding="utf-8")
    draft.replace(path)
