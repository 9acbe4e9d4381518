"""An old system that can export files and nothing else, with an SFTP client beside it.

    python sftp_client.py <host> <port> <host key fingerprint> <user> <file>        (SECRET: the password)

Drops the file as `.part`, renames it when it is whole, watches for its receipt, reads it and deletes it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import paramiko

PATIENCE_SECONDS = 60


def main(host: str, port: str, fingerprint: str, user: str, file: str) -> None:
    transport = paramiko.Transport((host, int(port)))
    try:
        transport.start_client(timeout=15)
        must_be_known(transport.get_remote_server_key(), fingerprint)
        transport.auth_password(user, os.environ["SECRET"])
        if sftp := paramiko.SFTPClient.from_transport(transport):
            print(json.dumps(exchange(sftp, Path(file)), ensure_ascii=False))
    finally:
        transport.close()


def must_be_known(key: paramiko.PKey, fingerprint: str) -> None:
    found = "SHA256:" + b64encode(sha256(key.asbytes()).digest()).decode().rstrip("=")
    if found != fingerprint:
        raise SystemExit(f"another server than the known one: {found}")


def exchange(sftp: paramiko.SFTPClient, file: Path) -> dict[str, object]:
    """Drop `file` and come back with what was answered."""
    forget(sftp, file.name)
    sftp.put(str(file), f"in/{file.name}.part")
    sftp.rename(f"in/{file.name}.part", f"in/{file.name}")
    began = time.monotonic()
    receipt = f"{file.name}.receipt.json"
    while receipt not in sftp.listdir("receipts"):
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise SystemExit(f"no receipt for {file.name} within {PATIENCE_SECONDS} s")
        time.sleep(0.05)
    with sftp.open(f"receipts/{receipt}") as opened:
        answer = json.loads(opened.read())
    sftp.remove(f"receipts/{receipt}")
    return {"receipt": receipt, "answer": answer, "rejected": sorted(sftp.listdir("rejected"))}


def forget(sftp: paramiko.SFTPClient, name: str) -> None:
    """Delete what is left of an earlier exchange of this file."""
    for folder in ("in", "receipts", "rejected"):
        for found in sftp.listdir(folder):
            if found.startswith(name):
                sftp.remove(f"{folder}/{found}")


if __name__ == "__main__":
    main(*sys.argv[1:])
