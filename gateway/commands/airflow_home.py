"""What Airflow must be told to be ours: its home, its metadata database, our DAGs. Environment variables only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from secrets import token_urlsafe

DAGS = Path(__file__).parents[2] / "dags"


def metadata_variables(home: Path, database_url: str, dags: Path = DAGS) -> dict[str, str]:
    """The variables that every Airflow process of one installation shares; keys are made once and kept in `home`."""
    home.mkdir(parents=True, exist_ok=True)
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url.replace("postgresql://", "postgresql+psycopg://", 1),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": database_url.replace("postgresql://", "postgresql+psycopg://", 1),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Shanghai",
        "AIRFLOW__CORE__FERNET_KEY": _kept(home / "fernet.key", _fernet_key),
        "AIRFLOW__API__SECRET_KEY": _kept(home / "api.key", lambda: token_urlsafe(32)),
        "AIRFLOW__API_AUTH__JWT_SECRET": _kept(home / "jwt.key", lambda: token_urlsafe(48)),
    }


def _kept(file: Path, make: Callable[[], str]) -> str:
    """The secret in a file that only its owner reads, made when it is not there."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(make(), encoding="ascii")
    return file.read_text(encoding="ascii")


def _fernet_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode("ascii")
