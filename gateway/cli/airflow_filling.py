"""Run once before Airflow starts, in its environment: its tables, a pool a portal, our connections.

A program of its own (`python -m gateway.cli.airflow_filling`), because importing Airflow changes the process.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

_SLOTS = 2
_SERVICE = ("YIZHAN_DATABASE__URL", "YIZHAN_HOME", "YIZHAN_MASTER_KEY", "YIZHAN_MAPPINGS", "YIZHAN_HTTP__PUBLIC_URL")


def main() -> None:
    from airflow.models.pool import Pool
    from airflow.utils.db import initdb

    from dags.jobs import SERVICE  # type: ignore[import-not-found]
    from dags.sources import sources  # type: ignore[import-not-found]

    initdb()
    _connect(SERVICE, {name: os.environ[name] for name in _SERVICE if name in os.environ})
    for source in sources():
        Pool.create_or_update_pool(source.pool, _SLOTS, f"{source.title}：同时进行的任务数", include_deferred=False)
        _connect(source.connection, {name: os.environ[name] for name in source.references if name in os.environ})


def _connect(connection_id: str, variables: Mapping[str, str]) -> None:
    """Variables that a worker elsewhere will need; what is there already and not known here is left alone."""
    from airflow.models.connection import Connection
    from airflow.utils.session import create_session
    from sqlalchemy import select

    if not variables:
        return
    with create_session() as session:
        found = session.scalar(select(Connection).where(Connection.conn_id == connection_id))
        connection = found or Connection(conn_id=connection_id, conn_type="generic")
        connection.set_extra(json.dumps(variables))
        session.add(connection)


if __name__ == "__main__":
    main()
