"""What a client may name in the drop."""

from __future__ import annotations

import unicodedata

import pytest

from gateway.doors.drop.places import BadName, Layout, Place, virtual

ONE = Layout(("contract",))
TWO = Layout(("contract", "roster"))


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (b"/", Place("")),
        (b".", Place("")),
        (b"../../..", Place("")),
        (b"in", Place("in")),
        (b"/in/", Place("in")),
        (b"in/a.csv", Place("in", "a.csv")),
        (b"//in/./../in//a.csv", Place("in", "a.csv")),
        (b"receipts/../in/a.csv", Place("in", "a.csv")),
        (b"etc", Place("", "etc")),
        ("in/合同.csv".encode(), Place("in", "合同.csv")),
    ],
)
def test_a_path_is_one_of_the_folders_and_a_name(path: bytes, place: Place) -> None:
    assert ONE.place(path) == place


@pytest.mark.parametrize("end", [".part", ".filepart", ".tmp", ".temp", ".partial", ".crdownload", ".FilePart"])
def test_a_name_says_that_its_file_is_not_whole(end: str) -> None:
    longest = "a" * 196 + ".csv"
    assert ONE.is_partial(f"{longest}{end}")
    assert ONE.place(f"in/{longest}{end}".encode()) == Place("in", longest + end)
    assert not ONE.is_partial(f"a{end}.csv")
    assert not Layout(("contract",), partial=(".writing",)).is_partial(f"a{end}")


def test_each_kind_has_its_inbox_when_there_are_several() -> None:
    assert ONE.inboxes == ("in",)
    assert TWO.inboxes == ("in/contract", "in/roster")
    assert TWO.place(b"in/roster/a.csv") == Place("in/roster", "a.csv")
    assert TWO.kind_of("in/roster") == "roster"
    assert ONE.kind_of("in") == "contract"


def test_a_name_is_one_name_however_a_system_writes_it() -> None:
    decomposed = unicodedata.normalize("NFD", "é.csv")
    assert ONE.place(f"in/{decomposed}".encode()) == ONE.place("in/é.csv".encode())


@pytest.mark.parametrize("path", [b"in/sub/a", b"in/a.csv/b", b"etc/passwd", b"in/roster/a.csv", b"/proc/self/environ"])
def test_other_folders_do_not_exist(path: bytes) -> None:
    with pytest.raises(FileNotFoundError):
        ONE.place(path)


@pytest.mark.parametrize(
    "name", [b".x", b"a\\b", b"a\x00b", b"a\nb", b"\xc4\xe3.csv", "\u202ea".encode(), b"x" * 201, b".part", b".ok"]
)
def test_bad_names_are_refused(name: bytes) -> None:
    with pytest.raises(BadName):
        ONE.place(b"in/" + name)


def test_the_longest_name_leaves_room_for_its_suffixes() -> None:
    name = "x" * 200
    for suffix in ("", ".part", ".ok", ".ok.part"):
        assert ONE.place(f"in/{name}{suffix}".encode()).name == name + suffix


def test_the_virtual_path_never_leaves_the_root() -> None:
    assert virtual(b"a/../../b") == b"/b"
    assert virtual(b"//x") == b"/x"
    assert virtual(b"") == b"/"
