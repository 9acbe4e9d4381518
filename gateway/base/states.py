"""State machines: what may follow what, one table each, from which code, tests and the reference page read.

A package that keeps things with a life declares a StrEnum of states and one `Machine`. The only SQL that writes the
state takes `machine.before(state)` and changes nothing that stands elsewhere, or writes a row that is held since the
table was asked, so that a table and its rows cannot disagree, whoever writes at the same time. Where the end of a life
is a moment or a decision in a column of its own (conflicts, alerts, uploads), the only SQL that writes the column asks
that it is still empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from schemas.findings import Text

State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Move(Generic[State]):
    """From one state to another, and what causes it. `start` is None where the life begins."""

    start: State | None
    end: State
    cause: Text


class Machine(Generic[State]):
    """The life of one kind of thing. Raises ValueError for a table that leaves a state out.

    `amended` is for things whose content may change: the state after that, by the state before; where it is missing,
    nothing may change any more.
    """

    def __init__(
        self,
        name: str,
        title: Text,
        states: type[State],
        moves: Sequence[Move[State]],
        *,
        amended: Mapping[State, State] | None = None,
    ) -> None:
        self.name = name
        self.title = title
        self.states = tuple(states)
        self.moves = tuple(moves)
        self.amended = dict(amended or {})
        if unreachable := set(self.states) - {move.end for move in moves}:
            raise ValueError(f"{name}: nothing leads to {', '.join(sorted(unreachable))}")

    @property
    def beginnings(self) -> frozenset[State]:
        """The states in which a life may begin."""
        return frozenset(move.end for move in self.moves if move.start is None)

    @property
    def beginning(self) -> State:
        """The one state in which every life begins. Raises ValueError when there are several."""
        (state,) = self.beginnings
        return state

    @property
    def ends(self) -> frozenset[State]:
        """The states that nothing follows."""
        return frozenset(self.states) - {move.start for move in self.moves if move.start is not None} - {*self.amended}

    def may_move(self, start: State, end: State) -> bool:
        """Whether `end` may follow `start`."""
        return any(move.start == start and move.end == end for move in self.moves)

    def before(self, *ends: State) -> list[str]:
        """The words of the states that each of `ends` may follow: what the SQL that writes them asks for."""
        return [state.value for state in self.states if all(self.may_move(state, end) for end in ends)]

    def mermaid(self) -> str:
        """The picture of the table, as a Mermaid state diagram with causes in Chinese."""
        lines = ["stateDiagram-v2"]
        for move in self.moves:
            lines.append(f"    {move.start or '[*]'} --> {move.end}: {move.cause.zh}")
        lines += [f"    {before} --> {after}: 变更" for before, after in self.amended.items()]
        lines += [f"    {state} --> [*]" for state in self.states if state in self.ends]
        return "\n".join(lines)
