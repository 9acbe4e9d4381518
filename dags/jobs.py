"""Runs a function of `gateway.serving.jobs` in a task: the one place where DAGs reach the service.

What the service must know (its database, the portals' secrets) is in the environment of the worker; what is not there
is taken from Airflow's connections `yizhan` and `portal_<connector>`, whose `extra` are such variables. Callbacks may
not read connections (3.3): deadline alerts need the database in the environment.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from dags.sources import Source

SERVICE = "yizhan"


def call(name: str, *arguments: Any, of: Sequence[Source] = ()) -> Any:
    """What `gateway.serving.jobs.<name>(*arguments)` gives; `of` are the connectors whose secrets it needs.

    Raises Retriable and Fatal.
    """
    for connection in [SERVICE, *(source.connection for source in of)]:
        _fill_environment(connection)
    from gateway.serving import jobs

    return getattr(jobs, name)(*arguments)


def _fill_environment(connection_id: str) -> None:
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowSecretsBackendAccessDenied

    try:
        known = Connection.get(connection_id).extra_dejson
    except (AirflowNotFoundException, AirflowSecretsBackendAccessDenied):
        return
    for name, value in known.items():
        os.environ.setdefault(name, value)
