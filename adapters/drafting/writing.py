"""The files of a drafted folder as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adapters.drafting.assignment import Assignment
from adapters.drafting.entries import Drafted, Entry, mapped_key
from adapters.drafting.lookups import TODO

_PLAIN = re.compile(r"[A-Za-z_$\u3400-\u9fff][\w.$/\-\u3400-\u9fff]*")
_RESERVED = re.compile(r"(?:null|true|false|yes|no|on|off|y|n|~)", re.IGNORECASE)
_WIDTH = 28


def scalar(text: str) -> str:
    """A text as YAML has to write it."""
    if _PLAIN.fullmatch(text) and not _RESERVED.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii=False)


def flow(value: Any) -> str:
    """A value in flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(str(value))


def connector_yaml(name: str, channel: str, mappings: Mapping[str, str], doors: Mapping[str, Any]) -> str:
    kinds = "\n".join(f"  {kind}: {file}" for kind, file in mappings.items())
    return (
        f"connector: {name}\n"
        f"partner: {TODO}  # 对接方全称 full name of the organisation\n"
        f"title: {{zh: {scalar(f'{name} 对接（草稿）')}, en: {scalar(f'{name} (draft)')}}}\n"
        f"channel: {channel}\n" + (f"doors: {flow(doors)}\n" if doors else "") + f"mappings:\n{kinds}\n"
    )


def mapping_yaml(
    name: str, found: Assignment, read: Mapping[str, Any], drafted: Drafted, *, heading: Sequence[str]
) -> str:
    """The text of a mapping file, each line with what speaks for it."""
    lines = [f"# {line}" for line in heading]
    lines += [f"mapping: {name}.{found.kind.name}@1", f"target: {found.kind.id}", f"read: {flow(read)}"]
    lines += ["clean: [nfkc, trim]", 'blank: ["", 无, 暂无, "-", —, /, N/A, "null", NULL]']
    key = mapped_key(found.kind, drafted)
    lines += [f"key: {flow(key)}"] if key else [f"# {TODO} key: {', '.join(found.kind.key)}"]
    if drafted.parts:
        lines.append(f"parts: {flow(drafted.parts)}")
    lines += ["fields:", *_entries(drafted.entries, 1)]
    return "\n".join(lines) + "\n"


def _entries(entries: Sequence[Entry], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for entry in entries:
        if not entry.is_list:
            body = f"{indent}{entry.target + ':':<{_WIDTH}} {flow(entry.body)}"
            yield f"{body}  # {entry.note}" if entry.note else body
            continue
        yield f"{indent}{entry.target}:"
        if entry.each is None:
            yield f"{indent}  one:"
        else:
            yield f"{indent}  each: {scalar(entry.each)}"
            if entry.split:
                yield f"{indent}  split: {scalar(entry.split)}"
                yield f"{indent}  as: {scalar(entry.form)}"
            if entry.inside:
                yield f"{indent}  fields:"
        yield from _entries(entry.inside, depth + 2)
