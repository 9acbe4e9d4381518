"""A disk that is full: a clear refusal while it lasts, nothing lost, and all goes on by itself when there is room."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from gateway.base.settings import DatabaseSettings, Settings
from gateway.store.database import migrate
from gateway.store.embedded import EmbeddedPostgres
from schemas import samples
from tests.conftest import Partner, ServedProcess, issue_partner, open_folder, running, until
from tests.faults import note
from tests.integration.test_crash import stored


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of its own."""
    with open_folder() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "none", folder], check=True)
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def full(disk: Path, but_for: int = 0) -> Iterator[None]:
    """No room on `disk`, or only so many bytes, until the context is left."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        try:
            while True:
                os.write(file.fileno(), bytes(1 << 16))
        except OSError:
            file.truncate(file.tell() - but_for)
    try:
        yield
    finally:
        filler.unlink()


def push(client: httpx.Client, partner: Partner, index: int, travellers: int = 3) -> httpx.Response:
    return client.post("/v1/contracts", json=samples.contract(index, travellers), headers=partner.bearer)


def test_a_database_on_a_full_disk_comes_back_with_all_that_was_acknowledged(
    settings: Settings, small_disk: Path
) -> None:
    server = EmbeddedPostgres(small_disk / "postgres")
    server.start()
    service: ServedProcess | None = None
    try:
        url = server.ensure_database("full")
        migrate(url)
        crowded = settings.model_copy(update={"database": DatabaseSettings(url=url)})
        partner = issue_partner(crowded)
        service = ServedProcess(crowded, alone=True)
        service.start()
        with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as client:
            acknowledged = {index: push(client, partner, index) for index in range(10)}
            with full(small_disk, but_for=24 << 20):
                number = 100
                while (answer := push(client, partner, number, 400)).status_code == 201:
                    acknowledged[number] = answer
                    number += 1
                assert (answer.status_code, answer.json()["code"]) == (503, "LIMIT-002")
                assert "retry-after" in answer.headers
            until(lambda: push(client, partner, 5000).status_code in (200, 201), "it takes again", of=service.process)
            assert all(answer.status_code == 201 for answer in acknowledged.values())
            again = {index: push(client, partner, index, 3 if index < 100 else 400).content for index in acknowledged}
        counts = stored(crowded)
        lost = [index for index, answer in acknowledged.items() if again[index] != answer.content]
        note(
            "database's disk full (ENOSPC)",
            "until it refused, then room again",
            acknowledged=len(acknowledged),
            lost=len(lost),
            doubled=counts["records"] - counts["submissions"],
            recovery="by itself, with the first request after there was room",
        )
        assert lost == []
        assert counts["records"] == counts["submissions"]
    finally:
        if service is not None:
            service.stop()
        server.stop()


def test_no_room_for_a_large_document_is_a_507_and_the_retry_is_taken(
    settings: Settings, small_disk: Path, partner: Partner
) -> None:
    crowded = settings.model_copy(update={"home": small_disk / "home"})
    crowded.home.mkdir()
    body = [samples.contract(index) for index in range(9000, 9020)]
    headers = {**partner.bearer, "Prefer": "respond-async", "Idempotency-Key": "full-disk"}
    with running(crowded) as client:
        with full(small_disk):
            refused = client.post("/v1/contracts", json=body, headers=headers)
        taken = client.post("/v1/contracts", json=body, headers=headers)
        subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
        broken = client.post("/v1/contracts", json=body[:3], headers={**headers, "Idempotency-Key": "read-only"})
    assert (refused.status_code, refused.json()["code"]) == (507, "LIMIT-003")
    assert "retry-after" in refused.headers
    assert taken.status_code == 202
    assert (broken.status_code, broken.json()["code"]) == (503, "LIMIT-002")


def test_a_disk_that_fails_is_a_503_and_the_retry_is_taken(
    settings: Settings, tmp_path: Path, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No disk here can be made to fail: what the kernel says of one that does is said in its place."""
    failing = settings.model_copy(update={"home": tmp_path})
    body = [samples.contract(index) for index in range(9100, 9110)]
    headers = {**partner.bearer, "Prefer": "respond-async", "Idempotency-Key": "failing-disk"}

    def fails(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with running(failing) as client:
        with monkeypatch.context() as patched:
            patched.setattr("gateway.store.blobs.os.fsync", fails)
            refused = client.post("/v1/contracts", json=body, headers=headers)
        taken = client.post("/v1/contracts", json=body, headers=headers)
        again = client.post("/v1/contracts", json=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (503, "LIMIT-002")
    assert "retry-after" in refused.headers
    assert (taken.status_code, again.content) == (202, taken.content)
    told = {"acknowledged": 1, "lost": int(again.content != taken.content), "doubled": 0}
    note("disk of large documents fails (EIO on fsync)", "1 document", **told, recovery="the retry")
