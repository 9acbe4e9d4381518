"""The private database server: joining it, without waiting for ever."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from gateway.store import embedded
from gateway.store.embedded import EmbeddedPostgres, EmbeddedServerError


def test_a_server_of_an_earlier_start_that_does_not_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_STOP_SECONDS", 0.1)
    with (tmp_path / "users.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        with pytest.raises(EmbeddedServerError, match=r"has not ended .*users\.lock"):
            EmbeddedPostgres(tmp_path).start()
