"""Partner folders as they are worked on: drafted from samples, tried on documents. Nothing of it is stored."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from adapters.check import account_of, write_expected
from adapters.connector import load_connector
from adapters.errors import Fatal
from adapters.mapping.editing import Edited, with_entry
from adapters.mapping.strict_yaml import BadConfiguration
from adapters.trial import Trial, attempt
from gateway.base import problems
from gateway.base.children import ChildFailed, answer_of
from gateway.base.clock import Clock
from gateway.base.lanes import Lanes
from gateway.base.problems import Refused
from gateway.onboarding.packing import files_in, packed, unpack
from schemas.catalog import kind_names
from schemas.findings import Text

MOST_SAMPLE_BYTES = 8 * 1024 * 1024
"""Of one sample, or of all that a draft is made from."""
_MOST_TRIED = 2_000
_SECONDS = 60.0
_NAME = re.compile(r"[a-z][a-z0-9_]{1,31}")
_FILE_NAME = re.compile(r"[^/\\\0]{1,100}")
_WORKER = (sys.executable, "-I", "-m", "adapters.drafting.worker")


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a folder cannot be used: the file, and the line from 1, where one is to blame."""

    text: Text
    file: str = ""
    line: int = 0

    @classmethod
    def of(cls, error: Fatal) -> Flaw:
        if isinstance(error, BadConfiguration):
            file = error.where.rpartition("/")[2]
            return cls(BadConfiguration(file, error.line, error.message).text, file, error.line)
        return cls(error.text)


class Workshop:
    """For operators. What is long runs in `lanes`, each owner in turn."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    async def attempt(
        self, owner: int, files: Mapping[str, bytes], document: bytes, kind: str | None = None
    ) -> Trial | Flaw:
        """What a folder of these files makes of a document, or why it cannot be used."""
        async with self._lanes.turn(owner):
            return await asyncio.to_thread(_attempt, files, document, kind)

    async def with_outcomes(self, owner: int, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """The folder, with what its examples give now written down as expected. Raises Refused (CONNECTOR-001)."""
        async with self._lanes.turn(owner):
            return await asyncio.to_thread(_with_outcomes, files)

    async def draft(
        self, owner: int, name: str, samples: Mapping[str, bytes], target: str | None = None
    ) -> dict[str, bytes]:
        """The files of a folder for the partner `name`. Raises Refused (CONNECTOR-004, LIMIT-002)."""
        if not _NAME.fullmatch(name):
            raise _unfit(
                Text(
                    f"名称“{name[:40]}”只能用小写字母、数字和下划线，以字母开头",
                    f"a name is small letters, digits and _, and begins with a letter: not {name[:40]!r}",
                )
            )
        asked = {"do": "draft", "name": name, "target": target, "today": Clock.china_today().isoformat()}
        answer = await self._ask(owner, asked, samples)
        return {name: b64decode(content) for name, content in answer["files"].items()}

    async def rank(self, owner: int, sample: tuple[str, bytes], target: str) -> list[dict[str, Any]]:
        """For each field of a kind its candidates among the sources of a sample, the likeliest first.

        Raises Refused (CONNECTOR-004, LIMIT-002, REQUEST-003 for a kind that there is none of).
        """
        if target not in kind_names():
            raise Refused(problems.NOT_FOUND)
        answer = await self._ask(owner, {"do": "rank", "target": target}, dict([sample]))
        return answer["fields"]

    @staticmethod
    def place(text: str, target: str, entry: str, each: Mapping[str, str]) -> Edited:
        """A mapping in which a field is taken from another source. Raises BadConfiguration."""
        return with_entry(text, target, entry, each)

    async def _ask(self, owner: int, asked: Mapping[str, Any], samples: Mapping[str, bytes]) -> dict[str, Any]:
        if not samples or sum(map(len, samples.values())) > MOST_SAMPLE_BYTES:
            most = MOST_SAMPLE_BYTES // 1024 // 1024
            raise _unfit(Text(f"请提供样本，合计不超过 {most} MiB", f"give samples of {most} MiB at most together"))
        if strange := [name for name in samples if not _FILE_NAME.fullmatch(name) or name in (".", "..")]:
            raise _unfit(Text(f"样本文件名无法使用：{strange[0][:80]}", f"a sample cannot be called {strange[0][:80]}"))
        sent = {**asked, "samples": {name: b64encode(content).decode() for name, content in samples.items()}}
        async with self._lanes.turn(owner):
            answer = await _answered(orjson.dumps(sent))
        if "refused" in answer:
            raise _unfit(Text(**answer["refused"]))
        return answer


def _attempt(files: Mapping[str, bytes], document: bytes, kind: str | None) -> Trial | Flaw:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "folder"
        try:
            unpack(packed(files), folder)
            connector = load_connector(folder)
            route = connector.route(kind)
            return attempt(
                connector, document, today=Clock.china_today(), kind=kind, account=account_of(route), most=_MOST_TRIED
            )
        except Fatal as error:
            return Flaw.of(error)


def _with_outcomes(files: Mapping[str, bytes]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "folder"
        try:
            unpack(packed(files), folder)
            write_expected(load_connector(folder), Clock.china_today())
        except Fatal as error:
            raise Refused(problems.UNFIT_CONNECTOR, Flaw.of(error).text) from None
        return files_in(folder)


async def _answered(asked: bytes) -> dict[str, Any]:
    """The worker's answer; it is given a minute."""
    try:
        return orjson.loads(await answer_of(_WORKER, asked, _SECONDS))
    except TimeoutError:
        raise _unfit(Text("样本过于复杂，未能在一分钟内读完", "the sample took more than a minute to read")) from None
    except ChildFailed:
        raise _unfit(Text("样本无法读取", "the sample cannot be read")) from None


def _unfit(detail: Text) -> Refused:
    return Refused(problems.UNFIT_SAMPLE, detail)
