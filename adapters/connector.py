"""A connector: one configured exchange with a partner, read from mappings/<partner>/connector.yaml."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from adapters import own_wsdl
from adapters.agencies import Agencies
from adapters.drift import Shape
from adapters.envelope import Outcome, SourceRecord
from adapters.errors import Fatal
from adapters.formats.options import Read
from adapters.mapping import loader, outward, strict_yaml
from adapters.mapping.compiler import Mapper
from adapters.mapping.nearest import meant
from adapters.mapping.outward import Outward
from adapters.own_wsdl import OwnService
from schemas.catalog import Kind
from schemas.findings import Text
from schemas.rules.report import Register
from schemas.rules.usual import Usual, measures, usual
from schemas.structure import MOST_FINDINGS

_LEAST_FIRST = Text("最小值应写在最大值之前", "the least stands before the most")


class Frequency(StrEnum):
    """How often a partner sends what it has: the length of the period in which its records are counted."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Bounds(NamedTuple):
    """The least and the most records of a kind in a period."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Expected:
    """How many records of each kind a partner sends in a period."""

    frequency: Frequency
    volumes: Mapping[str, Bounds]


@dataclass(frozen=True, slots=True)
class OwnDoor:
    """A partner's own WSDL as a door, and the kind of its records."""

    kind: str
    service: OwnService


class Route(Protocol):
    """How records of one kind come in: what the reader needs, and what turns each record into an outcome."""

    stamp: str
    target: str
    kind: Kind

    @property
    def read(self) -> Read: ...

    def __call__(
        self, record: SourceRecord, today: date, register: Register | None = None, /, *, most: int = MOST_FINDINGS
    ) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Connector:
    """`routes` by kind name ("contract"); `credentials` names a secret, it never holds one.

    `doors` are the options of the doors that stand open to this partner beside REST, by door ("soap", "sftp").
    `source` says where its documents are fetched, when they are; secrets in it are references. `outward` turns
    canonical records back into the partner's own, by kind, where it takes changes of ours. `shapes` are what its
    records looked like when that was recorded, by kind. `publisher` is who answers for the data, where that is not
    the partner; `expected` is what comes in a period; `agencies` those whose records it
    sends, where it says so; `own_door` its own WSDL, where it calls no other.
    """

    id: str
    partner: str
    title: Text
    channel: str
    routes: Mapping[str, Route]
    doors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: Mapping[str, Any] | None = None
    credentials: str | None = None
    folder: Path | None = None
    outward: Mapping[str, Outward] = field(default_factory=dict)
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    publisher: str | None = None
    expected: Expected | None = None
    agencies: Agencies | None = None
    own_door: OwnDoor | None = None

    @property
    def is_portal(self) -> bool:
        """Whether it keeps records and says how they are now: what comes from it amends what came before."""
        return self.channel == "portal"

    def outward_of(self, kind: str) -> Outward:
        """What turns a record of a kind into the partner's own. Raises Fatal where the partner takes none."""
        try:
            return self.outward[kind]
        except KeyError:
            raise Fatal(Text(f"对接配置 {self.id} 不推送 {kind}", f"connector {self.id} pushes no {kind}")) from None

    def route(self, kind: str | None = None) -> Route:
        """The route of a kind, which need not be named when there is only one. Raises Fatal."""
        if kind is None and len(self.routes) == 1:
            return next(iter(self.routes.values()))
        found = self.routes.get((kind or "").partition(".")[0])
        if found is None:
            raise Fatal(self._unmapped(kind))
        return found

    def _unmapped(self, kind: str | None) -> Text:
        asked, known = Text(kind, kind) if kind else Text("未指明的种类", "an unnamed kind"), ", ".join(self.routes)
        return Text(
            f"对接配置 {self.id} 没有 {asked.zh} 的映射，现有：{known}",
            f"connector {self.id} has no mapping for {asked.en}: {known}",
        )


