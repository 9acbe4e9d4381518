"""`yizhan submit`: send a file, show what became of every record."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.base.errors import UserError
from gateway.client.answer_words import differences_in_words, finding_in_words
from gateway.client.client import open_client
from gateway.client.uploading import show_refusal, upload_file
from gateway.intake.document_findings import is_too_many

LARGE_BYTES = 8 * 1024 * 1024
"""Larger files are uploaded in parts and worked on in the background."""
_MOST_ROWS = 40
_CODE_WIDTH = 24
_STYLES = {"accepted": "green", "unchanged": "green", "amended": "cyan", "withheld": "yellow"}


def submit_file(file: Path, url: str, api_key: str, secret: str, *, options: dict[str, Any]) -> int:
    """0 when every record was stored, 1 when some were not, 2 when the request was refused."""
    if not api_key or not secret:
        raise UserError(
            "请给出 --api-key 与 --secret（或环境变量 YIZHAN_API_KEY、YIZHAN_API_SECRET）/ credentials needed"
        )
    console = Console()
    try:
        with open_client(url, api_key, secret) as client:
            if file.stat().st_size > LARGE_BYTES:
                return upload_file(console, client, file, _content_type(file), options=options)
            with console.status(f"提交 submitting {file.name} ..."):
                answer = _push(client, file, options)
            if is_too_many(answer.json()):
                return upload_file(console, client, file, _content_type(file), options=options)
            return show_answer(console, answer)
    except httpx.HTTPError as error:
        raise UserError(f"无法连接 {url}：{error} / cannot reach the service") from None


def _push(client: httpx.Client, file: Path, options: dict[str, Any]) -> httpx.Response:
    query = {name: str(value).lower() if isinstance(value, bool) else value for name, value in options.items() if value}
    return client.post(
        "/v1/submissions",
        params={**query, "filename": file.name},
        content=file.read_bytes(),
        headers={"Content-Type": _content_type(file)},
    )


def _content_type(file: Path) -> str:
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def show_answer(console: Console, answer: httpx.Response) -> int:
    """Print an answer for a person; the exit status says how it went."""
    document = answer.json()
    if "records" not in document:
        return show_refusal(console, answer)
    table = Table("#", "状态 status")
    table.add_column("业务编号 key", overflow="fold")
    table.add_column("合同编码 code", no_wrap=True, min_width=_CODE_WIDTH)
    table.add_column("位置与原因 where and why", overflow="fold")
    for record in document["records"][:_MOST_ROWS]:
        style = _STYLES.get(record["status"], "red")
        why = "\n".join([*map(finding_in_words, record["findings"]), *differences_in_words(record)])
        code = record.get("code_printed", "")
        key = escape(record["key"] or "")
        table.add_row(str(record["ordinal"]), f"[{style}]{record['status']}", key, code, escape(why))
    console.print(table)
    for note in document.get("notes", ()):
        console.print(f"[yellow]提示 note[/yellow] {escape(finding_in_words(note))}")
    counts = document["counts"]
    if not counts["rows"]:
        console.print("[yellow]文件中没有记录 no records found[/yellow]")
    console.print(f"submission {document['submission_id']}: " + ", ".join(f"{n} {v}" for n, v in counts.items() if v))
    good = counts["accepted"] + counts["unchanged"] + counts["amended"]
    return 0 if good == counts["rows"] else 1
