"""Opens Word documents of others in an enclosed process, a few at a time."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

import adapters.word
from adapters.enclosure import Enclosure
from adapters.word.problems import NOT_WORD, unreadable
from gateway.base import problems
from gateway.base.children import ChildFailed, answer_of
from gateway.base.lanes import Lanes
from gateway.base.problems import Refused

_log = structlog.get_logger()
_SECONDS, _MEMORY = 60, 1 << 30
_ENCLOSURE = Enclosure(Path(adapters.word.__file__).with_name("worker.py"), memory=_MEMORY, seconds=_SECONDS)
_AT_ONCE, _EACH_AT_ONCE, _MOST_WAITING = 2, 1, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """What was found in a document: its blanks with candidates, warnings, and its text as HTML."""

    blanks: Sequence[Mapping[str, Any]]
    notes: Sequence[Mapping[str, Any]]
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedTemplate:
    """A template with what it takes: JSON pointers of fields, and what the platform puts in; `findings` are errors."""

    template: bytes
    fields: Sequence[str]
    places: Sequence[str]
    findings: Sequence[Mapping[str, Any]]


class WordReader:
    """Reads documents, makes templates of them and checks those that were made by hand."""

    def __init__(self) -> None:
        self._lanes = Lanes("word", _AT_ONCE, each=_EACH_AT_ONCE, waiting=_MOST_WAITING)

    async def read(self, document: bytes, *, owner: Hashable) -> ReadDocument:
        """Raises Refused (LIMIT-002 when too much of `owner` waits, TEMPLATE-003 with findings)."""
        told = await self._asked(owner, do="read", document=document)
        return ReadDocument(blanks=told["blanks"], notes=told["notes"], html=told["html"])

    async def marked(self, document: bytes, meanings: Mapping[str, str], *, owner: Hashable) -> CheckedTemplate:
        """The template of a document whose blanks mean that, by number. Raises Refused as `read` does."""
        told = await self._asked(owner, do="mark", document=document, meanings=meanings)
        return _checked(b64decode(told["template"]), told)

    async def checked(self, template: bytes, *, owner: Hashable) -> CheckedTemplate:
        """A template that was made by hand. Raises Refused as `read` does."""
        return _checked(template, await self._asked(owner, do="check", template=template))

    async def _asked(self, owner: Hashable, **asked: Any) -> dict[str, Any]:
        order = {key: b64encode(value).decode() if isinstance(value, bytes) else value for key, value in asked.items()}
        async with self._lanes.turn(owner):
            try:
                told = json.loads(await answer_of(_ENCLOSURE.command(), json.dumps(order).encode(), _SECONDS))
            except (TimeoutError, ChildFailed) as failed:
                _log.error("a document was not read", exit_status=getattr(failed, "exit_status", None))
                finding = unreadable(NOT_WORD).finding
                raise Refused(problems.TEMPLATE_UNFIT, finding.reason, findings=[finding.as_dict()]) from None
        if "refused" in told:
            raise Refused(problems.TEMPLATE_UNFIT, findings=told["refused"])
        return told


def _checked(template: bytes, told: Mapping[str, Any]) -> CheckedTemplate:
    return CheckedTemplate(template=template, fields=told["fields"], places=told["places"], findings=told["findings"])