def load_connector(folder: Path) -> Connector:
    """The connector of one partner folder, its mappings compiled. Raises BadConfiguration or Fatal."""
    try:
        return _load(folder)
    except RecursionError:
        raise Fatal(Text("映射嵌套过深", "the mapping is nested too deep")) from None
    except (csv.Error, OSError) as error:  # such as a name that no file can have
        raise Fatal(_reason(error)) from None


def _load(folder: Path) -> Connector:
    file = folder / "connector.yaml"
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        told = Text(f"无法读取，系统报告“{error}”", f"cannot be read: {error}")
        raise strict_yaml.BadConfiguration(f"{folder.name}/connector.yaml", 1, told) from None
    document = strict_yaml.load(text, f"{folder.name}/connector.yaml")
    loader.check(document, "connector.schema.json")
    body = document.value
    routes = {kind: _mapper(document, kind, name, folder) for kind, name in body["mappings"].items()}
    return Connector(
        id=body["connector"],
        partner=body["partner"],
        title=Text(**body["title"]),
        channel=body["channel"],
        routes=routes,
        doors=body.get("doors", {}),
        source=body.get("source"),
        credentials=body.get("credentials"),
        folder=folder,
        outward=_outward(document, body, folder),
        shapes=_shapes(folder, body["mappings"], body.get("drift", {})),
        publisher=body.get("publisher"),
        expected=_expected(document),
        agencies=Agencies.declared(body["agencies"]) if "agencies" in body else None,
        own_door=_own_door(document, routes, folder),
    )


@dataclass(frozen=True, slots=True)
class SetAside:
    """A partner folder that cannot be used, and why. Connector and channel are what its own words still tell."""

    folder: Path
    connector: str
    is_portal: bool
    reason: Text


def load_folders(
    folder: Path, load: Callable[[Path], Connector] = load_connector
) -> tuple[Mapping[str, Connector], list[SetAside]]:
    """Every partner folder below `folder`, by connector id, and those that cannot be used: they stop no other.

    Of two folders that call their connector alike the one that bears the name itself counts, else the first.
    """
    found: dict[str, Connector] = {}
    aside: list[SetAside] = []
    files = sorted(folder.glob("*/connector.yaml"))
    for file in sorted(files, key=lambda file: said_in(file, "connector") != file.parent.name):
        try:
            connector = load(file.parent)
            if connector.id in found:
                name = connector.id
                raise Fatal(Text(f"两个目录的对接配置同名：{name}", f"two folders call their connector {name!r}"))
            found[connector.id] = connector
        except Fatal as error:
            name = said_in(file, "connector") or file.parent.name
            aside.append(SetAside(file.parent, name, said_in(file, "channel") == "portal", error.text))
    return dict(sorted(found.items())), aside


def load_connectors(folder: Path) -> Mapping[str, Connector]:
    """Every partner folder below `folder`, by connector id. Raises Fatal for the first that cannot be used."""
    found, aside = load_folders(folder)
    if aside:
        name, reason = aside[0].folder.name, aside[0].reason
        raise Fatal(Text(f"{name}：{reason.zh}", f"{name}: {reason.en}"))
    return found


def _reason(error: Exception) -> Text:
    return Text(f"系统报告“{error}”", str(error))


def said_in(file: Path, key: str) -> str | None:
    """The value of a key in a file that need not be readable otherwise."""
    try:
        text = file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
    found = re.search(rf"^{key}:[ \t]*[\"']?([\w.-]+)", text, re.MULTILINE)
    return found and found[1]


def shape_file(folder: Path, kind: str) -> Path:
    """Where the recorded shape of a kind lies."""
    return folder / f"shape.{kind}.json"


def _shapes(folder: Path, kinds: Iterable[str], policy: Mapping[str, str]) -> dict[str, Shape]:
    files = {kind: shape_file(folder, kind) for kind in kinds}
    return {kind: _shape(file, policy) for kind, file in files.items() if file.exists()}


