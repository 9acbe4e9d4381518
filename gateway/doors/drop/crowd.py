"""How many connections there may be: in all, from one address, of one account, and of those who have not logged in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from gateway.base.settings import SftpSettings


@dataclass(slots=True)
class Guest:
    """One connection. `account` is whose it is, once somebody has logged in."""

    origin: str
    account: str | None = None


@dataclass(slots=True)
class Crowd:
    """The connections of one server."""

    settings: SftpSettings
    guests: int = 0
    strangers: int = 0
    origins: Counter[str] = field(default_factory=Counter)
    accounts: Counter[str] = field(default_factory=Counter)

    def come(self, origin: str) -> Guest | None:
        """Somebody connects from an address; None when there is no place. Who never logs in takes half of them."""
        if (
            self.guests >= self.settings.connections
            or self.strangers >= max(1, self.settings.connections // 2)
            or self.origins[origin] >= self.settings.connections_per_address
        ):
            return None
        self.guests += 1
        self.strangers += 1
        self.origins[origin] += 1
        return Guest(origin)

    def log_in(self, guest: Guest, account: str) -> bool:
        """Whether there is a place for one more of the account. A connection has one account for good."""
        if guest.account is not None:
            return guest.account == account
        if self.accounts[account] >= self.settings.connections_per_account:
            return False
        guest.account = account
        self.strangers -= 1
        self.accounts[account] += 1
        return True

    def leave(self, guest: Guest) -> None:
        """Somebody hangs up."""
        self.guests -= 1
        _count_down(self.origins, guest.origin)
        if guest.account is None:
            self.strangers -= 1
        else:
            _count_down(self.accounts, guest.account)


def _count_down(counts: Counter[str], name: str) -> None:
    counts[name] -= 1
    if not counts[name]:
        del counts[name]
