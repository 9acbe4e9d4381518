"""`yizhan submit` for large files: in parts, resumable, with a bar; then the background work, followed to its end."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from gateway.base.errors import UserError
from gateway.client.answer_words import differences_in_words, finding_in_words

_MOST_SHOWN = 20
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[shown]}"), TimeElapsedColumn())


def upload_file(
    console: Console, client: httpx.Client, file: Path, content_type: str, *, options: dict[str, Any]
) -> int:
    """0 when every row was stored, 1 when some were not, 2 when the document was refused."""
    if options.get("atomic"):
        raise UserError(
            "大文件在后台处理，不支持 --atomic / large files are worked on in the background, not atomically"
        )
    taken = hand_over(console, client, file, content_type, options=options)
    if taken.is_error:
        return show_refusal(console, taken)
    return follow(console, client, taken.json()["submission_id"])


def hand_over(
    console: Console, client: httpx.Client, file: Path, content_type: str, *, options: dict[str, Any]
) -> httpx.Response:
    """The 202 of the whole document, or the first refusal; the parts that have arrived before are not sent again."""
    with file.open("rb") as opened:
        digest = file_digest(opened, "sha256").hexdigest()
    wanted = {
        "sha256": digest,
        "size_bytes": file.stat().st_size,
        "filename": file.name,
        "content_type": content_type,
        **{name: value for name, value in options.items() if value and name != "atomic"},
    }
    session = client.post("/v1/uploads", json=wanted)
    return session if session.is_error else send_parts(console, client, file, session.json())


def follow(console: Console, client: httpx.Client, submission_id: str) -> int:
    """Show the progress of a submission until its last row has its fate; the exit status says how it went."""
    done: dict[str, Any] = {}
    with Progress(*_COLUMNS, console=console) as progress:
        task = progress.add_task("处理 working", total=None, shown="")
        for done in _events(client, submission_id):
            counts = done.get("counts") or {}
            read = done.get("rows_read", counts.get("rows", 0))
            share = done.get("read_bytes", 1) / max(done.get("size_bytes", 1), 1)
            total = None if share < 1 else read
            shown = f"{counts.get('rows', 0):,} / {read:,} 行 rows"
            progress.update(task, completed=counts.get("rows", 0), total=total, shown=shown)
    _show_failures(console, client, submission_id, done)
    counts = done.get("counts") or {}
    console.print(f"submission {submission_id}: " + ", ".join(f"{n} {v:,}" for n, v in counts.items() if v))
    good = sum(counts.get(name, 0) for name in ("accepted", "unchanged", "amended"))
    return 0 if good == counts.get("rows", 0) and not done.get("failure") else 1


def show_refusal(console: Console, answer: httpx.Response) -> int:
    """Print why a request was refused, in both languages; the exit status is 2."""
    document = answer.json()
    console.print(f"[red]{document['code']} {document['title']}[/red]: {escape(document['detail'])}")
    console.print(f"{document['title_en']}: {document['detail_en']}", markup=False)
    if document.get("advice", document["detail"]) != document["detail"]:
        console.print(f"{document['advice']} {document['advice_en']}", markup=False)
    return 2


def send_parts(console: Console, client: httpx.Client, file: Path, session: dict[str, Any]) -> httpx.Response:
    """Send the parts that are missing, then hand the document over."""
    url, size = f"/v1/uploads/{session['upload_id']}", session["part_bytes"]
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with file.open("rb") as opened, Progress(*columns, console=console) as progress:
        arrived = session["size_bytes"] - sum(
            min(size, session["size_bytes"] - (n - 1) * size) for n in session["missing"]
        )
        task = progress.add_task(f"上传 uploading {file.name}", total=session["size_bytes"], completed=arrived)
        for number in session["missing"]:
            opened.seek((number - 1) * size)
            part = opened.read(size)
            digest = f"sha-256=:{b64encode(sha256(part).digest()).decode()}:"
            sent = client.put(f"{url}/parts/{number}", content=part, headers={"Content-Digest": digest})
            if sent.is_error:
                return sent
            progress.update(task, advance=len(part))
    return client.post(f"{url}/complete")


def _events(client: httpx.Client, submission_id: str) -> Iterator[dict[str, Any]]:
    with client.stream("GET", f"/v1/submissions/{submission_id}/events", timeout=None) as events:
        for line in events.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


def _show_failures(console: Console, client: httpx.Client, submission_id: str, done: dict[str, Any]) -> None:
    """The first rows that did not pass; the whole list is one request away."""
    if failure := done.get("failure"):
        console.print(f"[red]{failure['code']}[/red] {failure['locator']}: {failure['reason']['zh']}")
    url = f"/v1/submissions/{submission_id}/records.ndjson"
    with client.stream("GET", url, params={"failures": "true"}) as lines:
        for shown, line in enumerate(lines.iter_lines()):
            if shown == _MOST_SHOWN:
                console.print(f"[dim]... 全部清单 the whole list: GET {url}?failures=true[/dim]")
                return
            record = json.loads(line)
            why = "\n  ".join([*map(finding_in_words, record["findings"]), *differences_in_words(record)])
            said = escape(f"{record['locator']} {record['key'] or ''}: {why}")
            console.print(f"[red]{record['status']}[/red] {said}")
