"""Whose a blank of a contract is: the traveller's or the agency's, as the words around it say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

TRAVELLER, AGENCY, RECEIVING, ENTRUSTED = "traveller", "agency", "receiving", "entrusted"
_WORDS: Mapping[str, tuple[str, ...]] = {
    ENTRUSTED: ("受托旅行社", "受委托", "受托社", "委托其他旅行社"),
    RECEIVING: ("地接社", "接待社", "地接旅行社", "接待旅行社"),
    AGENCY: ("旅行社", "组团社", "经营者", "出境社", "受托方"),
    TRAVELLER: ("旅游者", "游客", "旅客", "消费者", "委托方"),
}
_OF_CONTRACT = (TRAVELLER, AGENCY)
_SHORT = 20
_NOBODYS = ("导游", "领队", "保险公司", "保险产品", "监护人", "紧急联系人", "拼至", "拼团至", "转至", "并团至")
_DEFINED = re.compile(r"([甲乙])\s{0,4}方\s{0,4}[（(：:]?\s{0,4}([^）):：_\n]{0,20})")


class Parties:
    """Keeps in mind who was spoken of last, on this line, and on the line above."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._letters = {"甲": TRAVELLER, "乙": AGENCY}
        for text in texts:
            for letter, said in _DEFINED.findall(text[:200]):
                party = named(said)
                if party in _OF_CONTRACT:
                    self._letters[letter] = party
                    self._letters["乙" if letter == "甲" else "甲"] = AGENCY if party == TRAVELLER else TRAVELLER
                    break
        self._last = ""
        self._above: list[str] = []
        self._line: list[str] = []
        self._others = ""

    def of(self, label: str, around: str = "", *, place: int = 0) -> str:
        """Whose the blank behind `label` is, which is number `place` of its line; "" when nothing tells."""
        own = self.named([label])
        if own and own not in _OF_CONTRACT:
            self._others = own
        elif own or _is_nobodys(label):
            self._others = ""
        is_under_two = place < len(self._above) and len(set(self._above)) > 1
        party = own or self._others or around or (self._above[place] if is_under_two else self._last)
        if own in _OF_CONTRACT and not around:
            self._last = own
        self._line.append(party)
        return party

    def named(self, texts: Iterable[str]) -> str:
        """The first party that some texts name."""
        for text in texts:
            if _is_nobodys(text):
                return ""
            if party := named(text):
                return party
            for letter, party in self._letters.items():
                if f"{letter}方" in text.replace(" ", ""):
                    return party
        return ""

    def end_line(self) -> None:
        """What was said on a line is what the blanks below it stand under."""
        if len(set(self._line)) > 1 or len(self._line) < len(self._above):
            self._above = self._line
        self._line, self._others = [], ""

    def pass_over(self, text: str) -> None:
        """A line without blanks: a heading or clause ends what was spoken of; one that only names a party begins it."""
        said = text.strip()
        if said:
            self._above = []
            self._last = self.named([said]) if len(said) < _SHORT else ""


def _is_nobodys(text: str) -> bool:
    return any(word in text for word in _NOBODYS)


def named(text: str) -> str:
    """The party that a text names; "" for none."""
    for party, words in _WORDS.items():
        if party not in _OF_CONTRACT and any(word in text for word in words):
            return party
    found = {party: [text.find(word) for word in _WORDS[party] if word in text] for party in _OF_CONTRACT}
    there = [(min(places), party) for party, places in found.items() if places]
    return min(there)[1] if there else ""