def _shape(file: Path, policy: Mapping[str, str]) -> Shape:
    try:
        return Shape.from_json(json.loads(file.read_text("utf-8")), policy)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        told = Text(f"不是记录的数据结构，系统报告“{error}”", f"is no recorded shape: {error}")
        raise strict_yaml.BadConfiguration(file.name, 1, told) from None


def _mapper(document: strict_yaml.Document, kind: str, name: str, folder: Path) -> Route:
    if Path(name).name != name:
        told = Text("映射文件应在对接方自己的目录中", "a mapping file lies in the partner's own folder")
        raise document.refuse(("mappings", kind), told)
    mapper = Mapper(loader.load(folder / name), _usually(document))
    if mapper.kind.name != kind:
        found = mapper.kind.name
        told = Text(f"{name} 映射的是“{found}”，不是“{kind}”", f"{name} maps {found}, not {kind}")
        raise document.refuse(("mappings", kind), told)
    return mapper


def _must_be_known(word: str, known: Collection[str], document: strict_yaml.Document, path: strict_yaml.Path) -> None:
    if word not in known:
        told = Text(f"没有“{word}”", f"nothing is called {word!r}")
        raise document.refuse(path, meant(told, word, sorted(known)))


def _own_door(document: strict_yaml.Document, routes: Mapping[str, Route], folder: Path) -> OwnDoor | None:
    """The door that the partner's own WSDL makes, None where there is none. Raises Fatal."""
    said = document.value.get("doors", {}).get("soap_as")
    if said is None:
        return None
    path, record = ("doors", "soap_as", "record"), said["record"]
    read = {route.read.records: kind for kind, route in routes.items() if route.read.format == "xml"}
    if record not in read:
        told = Text(f"没有映射读取 XML 元素“{record}”", f"no mapping reads elements {record!r} of XML")
        raise document.refuse(path, meant(told, record, read))
    return OwnDoor(read[record], own_wsdl.load(folder / said["wsdl"], record))


def _expected(document: strict_yaml.Document) -> Expected | None:
    """What the partner sends in a period, None where nothing is expected."""
    said = document.value.get("expects", {})
    for kind, (least, most) in said.items():
        _must_be_known(kind, document.value["mappings"], document, ("expects", kind))
        if int(least) > int(most):
            raise document.refuse(("expects", kind), _LEAST_FIRST)
    if not said:
        return None
    volumes = {kind: Bounds(int(least), int(most)) for kind, (least, most) in said.items()}
    return Expected(Frequency(document.value["frequency"]), volumes)


def _usually(document: strict_yaml.Document) -> Usual | None:
    """What the connector takes for usual, None where that is what everybody does."""
    said = document.value.get("plausibility")
    if said is None:
        return None
    for measure, types in said.items():
        _must_be_known(measure, measures(), document, ("plausibility", measure))
        for kind, limits in types.items() if isinstance(types, dict) else ():
            _must_be_known(kind, measures()[measure], document, ("plausibility", measure, kind))
            if isinstance(limits, list) and float(limits[0]) > float(limits[1]):
                raise document.refuse(("plausibility", measure, kind), _LEAST_FIRST)
    return usual().but(said)


def _outward(document: strict_yaml.Document, body: Mapping[str, Any], folder: Path) -> dict[str, Outward]:
    loaded: dict[str, Outward] = {}
    for kind, each in body.get("source", {}).get("kinds", {}).items():
        path = ("source", "kinds", kind)
        if kind not in body["mappings"] and "push" not in each:
            raise document.refuse(path, Text(f"没有“{kind}”的映射", f"there is no mapping for {kind}"))
        if "push" in each:
            loaded[kind] = outward.load(folder / each["push"])
            if loaded[kind].kind.name != kind:
                name, found = each["push"], loaded[kind].kind.name
                told = Text(f"{name} 用于“{found}”，不是“{kind}”", f"{name} is for {found}, not {kind}")
                raise document.refuse((*path, "push"), told)
    return loaded
