"""The programs that open foreign documents, as the kernel shows them while the service runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from gateway.base.settings import Settings
from schemas import samples
from schemas.projections.spreadsheet import write_template
from tests.conftest import Partner, ServedProcess
from tests.integration.test_records import pdf_with


def environments_of(worker: str, stop: threading.Event) -> Iterator[bytes]:
    """What stands in the environment of every process that runs `worker`, as often as it is seen."""
    while not stop.is_set():
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if worker.encode() in (process / "cmdline").read_bytes():
                    yield (process / "environ").read_bytes()


@pytest.mark.parametrize("worker", ["document_worker.py", "sheet_worker.py"])
def test_a_reader_of_documents_knows_neither_database_nor_master_key(
    service: ServedProcess, settings: Settings, partner: Partner, tmp_path: Path, worker: str
) -> None:
    stop, seen = threading.Event(), set[bytes]()
    watcher = threading.Thread(target=lambda: seen.update(environments_of(worker, stop)))
    with httpx.Client(base_url=service.url, auth=partner.auth, trust_env=False, timeout=60) as client:
        code = client.post("/v1/contracts", json=samples.contract(900)).json()["records"][0]["code"]
        pdf = pdf_with(client.get(f"/v1/contracts/{code}/qr.png").content, further_pages=100)
        sheet = _template(tmp_path)
        watcher.start()
        try:
            if worker == "document_worker.py":
                assert client.put(f"/v1/contracts/{code}/document", content=pdf).status_code in (200, 201)
            else:
                kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
                client.post("/v1/contracts", content=sheet, headers={"Content-Type": kind})
        finally:
            stop.set()
            watcher.join()
    assert seen, f"{worker} was not seen"
    assert settings.master_key is not None
    assert settings.database.url is not None
    for environment in seen:
        assert settings.master_key.encode() not in environment
        assert settings.database.url.encode() not in environment
        assert b"YIZHAN" not in environment


def _template(folder: Path) -> bytes:
    write_template("contract.v1", folder / "contract.xlsx")
    return (folder / "contract.xlsx").read_bytes()
