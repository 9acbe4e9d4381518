"""What a field's name means: Chinese, English, pinyin and initials as concepts of the trade's vocabulary."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache, lru_cache

from pypinyin import Style, lazy_pinyin

from schemas.plain_text import normalised
from schemas.vocabulary import vocabulary

_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_BRACKETS = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_VOWELS = re.compile("[aeiouy]")
_SHORTEST_ABBREVIATION = 3
_COUNTED = re.compile(r"(?<![天晚夜数])\((?P<unit>[天晚夜])\)")
_LONGEST = 8
_SHORT_WORDS = frozenset({"sex", "age", "tel"})
_UNKNOWN, _LETTER, _DIGITS = 1.0, 0.2, 0.05


@lru_cache(maxsize=16384)
def plain(name: str) -> str:
    """A name without case, separators and remarks in brackets: how names are compared letter by letter."""
    text = normalised("NFKC", name)
    return "".join(letter for letter in (_without_remarks(text) or text).casefold() if letter.isalnum())


def _without_remarks(text: str) -> str:
    """A name without what stands in brackets, but for the unit that says what is counted: `行程(天)`."""
    return _BRACKETS.sub("", _COUNTED.sub(r"\g<unit>", text))


@lru_cache(maxsize=16384)
def concepts(name: str) -> frozenset[str]:
    """The concepts that a name is made of; a word that the vocabulary does not have stands for itself."""
    text = _without_remarks(normalised("NFKC", name)) or name
    found: list[str] = []
    for run in _HAN.findall(text):
        found += _broken(run, vocabulary().zh, 12) or _greedy(run)
    found += _latin(_HAN.sub(" ", text))
    return frozenset(found)


@lru_cache(maxsize=16384)
def meanings(names: tuple[str, ...]) -> frozenset[str]:
    """The concepts of several names together."""
    return frozenset(concept for name in names for concept in concepts(name))


def is_of_the_trade(text: str) -> bool:
    """Whether a Chinese text is made of words of the vocabulary alone: `许可证号`, and nobody's name."""
    return bool(_HAN.fullmatch(text)) and _broken(text, vocabulary().zh, 12) is not None


def weight(concept: str) -> float:
    """How much of a name's meaning a concept carries."""
    known = vocabulary().weights.get(concept)
    if known is not None:
        return known
    if concept.isdigit():
        return _DIGITS
    return _LETTER if len(concept) == 1 and concept.isascii() else _UNKNOWN


def mass(found: Collection[str]) -> float:
    return sum(map(weight, found))


def owners(found: Collection[str]) -> frozenset[str]:
    """Those of the concepts that say whose a value is."""
    return vocabulary().whose.intersection(found)


@lru_cache(maxsize=16384)
def initials(text: str) -> str:
    """`游客姓名` as `ykxm`; nothing for what is not all Chinese."""
    if not text or not _HAN.fullmatch(text):
        return ""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))


@lru_cache(maxsize=16384)
def spelt(text: str) -> str:
    """`游客姓名` as `youkexingming`; nothing for what is not all Chinese."""
    return "".join(lazy_pinyin(text)) if text and _HAN.fullmatch(text) else ""


@cache
def _pinyin() -> Mapping[str, str]:
    """Concepts by the pinyin of their Chinese words; a longer word wins over one that sounds like it."""
    words = sorted(vocabulary().zh.items(), key=lambda pair: len(pair[0]))
    return {spelt(word): concept for word, concept in words if _HAN.fullmatch(word)}


def _latin(text: str) -> list[str]:
    words = [word.lower() for word in _CAMEL.findall(text)]
    if not words:
        return []
    known = vocabulary().en
    if not any(_single(word) in known for word in words if len(word) > 2):
        whole = "".join(word for word in words if not word.isdigit())
        sounds = _broken(whole, _pinyin(), 24) if len(whole) > 2 or whole in ("nv",) else None
        if sounds:
            return sounds
    return [concept for word in _joined(words, known) for concept in _english(word)]


def _joined(words: list[str], known: Mapping[str, str]) -> Iterator[str]:
    """Words, with those that make one of the vocabulary together as one: `tax` `id` is `taxid` where that is known."""
    at = 0
    while at < len(words):
        pair = "".join(words[at : at + 2])
        if at + 1 < len(words) and pair in known:
            yield pair
            at += 2
        else:
            yield words[at]
            at += 1


def _english(word: str) -> list[str]:
    known = vocabulary().en
    single = _single(word)
    if single in known:
        return [known[single]]
    if len(word) > 3:
        for stripped in (word, word[1:]):  # `cname`, `gsex`: a letter of the record's own before the word
            is_word = stripped in known and (len(stripped) > 3 or stripped in _SHORT_WORDS)
            broken = [stripped] if is_word else _cut(stripped, known)
            if broken:
                return [known[part] for part in broken]
        sounds = _broken(word, _pinyin(), 24)
        if sounds:
            return sounds
    return [_abbreviated(word) or word]


def _abbreviated(word: str) -> str | None:
    """The concept of a word without its vowels (`DPST`), or of its beginning (`ESTB`), where only one will do."""
    if len(word) < _SHORTEST_ABBREVIATION or _VOWELS.search(word[1:]):
        return None
    bones = _bones()
    whole = bones.get(word, frozenset())
    if len(whole) == 1:
        return next(iter(whole))
    begun = frozenset(concept for each, found in bones.items() if each.startswith(word) for concept in found)
    return next(iter(begun)) if not whole and len(begun) == 1 else None


@cache
def _bones() -> Mapping[str, frozenset[str]]:
    """Concepts by the first letter of their English words and the consonants behind it."""
    found: dict[str, set[str]] = {}
    for word, concept in vocabulary().en.items():
        if len(word) > _SHORTEST_ABBREVIATION and word.isalpha():
            found.setdefault(word[0] + _VOWELS.sub("", word[1:]), set()).add(concept)
    return {bones: frozenset(concepts) for bones, concepts in found.items()}


def _single(word: str) -> str:
    """A word without the ending of the plural where only the singular is known."""
    known = vocabulary().en
    if word in known or not word.endswith("s"):
        return word
    return word[:-1] if word[:-1] in known else word


def _cut(word: str, known: Mapping[str, str]) -> list[str] | None:
    """`linename` as `line`, `name`: words of at least two letters that fill the whole, of which one has three."""
    for length in range(len(word) - 2, 1, -1):
        head, tail = word[:length], word[length:]
        if head in known and len(head) > 2:
            if _single(tail) in known and len(tail) > 1:
                return [head, _single(tail)]
            rest = _cut(tail, known) if len(tail) > 4 else None
            if rest:
                return [head, *rest]
    return None


def _broken(text: str, known: Mapping[str, str], longest: int) -> list[str] | None:
    """The fewest words of the vocabulary that fill a text, as concepts; None when none do."""
    best: list[list[str] | None] = [[]] + [None] * len(text)
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - longest), end):
            before = best[start]
            if before is None or text[start:end] not in known:
                continue
            now = best[end]
            if now is None or len(before) + 1 < len(now):
                best[end] = [*before, known[text[start:end]]]
    return best[-1]


def _greedy(text: str) -> list[str]:
    """The longest known word at each place; letters between them stand for themselves, joined."""
    known, found, at, strange = vocabulary().zh, [], 0, ""
    while at < len(text):
        length = next((n for n in range(min(_LONGEST, len(text) - at), 0, -1) if text[at : at + n] in known), 0)
        if length:
            found += [strange] if strange else []
            strange = ""
            found.append(known[text[at : at + length]])
            at += length
        else:
            strange += text[at]
            at += 1
    return [*found, strange] if strange else found
