"""What Airflow must be told to be ours: its home, its metadata database, our DAGs. Environment variables only."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from secrets import token_urlsafe

DAGS = Path(__file__).parents[2] / "dags"
USER = "admin"
_TASK_IMPORTS = ["airflow.sdk.execution_time.task_runner", "gateway.serving.jobs"]
"""What every task imports: a Celery worker does it once, before it forks; a task would spend two seconds on it."""


def metadata_variables(home: Path, database_url: str, dags: Path = DAGS) -> dict[str, str]:
    """The variables that every Airflow process of one installation shares; keys are made once and kept in `home`."""
    home.mkdir(parents=True, exist_ok=True)
    database = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": database,
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Shanghai",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__FERNET_KEY": _kept(home / "fernet.key", _fernet_key),
        "AIRFLOW__API__SECRET_KEY": _kept(home / "api.key", lambda: token_urlsafe(32)),
        "AIRFLOW__API_AUTH__JWT_SECRET": _kept(home / "jwt.key", lambda: token_urlsafe(48)),
    }


def server_variables(home: Path, port: int) -> dict[str, str]:
    """Where the API server listens, and where tasks reach it; it knows one user, whose password is made once."""
    address = f"http://127.0.0.1:{port}"
    return {
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_passwords(home)),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__SCHEDULER__PARSING_PROCESSES": "1",
    }


def celery_variables(redis_port: int, result_url: str) -> dict[str, str]:
    """CeleryExecutor over a Redis of ours. A killed worker's tasks are missed soon, not after half a day."""
    return {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__PARALLELISM": "16",
        "AIRFLOW__CELERY__BROKER_URL": f"redis://127.0.0.1:{redis_port}/0",
        "AIRFLOW__CELERY__RESULT_BACKEND": result_url.replace("postgresql://", "db+postgresql+psycopg://", 1),
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
        "AIRFLOW__CELERY__EXTRA_CELERY_CONFIG": json.dumps({"imports": _TASK_IMPORTS}),
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "3600",
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "60",
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "15",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "3",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    }


def password(home: Path) -> str:
    return json.loads(_passwords(home).read_text(encoding="utf-8"))[USER]


def _passwords(home: Path) -> Path:
    file = home / "passwords.json"
    _kept(file, lambda: json.dumps({USER: token_urlsafe(12)}))
    return file


def _kept(file: Path, make: Callable[[], str]) -> str:
    """The secret in a file that only its owner reads, made when it is not there."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(make(), encoding="ascii")
    return file.read_text(encoding="ascii")


def _fernet_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode("ascii")
