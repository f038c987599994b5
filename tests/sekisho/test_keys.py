"""`sekisho keys`: cards carried between three hosts, and what is not to be trusted."""

import base64
import json
from pathlib import Path

import pytest

from runtime.node import read_keyring
from sekisho.site import Host, nodes_of
from tests.sekisho.conftest import Run
from wire.keyring import confirmation_number, read_card
from wire.keys import KeyRole, SigningKey


@pytest.fixture
def hosts(sekisho: Run, tmp_path: Path) -> dict[str, Path]:
    """Three hosts that do not know each other yet."""
    for host in ("internet", "relay", "lgwan"):
        relay = [] if host == "relay" else ["--relay", "192.0.2.1"]
        assert sekisho("init", tmp_path / host, "--host", host, *relay).code == 0
    return {host: tmp_path / host for host in ("internet", "relay", "lgwan")}


def number(card: Path) -> str:
    return confirmation_number(read_card(card.read_bytes()))


def test_three_hosts_that_exchanged_their_cards_trust_the_same_keys(
    sekisho: Run, hosts: dict[str, Path]
) -> None:
    for host, folder in hosts.items():
        for other in set(hosts) - {host}:
            for card in sorted((hosts[other] / "cards").iterdir()):
                ran = sekisho("keys", "add", folder, card, "--number", number(card))
                assert ran.code == 0, ran.err
    rings = [read_keyring(hosts[node.host] / node.folder) for node in nodes_of(Host.ONE)]
    assert {role for ring in rings for role in (e.role for e in ring.entries)} == set(KeyRole)
    assert len({ring.digest() for ring in rings}) == 1


def test_the_last_half_that_somebody_types_is_enough(sekisho: Run, hosts: dict[str, Path]) -> None:
    card = hosts["lgwan"] / "cards" / "lgwan-source.card"
    ran = sekisho("keys", "add", hosts["relay"], card, typed=f"{number(card)[-17:]}\n")
    assert ran.code == 0, ran.err
    assert number(card) in ran.err
    for node in nodes_of(Host.RELAY):
        entry = read_keyring(hosts["relay"] / node.folder).of(KeyRole.LGWAN_SOURCE, now=2**50)
        assert entry == read_card(card.read_bytes())


@pytest.mark.parametrize("typed", ["000000", "12345", "x" * 8, ""])
def test_a_wrong_number_adds_nothing(sekisho: Run, hosts: dict[str, Path], typed: str) -> None:
    before = (hosts["relay"] / "relay/import/verify/keyring.json").read_bytes()
    card = hosts["lgwan"] / "cards" / "lgwan-source.card"
    ran = sekisho("keys", "add", hosts["relay"], card, "--number", typed)
    assert ran.code == 65
    assert ran.err.startswith("sekisho: wrong-number")
    assert (hosts["relay"] / "relay/import/verify/keyring.json").read_bytes() == before


def test_a_role_that_has_a_key_takes_no_second_one(
    sekisho: Run, site: Path, tmp_path: Path
) -> None:
    sekisho("init", tmp_path / "b", "--host", "lgwan", "--relay", "192.0.2.1")
    card = tmp_path / "b" / "cards" / "lgwan-source.card"
    ran = sekisho("keys", "add", site, card, "--number", number(card))
    assert ran.code == 78
    assert "has another key already" in ran.err


def test_a_key_that_is_trusted_already_is_said_to_be(sekisho: Run, site: Path) -> None:
    card = site / "cards" / "lgwan-source.card"
    ran = sekisho("keys", "add", site, card, "--number", number(card))
    assert ran.code == 78
    assert "trusted already" in ran.err


def test_a_weak_key_is_refused_with_the_reason(sekisho: Run, site: Path, tmp_path: Path) -> None:
    card = json.loads((site / "cards" / "lgwan-source.card").read_bytes())
    # The point of order 1: under it one signature verifies every message.
    card["entry"]["key"] = base64.b64encode(bytes([1]) + bytes(31)).decode()
    (tmp_path / "weak.card").write_text(json.dumps(card, separators=(",", ":")))
    ran = sekisho("keys", "add", site, tmp_path / "weak.card", "--number", "123456")
    assert ran.code == 65
    assert ran.err == "sekisho: weak-key: a point of small order\n"


def test_a_card_that_somebody_changed_is_refused(sekisho: Run, site: Path, tmp_path: Path) -> None:
    card = (site / "cards" / "lgwan-source.card").read_bytes()
    (tmp_path / "a.card").write_bytes(card.replace(b'"node":"lgwan"', b'"node":"lgwam"'))
    ran = sekisho("keys", "add", site, tmp_path / "a.card", "--number", "123456")
    assert ran.code == 65
    assert "bad-signature" in ran.err


def test_a_card_is_the_same_whenever_it_is_asked_for(sekisho: Run, site: Path) -> None:
    for role in (KeyRole.LGWAN_SOURCE, KeyRole.TLS_LGWAN):
        card = (site / "cards" / f"{role}.card").read_text()
        assert sekisho("keys", "card", site, role).out == f"{card}\n"
    assert sekisho("keys", "card", site, "no-such-role").code == 2


def test_what_is_shown_is_what_the_other_host_computes(sekisho: Run, site: Path) -> None:
    shown = {each["role"]: each["number"] for each in sekisho("keys", "show", site, "--json").json}
    assert shown == {card.stem: number(card) for card in (site / "cards").iterdir()}
    listed = {each["role"]: each["number"] for each in sekisho("keys", "list", site, "--json").json}
    assert listed == shown
    assert shown["lgwan-source"] in sekisho("keys", "list", site).out


def test_no_private_key_is_ever_printed(sekisho: Run, site: Path) -> None:
    printed = "".join(
        sekisho("keys", *arguments).out
        for arguments in (["show", site], ["list", site, "--json"], ["card", site, "tls-lgwan"])
    )
    seeds = [path.read_text().strip() for path in site.rglob("*.key")]
    keys = [SigningKey.from_seed(KeyRole.TLS_LGWAN, bytes.fromhex(seed)) for seed in seeds]
    assert len(keys) == len(KeyRole)
    assert [seed for seed in seeds if seed in printed] == []
