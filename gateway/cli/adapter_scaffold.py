"""`yizhan adapter new`: an installable package with a reader of its own, and tests that run the standard suites."""

from __future__ import annotations

import keyword
import re
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from string import Template

from rich.console import Console

from adapters.check import write_expected
from adapters.connector import load_connector
from adapters.registry import FORMATS, NAME, offers, registered
from gateway.base.errors import UserError
from schemas.samples import CHECKED_ON

_MOST = 24
"""Letters of a name: the package and its module are called by it too."""


def new_adapter(name: str, folder: Path | None) -> None:
    """Write the package. Raises UserError for a name that cannot be used, or a folder that holds something."""
    _must_be_free(name)
    target = folder or Path(f"yizhan-adapter-{name.replace('_', '-')}")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(f"{target} 已存在且不为空，不会覆盖 / is there and not empty: nothing is overwritten")
    words = {"name": name, "dashed": name.replace("_", "-"), "module": f"yizhan_{name}"}
    for place, text in _FILES.items():
        file = target / Template(place).substitute(words)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(Template(text).substitute(words), "utf-8")
    _write_expected(target, name)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"{target}", markup=False)
    console.print(f"pip install {target} && pytest {target}", markup=False)


def _must_be_free(name: str) -> None:
    if not NAME.fullmatch(name) or len(name) > _MOST:
        raise UserError(
            f"名称“{name[:60]}”只能用小写字母、数字和下划线，以字母开头，2 至 {_MOST} 个字符 / "
            f"a name is 2 to {_MOST} small letters, digits and underscores, and begins with a letter"
        )
    if re.search(r"__|_$", name) or keyword.iskeyword(name):
        raise UserError(
            f"名称“{name}”不能以下划线结尾或含有连续的下划线，也不能是 Python 的保留字 / "
            "a name neither ends in an underscore nor has two together, and is no word that Python keeps for itself"
        )
    if name in FORMATS:
        raise UserError(f"“{name}”已是平台自带的格式 / it is one of the gateway's own formats")
    if name in offers().readers or find_spec(f"yizhan_{name}") is not None:
        raise UserError(f"已安装名为“{name}”的适配器 / an adapter of that name is installed already")


def _write_expected(target: Path, name: str) -> None:
    """What the example gives, by the very module that was written."""
    spec = spec_from_file_location(f"yizhan_{name}", target / f"yizhan_{name}.py")
    assert isinstance(spec, ModuleSpec)  # noqa: S101 - it was written a moment ago
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    with registered(name, module.extension()):
        write_expected(load_connector(target / "tests" / "folders" / "example"), CHECKED_ON)


_FILES = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "yizhan-adapter-$dashed"
version = "0.1.0"
description = "格式 $name 的读取程序 / A reader of the format $name"
requires-python = ">=3.11"

[project.entry-points."yizhan.adapters"]
$name = "$module:extension"

[tool.hatch.build.targets.wheel]
only-include = ["$module.py"]
""",
    "$module.py": '''\
"""The format $name: records are lines `name: value`, with an empty line between two records. Put your own here."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.envelope import Path, Rejection, SourceRecord
from adapters.formats.options import Read
from adapters.formats.problems import DOCUMENT, EMPTY, ENCODING, TOO_LARGE, unreadable
from adapters.formats.source import Source, size, whole
from adapters.registry import Extension

_MOST_BYTES = 10 * 1024 * 1024


def extension() -> Extension:
    """What the gateway finds under the entry point."""
    return Extension(formats={"$name": read})


def read(source: Source, options: Read) -> Iterator[SourceRecord | Rejection]:
    """The records of a document. Raises Unreadable for one that cannot be read as a whole; never anything else."""
    if size(source) == 0:
        raise unreadable(EMPTY)
    if size(source) > _MOST_BYTES:
        raise unreadable(TOO_LARGE, what=DOCUMENT, limit=f"{_MOST_BYTES} B")
    encoding = options.encoding or "utf-8"
    try:
        text = whole(source).decode(encoding)
    except UnicodeDecodeError:
        raise unreadable(ENCODING, encoding=encoding) from None
    return _records(text)


def _records(text: str) -> Iterator[SourceRecord | Rejection]:
    ordinal, data, lines = 0, dict[str, str](), dict[str, int]()
    for number, line in enumerate([*text.split("\\n"), ""], 1):
        name, colon, value = line.partition(":")
        if colon:
            data[name.strip()], lines[name.strip()] = value.strip(), number
        elif data and not line.strip():
            ordinal += 1
            yield _record(ordinal, data, lines)
            data, lines = {}, {}


def _record(ordinal: int, data: dict[str, str], lines: dict[str, int]) -> SourceRecord:
    place = f"line {min(lines.values())}"

    def locate(path: Path) -> str:
        """The place of a value in the partner's own document."""
        return f"line {lines[str(path[0])]}" if path and path[0] in lines else place

    return SourceRecord(ordinal, data, place, locate)
''',
    "tests/test_adapter.py": '''\
"""The standard suites of the gateway, for the reader and for a partner folder that uses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from adapters.connector import load_connector
from adapters.testing import Case, cases, passes, reader_cases

FOLDERS = Path(__file__).parent / "folders"
OPTIONS = load_connector(FOLDERS / "example").route("contract").read


@pytest.mark.parametrize("case", reader_cases(OPTIONS, [FOLDERS / "example/examples/ordinary.txt"]), ids=str)
def test_the_reader_conforms(case: Case) -> None:
    passes(case)


@pytest.mark.parametrize("case", cases(FOLDERS), ids=str)
def test_the_folder_conforms(case: Case) -> None:
    passes(case)
''',
    "tests/folders/example/connector.yaml": """\
connector: ${name}_example
partner: 示例软件
title: {zh: 示例, en: Example}
channel: upload
mappings:
  contract: contract.yaml
""",
    "tests/folders/example/contract.yaml": """\
mapping: ${name}_example.contract@1
target: contract.v1
read: {format: $name}
key: [business_no]
fields:
  business_no:          {from: number}
  contract_type:        {const: domestic}
  agency.name:          {from: agency}
  agency.license_no:    {from: licence, via: [license_no]}
  route_name:           {from: route}
  depart_on:            {from: begin, via: [cn_date]}
  return_on:            {from: end, via: [cn_date]}
  headcount:            {from: people, via: [count]}
  total_price:          {from: price, via: [cn_amount]}
  travellers:
    one:
      name:             {from: guest, via: [person_name]}
      document.type:    {infer: document.number}
      document.number:  {from: identity, via: [document_no]}
""",
    "tests/folders/example/examples/ordinary.txt": """\
number: A-1
agency: 北京示例国际旅行社有限公司
licence: L-BJ-CJ00144
route: 黄山三日游
begin: 2017-08-05
end: 2017-08-07
people: 1
price: 1980
guest: 张示例
identity: 11010519491231002X
""",
}
