"""The portal of Jiangnan (synthetic): files over SFTP, CSV in GB18030 and XML with Chinese elements, and markers.

    python -I portal_sftp.py <database> --folder <chroot> [--port N] [--records N]   (PORTAL_USER, PASSWORD, CLIENT_KEY)

    outbox/<kind>_inc_<stamp>.csv       what changed since the last export, on POST /export {"kind": "agency"}
    outbox/full_<kind>_<stamp>.csv      everything, on POST /export {"kind": "agency", "full": true}
    inbox/answer_<kind>_<any>.csv       taken once its .ok is there, then moved to inbox/done; at once on POST /take

Filings come as .xml. Beside every file lies <file>.ok with sha256= and rows=. An answer names the version it was made
on; on another one nothing is changed and nothing is said. CLIENT_KEY is a public key that may sign in instead of the
password. Says its host key at start; ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import os
import sys
import threading
from argparse import Namespace
from concurrent.futures import Future
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import asyncssh

sys.path.insert(0, str(Path(__file__).parent))

from portal_doors import LOGIN_PAGE, control, run
from portal_world import Row, World, uscc

CHINA = timezone(timedelta(hours=8))
SWEEP_SECONDS = 0.2
_IN_FORCE = ("生效日期", "失效日期")
_ORGANISATION = (
    "统一社会信用代码", "名称", "设立社代码", "设立社名称", "所在地", "地址", "负责人", "电话", "登记日期", "备案日期",
    "证书编号", "状态", *_IN_FORCE,
)  # fmt: skip
COLUMNS = {
    "agency": (
        "统一社会信用代码", "许可证号", "旅行社名称", "英文名称", "法定代表人", "负责人", "所在地", "地址", "邮编",
        "电话", "传真", "旅行社类型", "出境业务", "边境业务", "保证金", "许可日期", "状态", *_IN_FORCE,
    ),
    "branch": _ORGANISATION,
    "outlet": _ORGANISATION,
    "filing": ("办件编号",),
}  # fmt: skip
PLACES = ("玄武区", "姑苏区", "梁溪区", "如皋市")
PEOPLE = ("王䶮", "李㛃", "陈𬱟", "周示例")


class Outbox:
    """Writes exports into the folder, complete before their marker appears."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world = world
        self._folder = folder
        self._exported_ms: dict[str, int] = {}

    def export(self, kind: str, *, full: bool) -> str | None:
        """The name of the file; None when nothing has changed since the last one."""
        rows = self._world.view(kind, None if full else self._exported_ms.get(kind, -1) + 1)
        if not rows and not full:
            return None
        stamp = datetime.fromtimestamp(self._world.now_ms() / 1000, CHINA).strftime("%Y%m%dT%H%M%S%f")
        suffix = "xml" if kind == "filing" else "csv"
        name = f"full_{kind}_{stamp}.{suffix}" if full else f"{kind}_inc_{stamp}.{suffix}"
        if rows and not full:
            self._exported_ms[kind] = rows[-1].changed_ms
        self._write(name, kind, self._world.delivered(kind, rows))
        return name

    def _write(self, name: str, kind: str, rows: list[Row]) -> None:
        records = [written(row) for row in rows]
        text = as_xml(records) if name.endswith(".xml") else as_csv(COLUMNS[kind], records)
        whole = text.encode("utf-8" if self._world.fault("wrong_charset") else "gb18030")
        claim = f"sha256={hashlib.sha256(whole).hexdigest()}\nrows={len(records)}\n"
        if self._world.fault("half_page"):
            whole = whole[: len(whole) // 2]
        if self._world.fault("html"):
            whole, claim = LOGIN_PAGE.encode(), ""
        (self._folder / name).write_bytes(whole)
        (self._folder / f"{name}.ok").write_text(claim, "ascii")


class Inbox:
    """Takes complete answers: compares the version, sets what was sent, and moves the file away."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world = world
        self._folder = folder
        self._lock = threading.Lock()

    def take(self) -> int:
        """How many answers were taken."""
        with self._lock:
            markers = sorted(self._folder.glob("answer_*.csv.ok"))
            for marker in markers:
                answer = marker.with_suffix("")
                self._apply(answer.name.split("_")[1], answer.read_bytes().decode("gb18030"))
                for file in (answer, marker):
                    file.replace(self._folder / "done" / file.name)
            return len(markers)

    def _apply(self, kind: str, text: str) -> None:
        for fields in csv.DictReader(io.StringIO(text, newline="")):
            message, base = fields.pop("消息号"), int(fields.pop("版本号"))
            self._world.push(kind, fields[COLUMNS[kind][0]], base, fields, message)


class Jiangnan(asyncssh.SSHServer):
    """Who may come in."""

    def __init__(self, world: World) -> None:
        self._world = world

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        if self._world.fault("down"):
            conn.abort()

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (os.environ["PORTAL_USER"], os.environ["PASSWORD"])

    def public_key_auth_supported(self) -> bool:
        return "CLIENT_KEY" in os.environ

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        known = asyncssh.import_public_key(os.environ["CLIENT_KEY"])
        return username == os.environ["PORTAL_USER"] and key.public_data == known.public_data


def files(world: World, folder: Path) -> type[asyncssh.SFTPServer]:
    """SFTP that sees nothing but the folder."""

    class Files(asyncssh.SFTPServer):
        def __init__(self, chan: asyncssh.SSHServerChannel) -> None:
            super().__init__(chan, chroot=os.fsencode(folder))

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
            if world.fault("busy"):
                raise asyncssh.SFTPFailure("系统繁忙 / busy")
            return super().open(path, pflags, attrs)

    return Files


def written(row: Row) -> dict[str, Any]:
    """A record as it goes out: days without leading zeros."""
    when = datetime.fromtimestamp(row.changed_ms // 1000, CHINA)
    days = {name: _slashed(text) for name, text in row.body.items() if name.endswith("日期")}
    return {**row.body, **days, "版本号": row.version, "更新时间": f"{when:%Y/%m/%d %H:%M:%S}"}


def as_csv(columns: tuple[str, ...], records: list[dict[str, Any]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*columns, "版本号", "更新时间"], restval="")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def as_xml(records: list[dict[str, Any]]) -> str:
    found = "".join(_element("办件", record) for record in records)
    return f'<?xml version="1.0" encoding="GB18030"?>\n<办件列表>{found}</办件列表>\n'


def _element(name: str, content: Any) -> str:
    if isinstance(content, list):
        return "".join(_element(name, each) for each in content)
    inner = "".join(_element(*part) for part in content.items()) if isinstance(content, dict) else escape(str(content))
    return f"<{name}>{inner}</{name}>"


def _slashed(text: str) -> str:
    try:
        day = datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        return text
    return f"{day.year}/{day.month}/{day.day}"


def made(kind: str, index: int) -> tuple[str, dict[str, Any]]:
    """The synthetic record of a kind."""
    place, person, number = PLACES[index % 4], PEOPLE[index % 4], index + 1
    agency, code, abroad = f"江南示例{number}号旅行社有限公司", uscc("320100", index), index % 5 == 0
    common = {"所在地": place, "电话": f"025-8{index % 10_000_000:07d}", "负责人": person, "生效日期": "2025-01-01"}
    body = {
        "agency": lambda: {"统一社会信用代码": code, "许可证号": f"L-JS-{index % 90000 + 10000}", "旅行社名称": agency,
            "法定代表人": person, "地址": f"{place}示例路{number}号", "邮编": "210000",
            "旅行社类型": "出境" if abroad else "国内", "出境业务": "是" if abroad else "否",
            "保证金": "140万元" if abroad else "20万元", "许可日期": "2013-08-09", "状态": "正常", **common},
        "branch": lambda: {"统一社会信用代码": uscc("320500", index), "名称": f"{agency}{place}分社",
            "设立社代码": code, "设立社名称": agency, "地址": f"{place}样本路{number}号", "登记日期": "2018-03-01",
            "备案日期": "2018-03-05", "证书编号": f"JNFS{index:06d}", "状态": "已备案", **common},
        "outlet": lambda: {"统一社会信用代码": uscc("320200", index), "名称": f"{agency}{place}门市部",
            "设立社代码": code, "设立社名称": agency, "地址": f"{place}演示路{number}号", "登记日期": "2019-04-01",
            "备案日期": "2019-04-03", "证书编号": f"JNWD{index:06d}", "状态": "已备案", **common},
        "filing": lambda: {"办件编号": f"JN2025{index:06d}", "办件类型": "变更", "对象类型": "旅行社",
            "对象名称": agency, "对象代码": code, "申请单位代码": code, "所在地": place,
            "申请日期": "2025-01-02", "受理日期": "2025-01-03", "应办结日期": "2025-01-10", "状态": "已受理",
            "变更内容": [{"事项": "法定代表人", "变更前": person, "变更后": "冯示例"}],
            "办理环节": [{"环节": "受理", "时间": "2025/1/3", "单位": f"{place}示例文旅局"}]},
    }[kind]()  # fmt: skip
    return body[COLUMNS[kind][0]], body


def host_key_of(file: Path) -> asyncssh.SSHKey:
    """The key by which the server is known, the same at every start."""
    if not file.exists():
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(file))
    return asyncssh.read_private_key(str(file))


async def serving(world: World, inbox: Inbox, arguments: Namespace, said: Future[dict[str, Any]]) -> None:
    """Serve and look into the inbox until the program ends."""
    host_key = host_key_of(Path(f"{arguments.database}.host_key"))
    server = await asyncssh.create_server(
        lambda: Jiangnan(world),
        "127.0.0.1",
        arguments.port,
        server_host_keys=[host_key],
        sftp_factory=files(world, Path(arguments.folder)),
        allow_scp=False,
    )
    public = host_key.export_public_key().decode()
    said.set_result({"listening": server.get_port(), "host_key": " ".join(public.split()[:2])})
    while True:
        await asyncio.to_thread(inbox.take)
        await asyncio.sleep(SWEEP_SECONDS)


def opened(world: World, arguments: Namespace) -> tuple[int, dict[str, Any]]:
    folder, said = Path(arguments.folder), Future[dict[str, Any]]()
    for name in ("outbox", "inbox/done"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    outbox, inbox = Outbox(world, folder / "outbox"), Inbox(world, folder / "inbox")
    served = serving(world, inbox, arguments, said)
    threading.Thread(target=asyncio.run, args=(served,), daemon=True).start()
    told = said.result(timeout=30)
    commands = {
        "export": lambda wanted: outbox.export(wanted["kind"], full=bool(wanted.get("full"))),
        "take": lambda _: inbox.take(),
    }
    return told["listening"], {**told, "control": control(world, extra=commands)}


if __name__ == "__main__":
    run(tuple(COLUMNS), made, opened)
