"""Texts that hold several values, taken apart as a mapping describes them: `{from}[-至～]{to}`.

Braces name a part, brackets are a set of characters of which one stands there, everything else is itself, in whichever
width it is written; white space may stand around it. Two parts without anything between them meet where letters that
are no ASCII end and ASCII letters or digits begin, or the other way round. A part called `_` is not wanted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from schemas.findings import Text
from schemas.plain_text import normalised

LONGEST = 500
MOST_PARTS = 12
UNWANTED = "_"
MOST_WAYS = 256
"""So many ways to take one text apart are looked at; a text that has as many is not understood."""
_TOKEN = re.compile(r"\{([^{}]*)\}|\[([^\[\]]*)\]|(\s+)|([^{}\[\]\s])")
_FULL_WIDTH = 0xFEE0

Parts = Mapping[str, str]
Accepts = Callable[[str, str], bool]


class BadPattern(ValueError):
    """What a mapping file says of a text cannot be understood."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True, slots=True)
class _Name:
    name: str


@dataclass(frozen=True, slots=True)
class _Mark:
    letters: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Change:
    """Where two parts meet without a mark between them."""


_Token = _Name | _Mark | _Change


@dataclass(frozen=True)
class Pattern:
    """A description of texts. `form` is as the mapping writes it."""

    form: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The parts that are wanted, in order."""
        names = (token.name for token in self._tokens if isinstance(token, _Name))
        return tuple(name for name in names if name != UNWANTED)

    def checked(self) -> Pattern:
        """Itself. Raises BadPattern when it cannot be understood."""
        names = [token.name for token in self._tokens if isinstance(token, _Name)]
        if not self.names:
            form = self.form
            raise BadPattern(
                Text(f"“{form}”没有写明任何部分，请写作“{{name}}”", f"{form!r} names no part: write {{name}}")
            )
        if len(names) > MOST_PARTS:
            form = self.form
            raise BadPattern(Text(f"“{form}”多于 {MOST_PARTS} 个部分", f"{form!r} has more than {MOST_PARTS} parts"))
        for name in self.names:
            if self.names.count(name) > 1:
                form = self.form
                raise BadPattern(Text(f"“{form}”中“{name}”重复", f"{form!r} names {name!r} twice"))
        return self

    def ways(self, text: str) -> list[Parts]:
        """Every way in which the text is of this form, each different from the others; at most `MOST_WAYS`."""
        if len(text) > LONGEST:
            return []
        found: list[Parts] = []
        for parts in islice(_Walk(text.strip(), self._tokens).parts(0, 0), MOST_WAYS):
            wanted = {name: part for name, part in parts if name != UNWANTED}
            if wanted not in found:
                found.append(wanted)
        return found

    @cached_property
    def _tokens(self) -> tuple[_Token, ...]:
        return tuple(_parsed(self.form))


def _parsed(form: str) -> Iterator[_Token]:
    end, before = 0, None
    for found in _TOKEN.finditer(form):
        if found.start() != end:
            break
        end = found.end()
        name, letters, _, letter = found.groups()
        if name is not None:
            if not name.strip():
                raise BadPattern(Text(f"“{form}”有一个部分没有名称", f"{form!r} has a part without a name"))
            if isinstance(before, _Name):
                yield _Change()
            before = _Name(name.strip())
        elif letters is not None or letter is not None:
            if not (letters or letter):
                raise BadPattern(Text(f"“{form}”有一组空的字符", f"{form!r} has an empty set of characters"))
            before = _Mark(frozenset(each for one in letters or letter for each in widths(one)))
        else:  # white space between two parts separates them, elsewhere it may stand anyway
            before = _Mark(frozenset(" \t\u3000\n"))
        yield before
    if end != len(form):
        at = form[end:][:10]
        told = (
            f"“{form}”：“{at}”处的括号没有成对",
            f"{form!r}: a bracket or brace at {at!r} is not closed or not opened",
        )
        raise BadPattern(Text(*told))


def widths(letter: str) -> set[str]:
    """A character as it is written in either width."""
    wide = chr(ord(letter) + _FULL_WIDTH) if "!" <= letter <= "~" else letter
    return {letter, wide, normalised("NFKC", letter)}


class _Walk:
    """Takes one text apart. What cannot lead to the end is not tried twice, so that time grows with the text."""

    def __init__(self, text: str, tokens: tuple[_Token, ...]) -> None:
        self._text = text
        self._tokens = tokens
        self._vain: set[tuple[int, int]] = set()

    def parts(self, token: int, at: int) -> Iterator[list[tuple[str, str]]]:
        """The parts from a token and a place in the text on."""
        if (token, at) in self._vain:
            return
        has_way = False
        for parts in self._from(token, at):
            has_way = True
            yield parts
        if not has_way:
            self._vain.add((token, at))

    def _from(self, token: int, at: int) -> Iterator[list[tuple[str, str]]]:
        if token == len(self._tokens):
            if not self._text[at:].strip():
                yield []
            return
        match self._tokens[token]:
            case _Name(name):
                for end in self._ends(token, at):
                    if part := self._text[at:end].strip():
                        yield from ([(name, part), *rest] for rest in self.parts(token + 1, end))
            case _Mark(letters):
                yield from self._mark(letters, token, at)
            case _Change():
                if self._changes(at):
                    yield from self.parts(token + 1, self._past_space(at))

    def _ends(self, token: int, at: int) -> Iterator[int]:
        """Where a part that begins there may end: the last one at the end of the text, none with white space."""
        is_last = token + 1 == len(self._tokens)
        ends = (len(self._text),) if is_last else range(at + 1, len(self._text) + 1)
        yield from (end for end in ends if not self._text[end - 1].isspace())

    def _mark(self, letters: frozenset[str], token: int, at: int) -> Iterator[list[tuple[str, str]]]:
        """What follows a mark, with the white space around it."""
        begin = at if self._text[at : at + 1] in letters else self._past_space(at)
        if begin < len(self._text) and self._text[begin] in letters:
            yield from self.parts(token + 1, self._past_space(begin + 1))

    def _past_space(self, at: int) -> int:
        while at < len(self._text) and self._text[at].isspace():
            at += 1
        return at

    def _changes(self, at: int) -> bool:
        before, after = self._text[:at].rstrip()[-1:], self._text[at:].lstrip()[:1]
        return _is_ascii_word(before) != _is_ascii_word(after) and _is_word(before) and _is_word(after)


def _is_word(letter: str) -> bool:
    return letter.isalnum()


def _is_ascii_word(letter: str) -> bool:
    plain = normalised("NFKC", letter)
    return plain.isascii() and plain.isalnum()
