"""What installed packages may add, and what is wrong with one that may not: it stops nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import invalidate_caches
from itertools import count
from pathlib import Path

import pytest

from adapters import registry
from adapters.errors import Fatal
from adapters.registry import ENTRY_POINTS, Extension, reader, registered

_numbers = count(1)
Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Writes a module and what an installer would write beside it."""

    def write(name: str, code: str) -> None:
        module = f"{name}_module_{next(_numbers)}"
        (tmp_path / f"{module}.py").write_text(code)
        beside = tmp_path / f"{name}-1.dist-info"
        beside.mkdir()
        (beside / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (beside / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\n{name} = {module}:extension\n")
        forget()

    monkeypatch.syspath_prepend(str(tmp_path))
    yield write
    monkeypatch.undo()
    forget()


def forget() -> None:
    invalidate_caches()
    registry.offers.cache_clear()
    registry.reader.cache_clear()


def offering(formats: str) -> str:
    head = "from adapters.registry import Extension\ndef read(source, options): return iter(())\n"
    return f"{head}def extension(): return Extension(formats={formats})\n"


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("import nothing_of_the_kind", "无法加载（ModuleNotFoundError）", "cannot be loaded (ModuleNotFoundError)"),
        ("def extension(): raise KeyError", "无法加载（KeyError）", "cannot be loaded (KeyError)"),
        ("def extension(): return {}", "返回的不是“Extension”", "returns no Extension"),
        (offering("{'json': read}"), "已由平台使用", "is one of the gateway"),
        (offering("{'Wide Text': read}"), "只能用小写字母", "2 to 32 small letters"),
        (offering("{'tidy': 'read'}"), "不是函数", "is no function"),
        (offering("{'good': read}"), "都提供格式“good”", "both provide format 'good'"),
    ],
)
def test_what_is_wrong_with_a_package_is_told_and_stops_nobody_else(
    install: Install, code: str, zh: str, en: str
) -> None:
    install("alright", offering("{'good': read}"))
    install("broken", code)
    assert callable(reader("good"))
    assert reader("json").__module__ == "adapters.formats.json"
    with pytest.raises(Fatal) as refused:
        reader("missing")
    assert (zh in refused.value.text.zh, en in refused.value.text.en) == (True, True), refused.value.text
    assert "broken" in refused.value.text.zh


def test_without_a_package_the_format_is_missing() -> None:
    with pytest.raises(Fatal, match=r"no reader for format 'tide'$"):
        reader("tide")


def test_a_reader_may_be_tried_without_being_installed() -> None:
    with registered("tide", Extension(formats={"tide": lambda source, options: iter(())})):
        assert list(reader("tide")(b"", None)) == []  # type: ignore[arg-type]
    with pytest.raises(Fatal):
        reader("tide")
