"""One DAG a connector that is read; for portals also one that reads each day again. (Airflow looks for `dag` here.)"""

from __future__ import annotations

from dags.factory import day_dag, pull_dag
from dags.sources import sources

for source in sources():
    globals()[f"pull_{source.id}"] = pull_dag(source)
    if source.is_portal:
        globals()[f"day_{source.id}"] = day_dag(source)
