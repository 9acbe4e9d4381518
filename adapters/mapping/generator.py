"""A mapping as straight-line Python source.

One source line a field, no interpretation at run time. Only two things reach the source text: `repr` of constants
(keys and lists of steps) and names this module makes itself (`n3`, `M7`); a mapping's values are never code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from adapters.mapping.chain import Chain
from adapters.mapping.problems import NOT_AN_OBJECT, Dirty
from adapters.mapping.spec import Each, Field, Mapping

Steps = tuple[str | int, ...]
Places = tuple[tuple[int, int], ...]
EMPTY: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a failure needs to be told: the field, and the lists it stands in as (target steps, source steps)."""

    field: Field
    lists: tuple[tuple[Steps, Steps], ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A value that was refused. `places` gives (source index, target index) for every list around it."""

    leaf: Leaf
    places: Places
    value: Any
    dirty: Dirty


Convert = Callable[[Any, list[Failure]], dict[str, Any]]
ConvertRow = Callable[[Any, list[Failure], Places], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Program:
    """A generated mapping: `convert(data, failures)` gives the body, `rows` the function of each list (by id)."""

    mapping: Mapping
    convert: Convert
    rows: dict[int, ConvertRow]
    source: str


def generate(mapping: Mapping) -> Program:
    writer = _Writer(mapping)
    writer.function("convert", mapping.fields, (), root=True)
    source = "\n\n".join(writer.functions)
    exec(compile(source, f"<mapping {mapping.name}>", "exec"), writer.names)  # noqa: S102 - source is ours, see above
    rows = {entry: writer.names[name] for entry, name in writer.rows.items()}
    return Program(mapping, writer.names["convert"], rows, source)


def steps(source: str, *, tabular: bool) -> Steps:
    """The way to a value: a heading is one step, a dotted path several; digits index a list."""
    if tabular:
        return (source,)
    return tuple(int(step) if step.isdecimal() else step for step in source.split("."))


def dig(node: Any, way: Steps) -> Any:
    """The value at the end of a way, None where the way ends early."""
    for step in way:
        if isinstance(step, int):
            if isinstance(node, list):
                node = node[step] if step < len(node) else None
            elif step:
                return None
        else:
            node = node.get(step) if isinstance(node, dict) else None
    return node


def elements(node: Any) -> list[Any]:
    """A list, whatever the partner made of it: absent and blank are empty, one alone is a list of one."""
    if isinstance(node, list):
        return node
    if node is None or (isinstance(node, str) and not node.strip()):
        return []
    return [node]


def split(node: Any) -> list[Any]:
    """The single values of a list; text is cut at the usual marks (`法国、意大利`)."""
    if not isinstance(node, str):
        return elements(node)
    for mark in "，,;；/|\n":
        node = node.replace(mark, "、")
    return [part for part in node.split("、") if part.strip()]


@dataclass
class _Writer:
    mapping: Mapping
    functions: list[str] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)
    rows: dict[int, str] = field(default_factory=dict)
    _chains: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names |= {
            "__builtins__": {},
            "str": str,
            "dict": dict,
            "len": len,
            "enumerate": enumerate,
            "Dirty": Dirty,
            "Failure": Failure,
            "EMPTY": EMPTY,
            "dig": dig,
            "elements": elements,
            "split": split,
            "misfit": _misfit,
            "first": _first,
            "refuse": _refuse,
        }

    def function(self, name: str, fields: tuple[Field | Each, ...], lists: tuple[Any, ...], root: bool = False) -> None:
        lines = [f"def {name}(d, f{', p=()' if root else ', p'}):"]
        nodes: dict[Steps, str] = {(): "d"}
        targets = self._targets(fields, lines)
        for entry in fields:
            if isinstance(entry, Each):
                self._each(entry, lists, nodes, targets, lines)
            else:
                self._field(entry, lists, nodes, targets, lines)
        for parent, key, child in reversed(targets.nested):
            lines.append(f"    if {child}: {parent}[{key!r}] = {child}")
        lines.append("    return t0")
        self.functions.append("\n".join(lines))

    def _targets(self, fields: tuple[Field | Each, ...], lines: list[str]) -> _Targets:
        targets = _Targets()
        for entry in fields:
            targets.of(entry.target)
        lines += [f"    {name} = {{}}" for name in targets.names.values()]
        return targets

    def _name(self, prefix: str, value: Any) -> str:
        name = f"{prefix}{len(self.names)}"
        self.names[name] = value
        return name

    def _chain(self, entry: Field) -> str:
        """Fields with the same cleaners share one chain, and so its memory."""
        lookup = entry.lookup
        key = (entry.via, None if lookup is None else id(lookup))
        if key not in self._chains:
            self._chains[key] = self._name("M", Chain(self.mapping.clean, self.mapping.blank, entry.via, lookup))
        return self._chains[key]

    def _node(self, way: Steps, leaf: str, nodes: dict[Steps, str], lines: list[str]) -> str:
        """The variable that holds the object at `way`, fetched once for all fields below it."""
        if way not in nodes:
            parent = self._node(way[:-1], leaf, nodes, lines)
            name = nodes[way] = f"n{len(nodes)}"
            lines.append(f"    {name} = {parent}.get({way[-1]!r})")
            lines.append(f"    if {name}.__class__ is not dict: {name} = misfit({name}, f, {leaf}, p)")
        return nodes[way]

    def _fetch(self, source: str, leaf: str, nodes: dict[Steps, str], lines: list[str]) -> str:
        way = steps(source, tabular=self.mapping.tabular)
        if way == (".",) or source == ".":
            return "d"
        if any(isinstance(step, int) for step in way):
            return f"dig(d, {way!r})"
        return f"{self._node(way[:-1], leaf, nodes, lines)}.get({way[-1]!r})"

    def _field(
        self, entry: Field, lists: tuple[Any, ...], nodes: dict[Steps, str], targets: _Targets, lines: list[str]
    ) -> None:
        store = targets.of(entry.target)
        chain = self._chain(entry)
        if entry.const is not None:
            lines.append(f"    {store} = {self._name('K', self.names[chain].scalar(entry.const))}")
            return
        leaf = self._name("L", Leaf(entry, lists))
        fetched = [self._fetch(source, leaf, nodes, lines) for source in entry.sources]
        if len(fetched) == 1:
            lines.append(f"    v = {fetched[0]}")
        else:
            plain = self._chain(Field(entry.target))
            lines.append(f"    v = first(({', '.join(fetched)}), {plain})")
        fallback = "None" if entry.default is None else self._name("K", self.names[chain].scalar(entry.default))
        lines += [
            "    if v is not None:",
            "        try:",
            f"            v = {chain}[v] if v.__class__ is str else {chain}.scalar(v)",
            f"        except Dirty as e: v = refuse({leaf}, p, v, e, f)",
        ]
        if entry.default is not None:
            lines.append(f"    if v is None: v = {fallback}")
        lines.append(f"    if v is not None: {store} = v")

    def _each(
        self, entry: Each, lists: tuple[Any, ...], nodes: dict[Steps, str], targets: _Targets, lines: list[str]
    ) -> None:
        way = steps(entry.source, tabular=self.mapping.tabular)
        around = (*lists, (tuple(entry.target.split(".")), way))
        leaf = self._name("L", Leaf(entry.item or Field(entry.target, (entry.source,)), around))
        outer = self._name("L", Leaf(Field(entry.target, (entry.source,)), lists))
        fetched = self._fetch(entry.source, outer, nodes, lines)
        take = "elements" if entry.fields else "split"
        lines += ["    o = []", f"    for i, r in enumerate({take}({fetched})):"]
        if entry.fields:
            row = f"row{len(self.functions)}_{len(self.names)}"
            self.names[row] = None
            self.rows[id(entry)] = row
            self.function(row, entry.fields, around)
            lines += [
                f"        if r.__class__ is not dict: r = misfit(r, f, {leaf}, (*p, (i, len(o))))",
                f"        v = {row}(r, f, (*p, (i, len(o))))",
                "        if v: o.append(v)",
            ]
        else:
            chain = self._chain(entry.item or Field(entry.target))
            lines += [
                "        try:",
                f"            v = {chain}.scalar(r)",
                f"        except Dirty as e: v = refuse({leaf}, (*p, (i, len(o))), r, e, f)",
                "        if v is not None: o.append(v)",
            ]
        lines.append(f"    if o: {targets.of(entry.target)} = o")


@dataclass
class _Targets:
    """Variables for the target object and the objects inside it."""

    names: dict[tuple[str, ...], str] = field(default_factory=lambda: {(): "t0"})
    nested: list[tuple[str, str, str]] = field(default_factory=list)

    def of(self, target: str) -> str:
        *parents, last = target.split(".")
        return f"{self._object(tuple(parents))}[{last!r}]"

    def _object(self, way: tuple[str, ...]) -> str:
        if way not in self.names:
            parent = self._object(way[:-1])
            self.names[way] = f"t{len(self.names)}"
            self.nested.append((parent, way[-1], self.names[way]))
        return self.names[way]


def _refuse(leaf: Leaf, places: Places, value: Any, dirty: Dirty, failures: list[Failure]) -> Any:
    failures.append(Failure(leaf, places, value, dirty))
    return value if leaf.field.invalid == "warn" and isinstance(value, str) else None


def _misfit(node: Any, failures: list[Failure], leaf: Leaf, places: Places) -> dict[str, Any]:
    """Stand-in for something that should have been an object. Nothing at all is no failure."""
    if node is None or (isinstance(node, str) and not node.strip()):
        return EMPTY
    if isinstance(node, list) and len(node) == 1 and isinstance(node[0], dict):
        return node[0]
    failures.append(Failure(leaf, places, node, Dirty(NOT_AN_OBJECT)))
    return EMPTY


def _first(values: tuple[Any, ...], plain: Chain) -> Any:
    """The first value that is not blank."""
    for value in values:
        if value is None or (isinstance(value, str) and plain[value] is None):
            continue
        return value
    return None
