"""Three logins for three roles: what each may do, embedded and outside, and how one for all is told apart."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from gateway.base.settings import DatabaseSettings, HttpSettings, Settings
from gateway.serving.serving import database_of
from gateway.store.embedded import EmbeddedPostgres
from schemas import samples
from tests.conftest import free_port, issue_partner, open_folder, running, temporary_server, until
from tests.processes import Command, ended, environment

HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "run-in-production.md"
ROLES = ("yizhan_writer", "yizhan_reader", "yizhan_public")
WAYS = ("SET ROLE {other}", "SET SESSION AUTHORIZATION {other}", "GRANT {other} TO CURRENT_USER")


@pytest.fixture(scope="module")
def outside() -> Iterator[dict[str, str]]:
    """A server of somebody's own, set up by the statements of the how-to: the URL of each login."""
    (block,) = re.findall(r"```sql\n(.*?)```", HOWTO.read_text("utf-8"), re.DOTALL)
    with temporary_server() as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            for statement in filter(None, (part.strip() for part in block.replace("'...'", "'secret'").split(";"))):
                connection.execute(statement.encode())
        host = urlsplit(server.url()).query
        yield {role: f"postgresql://{role}:secret@/yizhan?{host}" for role in ("yizhan_owner", *ROLES)}


def configured(urls: dict[str, str], home: Path, **more: Any) -> Settings:
    database = {
        "url": urls["yizhan_writer"],
        "reader_url": urls["yizhan_reader"],
        "public_url": urls["yizhan_public"],
        "owner_url": urls["yizhan_owner"],
    }
    return Settings(
        home=home,
        master_key="5a" * 32,
        database=DatabaseSettings.model_validate(database | more),
        http=HttpSettings(public_url="https://verify.example.test"),
    )


def test_the_service_runs_on_three_logins_set_up_by_the_how_to(outside: dict[str, str], tmp_path: Path) -> None:
    """Pushed, read, listed, verified by the public, and worked on in the background."""
    settings = configured(outside, tmp_path)
    with running(settings) as client:
        partner = issue_partner(
            settings.model_copy(update={"database": DatabaseSettings(url=outside["yizhan_writer"])})
        )
        pushed = client.post("/v1/contracts", json=samples.contract(1), auth=partner.auth)
        assert pushed.status_code == 201, pushed.text
        code = pushed.json()["records"][0]["code"]
        assert client.get(f"/v1/contracts/{code}", auth=partner.auth).json()["code"] == code
        assert client.get("/v1/credentials", auth=partner.auth).json()["credentials"]
        assert client.post("/v1/verify", json={"text": code}).json()["verdict"] in ("genuine", "valid", "on_record")
        large = client.post(
            "/v1/contracts", json=[samples.contract(2)], auth=partner.auth, headers={"Prefer": "respond-async"}
        )
        assert large.status_code == 202


def test_no_login_can_take_anothers_role(outside: dict[str, str]) -> None:
    found: list[tuple[str, str]] = []
    for login in ROLES:
        for other in ("yizhan_owner", *ROLES):
            for way in WAYS if other != login else ():
                with psycopg.connect(outside[login]) as connection:
                    try:
                        connection.execute(way.format(other=other).encode())
                        found.append((login, way.format(other=other)))
                    except psycopg.Error:
                        pass
    assert found == []


@pytest.mark.parametrize("role", ["url", "reader_url", "public_url"])
def test_a_login_that_could_be_more_than_its_role_is_refused(
    outside: dict[str, str], tmp_path: Path, role: str
) -> None:
    settings = configured(outside, tmp_path, **{role: outside["yizhan_owner"]})
    started = ended("serve", environment=with_logins(settings))
    assert started.returncode != 0
    assert "yizhan_owner: owner" in started.stderr


def test_one_login_for_all_is_taken_and_said(outside: dict[str, str], tmp_path: Path) -> None:
    """What exists goes on; the log says what it lacks."""
    log = tmp_path / "log"
    given = {"url": outside["yizhan_owner"], "reader_url": None, "public_url": None}
    settings = configured(outside, tmp_path, **given)
    port = {"YIZHAN_HTTP__PORT": str(free_port()), "YIZHAN_BATCH__WORKERS": "0", "YIZHAN_RELAY__ENABLED": "false"}
    with log.open("w") as file:
        process = Command("serve", environment=with_logins(settings) | port, stderr=file)
        try:
            until(lambda: "SET ROLE" in log.read_text("utf-8"), "it is said", of=process)
        finally:
            process.terminate()
            process.wait()


def test_two_of_three_logins_are_refused(outside: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="go together"):
        configured(outside, tmp_path, public_url=None)


def test_a_login_that_may_not_upgrade_says_so(
    postgres: EmbeddedPostgres, new_database: Callable[[], str], tmp_path: Path
) -> None:
    url = new_database()
    name = urlsplit(url).path[1:]
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0012'")
    settings = Settings(
        home=tmp_path, master_key="5a" * 32, database=DatabaseSettings(url=postgres.logins(name)["yizhan_writer"])
    )
    refused = ended("partner", "credentials", environment=environment(settings))
    assert (refused.returncode, "OWNER_URL" in refused.stderr) == (1, True), refused.stderr


def test_the_embedded_server_has_three_logins_too() -> None:
    with open_folder() as home:
        settings = Settings(home=home, master_key="5a" * 32)
        with database_of(settings) as writer:
            urls = (writer, settings.database.reader_url, settings.database.public_url)
            for login, url in zip(ROLES, urls, strict=True):
                assert url is not None
                with psycopg.connect(url) as connection:
                    assert connection.execute("SELECT session_user").fetchone() == (login,)
                for other in ROLES:
                    if other != login:
                        with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                            connection.execute(f"SET ROLE {other}".encode())


def with_logins(settings: Settings) -> dict[str, str]:
    given = settings.database.model_dump(include={"url", "owner_url", "reader_url", "public_url"}, exclude_none=True)
    return os.environ | environment(settings) | {f"YIZHAN_DATABASE__{name.upper()}": url for name, url in given.items()}


def test_the_owner_is_forgotten_once_the_schema_is_new(
    outside: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that no process that is started from here has its address."""
    monkeypatch.setenv("YIZHAN_DATABASE__OWNER_URL", outside["yizhan_owner"])
    settings = configured(outside, tmp_path)
    with database_of(settings) as url:
        assert url == outside["yizhan_writer"]
        assert "YIZHAN_DATABASE__OWNER_URL" not in os.environ
        assert settings.database.owner_url is None


def test_a_stranger_is_no_login(outside: dict[str, str]) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(outside["yizhan_public"].replace("secret", "guess"))
