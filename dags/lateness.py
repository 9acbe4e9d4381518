"""Called by Airflow when a run has not ended when it was due."""

from __future__ import annotations

from typing import Any


def note_late(connector: str, context: Any) -> None:
    """An alert among our own, where operators look. `context` tells the run and the time by which it was due."""
    from dags.jobs import call

    call("note_late", connector, context["dag_run"]["dag_id"], str(context["deadline"]["deadline_time"]))
