"""What drafting needs beside the service itself."""

from __future__ import annotations

from importlib.util import find_spec

from adapters.errors import Fatal
from schemas.findings import Text

_LIBRARIES = ("scipy",)


def must_be_installed() -> None:
    """Raises Fatal naming what is missing."""
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        raise Fatal(
            Text(
                f"起草需要 {'、'.join(missing)}，请执行“pip install 'yizhan[draft]'”",
                f"drafting needs {', '.join(missing)}: pip install 'yizhan[draft]'",
            )
        )
