"""A paragraph of a Word document as a line of atoms: letters and objects, each with the run that it stands in.

Where a blank begins and ends rarely has anything to do with how an editor happened to cut its text into runs; so blanks
are found in the line and put back into the runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from copy import deepcopy
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

OBJECT = "\ue000"
"""Stands in a line for a form field or a content control."""
LINED = "\ue001"
"""Stands in a line for underlined white space."""
BOX = "\ue002"
"""Stands in a line for a check box that is an object."""
OTHER = "\ufffc"
"""Stands in a line for what is no text: a picture, the mark of a note."""
_SPACES = frozenset(" \t\xa0\u2002\u2003\u3000")
_TEXTS = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_R, _T, _RPR, _SDT = qn("w:r"), qn("w:t"), qn("w:rPr"), qn("w:sdt")
_INSIDE = frozenset({qn("w:hyperlink"), qn("w:smartTag"), qn("w:fldSimple"), qn("w:sdtContent"), qn("w:customXml")})
_SYMBOL, _CHECKED = qn("w:sym"), "{http://schemas.microsoft.com/office/word/2010/wordml}checkbox"
_BOX_SYMBOLS = frozenset({"F06F", "F0A3", "F0A8", "F071", "2610", "25A1"})
"""Wingdings boxes by their codes, as editors insert them."""


@dataclass(frozen=True, slots=True)
class Atom:
    """`letter` as it reads, `shape` as blanks are found by; of `runs` an object takes several.

    `child` is the element of the run that it is, or is a letter of; None for an object.
    """

    letter: str
    shape: str
    runs: tuple[Any, ...]
    child: Any = None
    name: str = ""


@dataclass(slots=True)
class Line:
    """A paragraph, in its document's order of reading."""

    element: Any
    atoms: list[Atom]

    @property
    def text(self) -> str:
        return "".join(atom.letter for atom in self.atoms)

    @property
    def shape(self) -> str:
        return "".join(atom.shape for atom in self.atoms)


def line_of(paragraph: Any) -> Line:
    """The line of a `w:p`."""
    atoms: list[Atom] = []
    field: list[Any] = []
    name, said, depth = "", "", 0
    for run in _runs(paragraph):
        if run.tag == _SDT:
            atoms.append(_of_control(run))
            continue
        marks = [mark.get(qn("w:fldCharType")) for mark in run.iter(qn("w:fldChar"))]
        if depth == 0 and "begin" not in marks:
            atoms += _letters(run)
            continue
        depth += marks.count("begin") - marks.count("end")
        field.append(run)
        name = name or next((each.get(qn("w:val"), "") for each in run.iter(qn("w:name"))), "")
        said += "".join(each.text or "" for each in run.iter(qn("w:instrText")))
        if depth <= 0:
            atoms += _of_field(tuple(field), said.split(), name)
            field, name, said, depth = [], "", "", 0
    return Line(paragraph, atoms)


def _runs(element: Any) -> Iterator[Any]:
    for child in element:
        if child.tag == _R:
            yield child
        elif child.tag == _SDT:
            if _is_asked_for(child):
                yield child
            else:
                yield from _runs(child)
        elif child.tag in _INSIDE:
            yield from _runs(child)


def _is_asked_for(control: Any) -> bool:
    """Whether a content control is a blank: it shows its prompt, or is a box to tick."""
    properties = control.find(qn("w:sdtPr"))
    if properties is None:
        return False
    is_box = properties.find(_CHECKED) is not None
    return is_box or properties.find(qn("w:showingPlcHdr")) is not None or not _text_of(control).strip()


def _text_of(element: Any) -> str:
    return "".join(each.text or "" for each in element.iter(_T))


def _of_control(control: Any) -> Atom:
    properties = control.find(qn("w:sdtPr"))
    if properties.find(_CHECKED) is not None:
        return Atom("□", BOX, (control,))
    names = [properties.find(qn(tag)) for tag in ("w:alias", "w:tag")]
    name = next((each.get(qn("w:val"), "") for each in names if each is not None), "")
    return Atom(" ", OBJECT, (control,), name=name)


