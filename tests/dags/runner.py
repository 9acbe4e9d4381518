"""Airflow in a process of its own, which runs DAGs by `dag.test()`: a line of JSON in, a line of JSON out.

    {"dag": "pull_donghai", "conf": {...}, "answer": "..."}  ->  {"state": "success", "tasks": [[id, map, state, try]]}

Apart, because Airflow sets up logging, warnings and signals of the process it is imported in. Its own home and database
are in the environment (AIRFLOW__*); so is what the service under test must know (YIZHAN_*). Logs go to stderr.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any, TextIO


def main(out: TextIO) -> None:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.utils.db import initdb

    initdb()
    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    print(json.dumps({"errors": bag.import_errors, "dags": sorted(bag.dags)}), file=out, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(run(bag.dags[asked["dag"]], asked)), file=out, flush=True)


def run(dag: Any, asked: dict[str, Any]) -> dict[str, Any]:
    over = threading.Event()
    if answer := asked.get("answer"):
        threading.Thread(target=respond, args=(dag.dag_id, answer, over), daemon=True).start()
    dag.deadline = None  # 3.3.2: dag.test() looks a deadline up by its definition where its id is wanted
    done = dag.test(run_conf=asked.get("conf") or {})
    over.set()
    found = [[ti.task_id, ti.map_index, ti.state, ti.try_number] for ti in done.get_task_instances()]
    return {"state": done.state, "tasks": sorted(found)}


def respond(dag_id: str, answer: str, over: threading.Event) -> None:
    """Answer as a person does: what the HTTP API does when the button is pressed, once there is a question."""
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from airflow.api_fastapi.core_api.datamodels.hitl import UpdateHITLDetailPayload
    from airflow.api_fastapi.core_api.routes.public.hitl import update_hitl_detail
    from airflow.models import TaskInstance
    from airflow.utils.session import create_session

    waiting = None
    while waiting is None and not over.wait(0.1):
        with create_session() as session:
            asks = session.query(TaskInstance).filter_by(dag_id=dag_id, state="awaiting_input")
            if (waiting := asks.first()) is not None:
                payload = UpdateHITLDetailPayload(chosen_options=[answer])
                person = SimpleAuthManagerUser(username="zhang", role="op")
                update_hitl_detail(dag_id, waiting.run_id, waiting.task_id, payload, person, session)


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    main(answers)
