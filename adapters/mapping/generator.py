"""A mapping as straight-line Python source.

A few source lines a field, no interpretation at run time. Only two things reach the source text: `repr` of constants
(keys and lists of steps) and names that this module makes itself (`n3`, `M7`); a mapping's values are never code.

In the source: `d` the partner's object, `f` the failures, `n1` an object inside `d`, `t0` the target object, `t1` one
inside it, `v` the value at hand; `M` cleaner chains, `L` leaves, `K` constants, `S` forms. A function for the items of
a list also has `p` the places in the lists around, `i` the element's index and `o` the items so far; its own lists use
`j` and `q`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from adapters.errors import Fatal
from adapters.mapping import forms, runtime
from adapters.mapping.chain import Chain, Numbers
from adapters.mapping.cleaners import IDENTIFYING, PROSE
from adapters.mapping.forming import Former
from adapters.mapping.patterns import Pattern
from adapters.mapping.problems import Dirty
from adapters.mapping.runtime import Around, Failure, Leaf, Places, Sort, Steps, has_select, steps
from adapters.mapping.spec import Each, Field, Form, Mapping, Take
from schemas.catalog import Kind
from schemas.fields import Field as SchemaField
from schemas.findings import Text

Convert = Callable[[Any, list[Failure]], dict[str, Any]]
ConvertItem = Callable[[Any, list[Failure], Places, int, list[Any]], dict[str, Any]]
Lists = tuple[Around, ...]

_RUNTIME: dict[str, Any] = {
    "__builtins__": {},
    "str": str,
    "dict": dict,
    "len": len,
    "enumerate": enumerate,
    "Dirty": Dirty,
    "EMPTY": runtime.EMPTY,
    "dig": runtime.dig,
    "elements": runtime.elements,
    "split": runtime.split,
    "first": runtime.first,
    "refuse": runtime.refuse,
    "misfit": runtime.misfit,
    "dropped": runtime.dropped,
    "infer": forms.infer,
}


@dataclass(frozen=True, slots=True)
class Program:
    """A generated mapping: `convert(data, failures)` gives the body, `items` the function of each list (by id)."""

    mapping: Mapping
    convert: Convert
    items: dict[int, ConvertItem]
    source: str


def generate(mapping: Mapping, kind: Kind | None = None) -> Program:
    """Write and compile the mapping to records of `kind`.

    Raises Fatal when a constant does not pass its own cleaners.
    """
    module = _Module(mapping, kind)
    name = _Function(module, mapping.fields, ()).write()
    source = "\n\n\n".join(module.functions)
    exec(compile(source, f"<mapping {mapping.name}>", "exec"), module.names)  # noqa: S102 - the source is ours
    items = {entry: module.names[item] for entry, item in module.items.items()}
    return Program(mapping, module.names[name], items, source)


@dataclass
class _Module:
    """Everything the functions of one mapping share: the namespace, and chains by what they do."""

    mapping: Mapping
    kind: Kind | None = None
    functions: list[str] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=lambda: dict(_RUNTIME))
    items: dict[int, str] = field(default_factory=dict)
    _chains: dict[tuple[Any, ...], str] = field(default_factory=dict)
    former: Former = field(init=False)

    def __post_init__(self) -> None:
        self.former = Former(self.mapping, self.kind)

    def name(self, prefix: str, value: Any = None) -> str:
        name = f"{prefix}{len(self.names)}"
        self.names[name] = value
        return name

    def chain(self, entry: Field, lists: Lists = ()) -> str:
        """Fields with the same cleaners share one chain, and so its memory."""
        field = self._field(entry, lists)
        numbers, clean = self._numbers(entry, field), self._clean(entry, field)
        key = (clean, entry.via, None if entry.lookup is None else id(entry.lookup), numbers)
        if key not in self._chains:
            made = Chain(clean, self.mapping.blank, entry.via, entry.lookup, numbers=numbers)
            name = self._chains[key] = self.name("M", made)
            self.names[f"{name}o"] = made.others
        return self._chains[key]

    def _field(self, entry: Field, lists: Lists) -> SchemaField | None:
        """What the schema knows of the field; an item of a list of single values stands at `/*`."""
        around = "".join(f"/{'/'.join(map(str, each.target))}/*" for each in lists)
        return self.kind and self.kind.field(f"{around}/{entry.target.replace('.', '/')}".removesuffix("/"))

    def _numbers(self, entry: Field, field: SchemaField | None) -> Numbers:
        """What a number is to the field: the schema says which are identifiers."""
        if field is None or not field.is_identifier or not IDENTIFYING.isdisjoint(entry.via):
            return Numbers.TEXT
        return Numbers.IDENTIFIER_IN_SHEET if self.mapping.tabular else Numbers.IDENTIFIER

    def _clean(self, entry: Field, field: SchemaField | None) -> tuple[str, ...]:
        """What is compared (identifiers, numbers, days, codes) is read in plain widths; prose keeps its characters."""
        is_prose = field is not None and field.is_prose and entry.lookup is None and PROSE.issuperset(entry.via)
        return tuple(step for step in self.mapping.clean if not (is_prose and step == "nfkc"))

    def constant(self, entry: Field, text: str) -> str:
        try:
            return self.name("K", self.names[self.chain(entry)].scalar(text))
        except Dirty as refusal:
            name, reason = self.mapping.name, refusal.problem.reason
            raise Fatal(
                Text(
                    f"{name} 第 {entry.line} 行：{entry.target} 的固定值“{text}”：{reason.zh}",
                    f"{name}, line {entry.line}: {text!r} for {entry.target}: {reason.en}",
                )
            ) from None


class _Function:
    """One function of the module: the whole record, or one item of a list."""

    def __init__(self, module: _Module, fields: tuple[Field | Each, ...], lists: Lists) -> None:
        self._module = module
        self._fields = fields
        self._lists = lists
        self._places = "(*p, (i, len(o)))" if lists else "()"
        self._lines: list[str] = []
        self._nodes: dict[Steps, str] = {(): "d"}
        self._targets: dict[tuple[str, ...], str] = {(): "t0"}
        self._fallbacks: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        self._fed: set[tuple[str, ...]] = set()
        inner = [each.sort for each in lists if each.sort is not Sort.ONE][-1:]
        self._is_flat = inner == [Sort.PIECES]

    def write(self) -> str:
        """Add the function to the module; gives its name."""
        name = self._module.name("item" if self._lists else "convert")
        for entry in sorted(self._fields, key=_turn):
            if isinstance(entry, Each):
                self._each(entry)
            else:
                self._field(entry)
        signature = f"def {name}(d, f, p, i, o):" if self._lists else f"def {name}(d, f):"
        opening = [signature, *(f"    {target} = {{}}" for target in self._targets.values())]
        self._assemble()
        self._module.functions.append("\n".join([*opening, *self._lines, "    return t0"]))
        return name

    def _field(self, entry: Field) -> None:
        *parents, last = entry.target.split(".")
        target = self._target(tuple(parents))
        if entry.const is not None or entry.default is not None:
            constant = self._module.constant(entry, str(entry.const if entry.const is not None else entry.default))
            self._fallbacks.setdefault(tuple(parents), []).append((last, constant))
        if entry.const is not None:
            return
        self._fed |= {tuple(parents[:end]) for end in range(len(parents) + 1)}
        chain, leaf = self._module.chain(entry, self._lists), self._module.name("L", Leaf(entry, self._lists))
        kept = f"{target}[{last!r}] = v"
        if entry.form is not None:
            self._formed(entry, entry.form, chain, leaf=leaf, kept=kept)
            return
        fetched = [self._fetch(source, leaf) for source in entry.sources]
        plain = self._module.chain(Field("")) if len(fetched) > 1 else ""
        self._lines += [f"    v = first(({', '.join(fetched)}), {plain})" if plain else f"    v = {fetched[0]}"]
        self._clean(chain, leaf, kept)

    def _clean(self, chain: str, leaf: str, kept: str) -> None:
        """The lines that run the cleaners over the value at hand and keep what they give."""
        self._lines += [
            "    if v is not None:",
            "        try:",
            f"            v = {chain}[v] if v.__class__ is str else {chain}o[v.__class__][v]",
            f"        except Dirty as e: v = refuse({leaf}, {self._places}, v, e, f)",
            f"        if v is not None: {kept}",
        ]

    def _formed(self, entry: Field, form: Form, chain: str, *, leaf: str, kept: str) -> None:
        """The lines of a field whose value is more than one source as it stands."""
        if form.take is Take.INFER:
            self._take(f"infer({self._known(form.inferred or '')})", leaf)
            self._lines.append(f"    if v is not None: {kept}")
            return
        formed = self._module.former.formed(entry, form, self._module.names[chain], is_flat=self._is_flat)
        known = f", {self._known(form.year_of)}" if form.year_of else ""
        self._take(f"{self._module.name('S', formed.take)}(d{known})", leaf)
        if formed.is_final:
            self._lines.append(f"    if v is not None: {kept}")
        else:
            self._clean(chain, leaf, kept)

    def _take(self, call: str, leaf: str) -> None:
        self._lines += [
            f"    try: v = {call}",
            f"    except Dirty as e: v = dropped({leaf}, {self._places}, e, f)",
        ]

    def _known(self, target: str) -> str:
        """The value that another field of the same object has got by now."""
        *parents, last = target.split(".")
        constants = dict(self._fallbacks.get(tuple(parents), ()))
        beside = f", {constants[last]}" if last in constants else ""
        return f"{self._target(tuple(parents))}.get({last!r}{beside})"

    def _each(self, entry: Each) -> None:
        *parents, last = entry.target.split(".")
        target = self._target(tuple(parents))
        self._fed |= {tuple(parents[:end]) for end in range(len(parents) + 1)}
        kept = f"if q: {target}[{last!r}] = q"
        if entry.is_one:
            self._one(entry, kept)
            return
        around = self._around(entry)
        owner = self._module.name("L", Leaf(Field(entry.target, (entry.source,)), self._lists))
        leaf = self._module.name("L", Leaf(entry.item or Field(entry.target), around, is_item=True))
        take = self._elements(entry, owner)
        self._lines += [
            "    if v is not None:",
            "        q = []",
            f"        for j, r in enumerate({take}):",
            *(self._objects(entry, around, leaf) if entry.fields else self._values(entry, leaf, around)),
            f"        {kept}",
        ]

    def _elements(self, entry: Each, owner: str) -> str:
        """Write what fetches the elements of a list, or the text that they stand in; gives what they are cut by."""
        if entry.pattern is not None:
            pieces = self._module.former.pieces(entry, entry.pattern, is_flat=self._is_flat)
            self._take(f"{self._module.name('S', pieces)}(d)", owner)
            return "v"
        if not self._module.mapping.tabular and has_select(entry.source):
            place = self._module.former.place(entry.source)
            self._take(f"{self._module.name('S', place.get)}(d)", owner)
        else:
            self._lines.append(f"    v = {self._fetch(entry.source, owner)}")
        if entry.fields:
            return "elements(v)"
        return "split(v)" if entry.split is None else f"split(v, {entry.split!r})"

    def _around(self, entry: Each) -> Lists:
        sort = Sort.ONE if entry.is_one else Sort.PIECES if entry.pattern is not None else Sort.ELEMENTS
        way = () if entry.is_one else self._way(entry.source)
        return (*self._lists, Around(tuple(entry.target.split(".")), way, sort))

    def _one(self, entry: Each, kept: str) -> None:
        item = self._item(entry, self._around(entry))
        self._lines += [
            "    q = []",
            f"    v = {item}(d, f, {self._places}, 0, q)",
            "    if v: q.append(v)",
            f"    {kept}",
        ]

    def _item(self, entry: Each, around: Lists) -> str:
        item = _Function(self._module, entry.fields, around).write()
        self._module.items[id(entry)] = item
        return item

    def _objects(self, entry: Each, around: Lists, leaf: str) -> list[str]:
        item = self._item(entry, around)
        if entry.pattern is not None:
            self._tell_readers(entry, entry.pattern, around)
            return [
                "            if r.__class__ is not dict:",
                f"                dropped({leaf}, (*{self._places}, (j, len(q))), r, f)",
                "                continue",
                f"            v = {item}(r, f, {self._places}, j, q)",
                "            if v: q.append(v)",
            ]
        return [
            f"            if r.__class__ is not dict: r = misfit(r, f, {leaf}, (*{self._places}, (j, len(q))))",
            f"            v = {item}(r, f, {self._places}, j, q)",
            "            if v: q.append(v)",
        ]

    def _tell_readers(self, entry: Each, pattern: Pattern, around: Lists) -> None:
        """Tell the text that pieces are taken from what reads their parts."""
        readers = self._module.former.packed(pattern).readers
        for inner in entry.fields:
            if isinstance(inner, Field) and inner.form is None:
                for source in inner.sources:
                    chain = self._module.names[self._module.chain(inner, around)]
                    readers.setdefault(source, []).append(chain.__getitem__)

    def _values(self, entry: Each, leaf: str, around: Lists) -> list[str]:
        chain = self._module.chain(entry.item or Field(""), around)
        return [
            "            try:",
            f"                v = {chain}.scalar(r)",
            f"            except Dirty as e: v = refuse({leaf}, (*{self._places}, (j, len(q))), r, e, f)",
            "            if v is not None: q.append(v)",
        ]

    def _assemble(self) -> None:
        """Constants and defaults, then inner objects into outer ones.

        An object that the partner's values should fill gets its constants only when one of them did: a constant
        document type must not make a document. The record itself always gets them.
        """
        for way, target in reversed(self._targets.items()):
            guarded = way in self._fed and (way or self._lists)
            guard = f"if {target} and " if guarded else "if "
            for key, constant in self._fallbacks.get(way, ()):
                self._lines.append(f"    {guard}{key!r} not in {target}: {target}[{key!r}] = {constant}")
            if way:
                self._lines.append(f"    if {target}: {self._targets[way[:-1]]}[{way[-1]!r}] = {target}")

    def _target(self, way: tuple[str, ...]) -> str:
        if way not in self._targets:
            if way:
                self._target(way[:-1])
            self._targets[way] = f"t{len(self._targets)}"
        return self._targets[way]

    def _fetch(self, source: str, leaf: str) -> str:
        way = self._way(source)
        if any(isinstance(step, int) for step in way):
            return f"dig(d, {way!r})"
        return f"{self._node(way[:-1], leaf)}.get({way[-1]!r})"

    def _way(self, source: str) -> Steps:
        return steps(source, tabular=self._module.mapping.tabular or self._is_flat)

    def _node(self, way: Steps, leaf: str) -> str:
        """The variable that holds the object at `way`, fetched once for all fields below it."""
        if way not in self._nodes:
            parent = self._node(way[:-1], leaf)
            name = self._nodes[way] = f"n{len(self._nodes)}"
            self._lines.append(f"    {name} = {parent}.get({way[-1]!r})")
            stand_in = f"EMPTY if {name} is None else misfit({name}, f, {leaf}, {self._places})"
            self._lines.append(f"    if {name}.__class__ is not dict: {name} = {stand_in}")
        return self._nodes[way]


def _turn(entry: Field | Each) -> int:
    """Fields whose value asks for another field's come after it."""
    form = entry.form if isinstance(entry, Field) else None
    if form is None:
        return 0
    return 2 if form.take is Take.INFER else 1 if form.year_of else 0