def _of_field(runs: tuple[Any, ...], said: Sequence[str], name: str) -> list[Atom]:
    what = said[0].upper() if said else ""
    if what == "FORMTEXT" or what == "FORMDROPDOWN":
        return [Atom(" ", OBJECT, runs, name=name)]
    if what == "FORMCHECKBOX":
        return [Atom("□", BOX, runs, name=name)]
    return [atom for run in runs for atom in _letters(run)]


def _letters(run: Any) -> list[Atom]:
    underlined = _is_underlined(run)
    atoms: list[Atom] = []
    for child in run:
        if child.tag == _T:
            text = child.text or ""
            atoms += [
                Atom(letter, LINED if underlined and letter in _SPACES else _shape(letter), (run,), child)
                for letter in text
            ]
        elif child.tag in _TEXTS:
            letter = _TEXTS[child.tag]
            atoms.append(Atom(letter, LINED if underlined and letter == "\t" else letter, (run,), child))
        elif child.tag == _SYMBOL and child.get(qn("w:char"), "").upper() in _BOX_SYMBOLS:
            atoms.append(Atom("□", BOX, (run,), child))
        elif child.tag != _RPR:
            atoms.append(Atom(OTHER, OTHER, (run,), child))
    return atoms


def _shape(letter: str) -> str:
    """A letter as blanks are found by; those that stand for something else there stand for nothing in a document."""
    return "\ufffd" if letter in (OBJECT, LINED, BOX, OTHER) else letter


def _is_underlined(run: Any) -> bool:
    properties = run.find(_RPR)
    mark = None if properties is None else properties.find(qn("w:u"))
    return mark is not None and mark.get(qn("w:val")) not in (None, "none")


@dataclass(frozen=True, slots=True)
class Fill:
    """What takes the place of the atoms from `start` to `end`, set as they were; underlined if it `is_lined`."""

    start: int
    end: int
    text: str
    is_lined: bool


def refill(line: Line, fills: Sequence[Fill]) -> None:
    """Put all `fills` of a paragraph into it. They do not overlap; the line is not to be used any more."""
    begun = {fill.start: fill for fill in fills}
    gone = {at for fill in fills for at in range(fill.start, fill.end)}
    for _, group in groupby(enumerate(line.atoms), lambda each: id(each[1].runs[0])):
        atoms = list(group)
        if gone.isdisjoint(at for at, _ in atoms):
            continue
        first = atoms[0][1].runs[0]
        for new in _cut(atoms, begun, gone):
            first.addprevious(new)
        for run in atoms[0][1].runs:
            run.getparent().remove(run)


def _cut(atoms: Sequence[tuple[int, Atom]], begun: Mapping[int, Fill], gone: Set[int]) -> Iterator[Any]:
    """The runs that take the place of one: what stays of it, and what is filled in."""
    look = _look_of(atoms[0][1].runs[0])
    for is_gone, part in groupby(atoms, lambda each: each[0] in gone):
        if not is_gone:
            yield _run(look, [atom for _, atom in part])
            continue
        for at, _ in part:
            if at in begun:
                yield _filled(look, begun[at])


def _look_of(run: Any) -> Any:
    """How what is filled in will look: as the run; a control's grey prompt is no example."""
    if run.tag != _SDT:
        return run.find(_RPR)
    found = next((each for content in run.iter(qn("w:sdtContent")) for each in content.iter(_RPR)), None)
    return None if found is None or found.find(qn("w:rStyle")) is not None else found


def _run(look: Any, atoms: Sequence[Atom]) -> Any:
    run = _new_run(look)
    for is_text, part in groupby(atoms, lambda atom: atom.child.tag == _T):
        if is_text:
            run.append(_text("".join(atom.letter for atom in part)))
        else:
            run.extend(atom.child for atom in part)
    return run


def _filled(look: Any, fill: Fill) -> Any:
    run = _new_run(look)
    if fill.is_lined and (properties := run.get_or_add_rPr()).find(qn("w:u")) is None:
        properties.get_or_add_u().set(qn("w:val"), "single")
    run.append(_text(fill.text))
    return run


def _new_run(look: Any) -> Any:
    run = OxmlElement("w:r")
    if look is not None:
        run.append(deepcopy(look))
    return run


def _text(words: str) -> Any:
    element = OxmlElement("w:t")
    element.text = words
    element.set(qn("xml:space"), "preserve")
    return element
