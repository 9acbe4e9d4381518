"""The old system's file over SFTP: dropped as `.part`, renamed, answered by a receipt file."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.demo.processes import run_program
from gateway.demo.sent import laoqiao_export
from gateway.demo.stage import Shown, Stage, records_of, shown

_FILE = "laoqiao-sftp.csv"


def play(stage: Stage) -> Shown:
    """The client drops the file and reads what was answered, knowing the server by its pinned host key."""
    credential = stage.credentials["laoqiao"]
    with TemporaryDirectory() as folder:
        file = Path(folder) / _FILE
        file.write_bytes(laoqiao_export("LQ-SFTP", 6, bad_every=5))
        address = ("127.0.0.1", stage.drop.port, stage.drop.fingerprint)
        said = run_program("sftp_client.py", *address, credential["api_key"], file, SECRET=credential["secret"])
    exchanged = json.loads(said[-1])
    answer = exchanged["answer"]
    return shown(
        "CSV，先 .part 后改名",
        records_of("laoqiao", _FILE, answer),
        facts={
            "receipt_file": exchanged["receipt"],
            "rejected_files": exchanged["rejected"],
            "receipt": answer["receipt"],
        },
        lines=(f"回执 receipts/{exchanged['receipt']}，未通过的在 rejected/",),
        links=_links(stage),
    )


def _links(stage: Stage) -> dict[str, str]:
    credential = stage.credentials["laoqiao"]
    return {
        "SFTP": f"sftp -P {stage.drop.port} {credential['api_key']}@127.0.0.1",
        "SFTP 口令 password": credential["secret"],
        "SFTP 主机密钥 host key": stage.drop.fingerprint,
    }
