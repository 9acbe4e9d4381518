"""Where deliveries may go, by address and allow-list; and what the partner folders that we ship trust."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.connector import load_connectors
from adapters.errors import Fatal
from gateway.relay.addresses import AddressRefused, resolve

MAPPINGS = Path(__file__).parents[4] / "mappings"
PUBLIC = "1.1.1.1"


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        (f"https://{PUBLIC}/hook", ()),
        (f"https://{PUBLIC}:443/hook", ()),
        (f"https://{PUBLIC}:8443/hook", (f"{PUBLIC}:8443",)),
        (f"http://{PUBLIC}/hook", (f"{PUBLIC}:80",)),
        ("https://127.0.0.1/hook", ("127.0.0.1",)),
        ("http://127.0.0.1:9000/hook", ("127.0.0.1:9000",)),
        ("http://127.0.0.1:9000/hook", ("127.0.0.1:*",)),
        ("https://[::1]:9000/hook", ("[::1]:9000",)),
    ],
)
async def test_it_may_go_there(url: str, allowed: tuple[str, ...]) -> None:
    assert (await resolve(url, allowed)).url.startswith(url.partition("/hook")[0][:8])


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        (f"https://{PUBLIC}:8443/hook", ()),
        (f"https://{PUBLIC}:8443/hook", (PUBLIC,)),
        (f"https://{PUBLIC}:22/hook", (f"{PUBLIC}:8443",)),
        (f"http://{PUBLIC}/hook", ()),
        (f"http://{PUBLIC}/hook", (PUBLIC,)),
        (f"http://{PUBLIC}:443/hook", ()),
        ("https://127.0.0.1/hook", ()),
        ("https://127.0.0.1:9001/hook", ("127.0.0.1:9000",)),
        ("https://127.0.0.1/hook", ("127.0.0.1:9000",)),
        ("https://10.0.0.8:443/hook", ("10.0.0.7:443",)),
        ("https://169.254.169.254/hook", ()),
    ],
)
async def test_it_may_not_go_there(url: str, allowed: tuple[str, ...]) -> None:
    with pytest.raises(AddressRefused):
        await resolve(url, allowed)


def test_shipped_partner_folders_trust_nothing_inside() -> None:
    """Every value of every door, at any depth: no address, no local name, no port."""
    hosts = [
        host
        for connector in load_connectors(MAPPINGS).values()
        for host in connector.doors.get("compat12301", {}).get("callback_hosts", ())
    ]
    assert hosts, "nothing was looked at"
    for host in hosts:
        assert ":" not in host
        assert "." in host
        assert not host.endswith((".local", ".internal", ".localhost"))
        with suppress(ValueError):
            ipaddress.ip_address(host)
            raise AssertionError(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.7", "erp.example:8443", "[::1]", "https://erp.example"])
def test_a_folder_cannot_list_an_address_or_a_port(tmp_path: Path, host: str) -> None:
    text = (MAPPINGS / "lvy" / "connector.yaml").read_text("utf-8")
    folder = tmp_path / "lvy"
    folder.mkdir()
    for file in (MAPPINGS / "lvy").iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    (folder / "connector.yaml").write_text(text.replace("[erp.lvy.example]", f'["{host}"]'), encoding="utf-8")
    with pytest.raises((Fatal, Exception), match="callback_hosts"):
        load_connectors(tmp_path)
