"""`sekisho init`: everything is there, closed to others, and never made twice."""

from pathlib import Path

import pytest

from relay.rule_files import POLICY, PROFILE
from runtime.links import TlsEndpoint, UnixEndpoint
from runtime.node import read_endpoint, read_key, read_keyring
from runtime.settings import read_settings
from sekisho.addresses import stages_of
from sekisho.programs import settings_type
from sekisho.site import NODES, Node, Program, stage_node, statutes_of, zone_node
from tests.sekisho.conftest import Run
from wire.keys import KeyRole
from wire.lane import Lane, Zone


def tls_role(node: Node) -> KeyRole:
    """Return the key by which a node is known on TLS links."""
    return node.roles[-1]


def test_one_host_gets_every_node_with_settings_store_keys_and_statutes(
    sekisho: Run, tmp_path: Path
) -> None:
    ran = sekisho("init", tmp_path / "a", "--json")
    assert ran.code == 0, ran.err
    for node in NODES:
        folder = tmp_path / "a" / node.folder
        form = settings_type(node.program)
        assert isinstance(read_settings(tmp_path / "a" / node.settings, form), form)
        assert (tmp_path / "a" / node.store).is_file()
        assert {e.role for e in read_keyring(folder).entries} == set(KeyRole)
        assert [read_key(folder, role).role for role in node.roles] == list(node.roles)
    for lane in Lane:
        for name in (POLICY, PROFILE):
            assert (tmp_path / "a" / statutes_of(lane) / name).is_file()
    assert {path.stem for path in (tmp_path / "a" / "cards").iterdir()} == set(KeyRole)


def test_nobody_else_can_look_into_folders_keys_and_stores(site: Path) -> None:
    folders = [
        path for path in [site, *site.rglob("*")] if path.is_dir() and "log" not in path.parts
    ]
    assert [path for path in folders if path.stat().st_mode & 0o077] == []
    secret = [*site.rglob("*.key"), *site.rglob("*.db"), *site.rglob("*.toml")]
    assert len(secret) > len(NODES)
    assert [path for path in secret if path.stat().st_mode & 0o077] == []


def test_a_second_time_changes_nothing_and_says_so(sekisho: Run, site: Path) -> None:
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    ran = sekisho("init", site, "--json")
    assert ran.json["made"] == []
    assert str(site / "internet" / "zone.db") in ran.json["kept"]
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == before


def test_what_was_cut_short_is_finished(sekisho: Run, site: Path) -> None:
    (site / "lgwan" / "zone.toml").unlink()
    (site / "lgwan" / "zone.db").unlink()
    (site / "cards" / "lgwan-source.card").unlink()
    made = sekisho("init", site, "--site", "machi", "--json").json["made"]
    assert made == [
        str(site / "cards" / "lgwan-source.card"),
        str(site / "lgwan" / "zone.toml"),
        str(site / "lgwan" / "zone.db"),
    ]


def test_a_lost_key_is_not_replaced_by_another(sekisho: Run, site: Path) -> None:
    (site / "lgwan" / "keys" / "lgwan-source.key").unlink()
    ran = sekisho("init", site)
    assert ran.code == 78
    assert "restore it" in ran.err
    assert not (site / "lgwan" / "keys" / "lgwan-source.key").exists()


def test_a_lost_store_is_not_replaced_where_its_files_are_left(sekisho: Run, site: Path) -> None:
    (site / "lgwan" / "zone.db").unlink()
    (site / "lgwan" / "blobs" / "x").touch()
    ran = sekisho("init", site)
    assert ran.code == 78
    assert "restore the store from a backup" in ran.err


@pytest.mark.parametrize("zone", list(Zone))
def test_on_one_host_the_zones_dial_where_the_relay_listens(site: Path, zone: Zone) -> None:
    node = zone_node(zone)
    settings = read_settings(site / node.settings, settings_type(Program.ZONE))
    lane = settings.lane  # type: ignore[attr-defined] # a zone's settings have it
    for address, stage in zip((lane.leaving, lane.arriving), stages_of(zone), strict=True):
        listener = stage_node(*stage)
        dialled = read_endpoint(
            address,
            site / node.folder,
            own=tls_role(node),
            peer=tls_role(listener),
            uids=frozenset(),
            now=2**50,
        )
        assert isinstance(dialled, UnixEndpoint)
        assert dialled.path.resolve() == site / listener.folder / "run" / "link.sock"


def test_tls_on_one_host_gives_each_stage_a_port_of_its_own(sekisho: Run, tmp_path: Path) -> None:
    assert sekisho("init", tmp_path / "a", "--tls", "--port", "4101").code == 0
    ports = set()
    for zone in Zone:
        node = zone_node(zone)
        settings = read_settings(tmp_path / "a" / node.settings, settings_type(Program.ZONE))
        lane = settings.lane  # type: ignore[attr-defined] # a zone's settings have it
        for address, stage in zip((lane.leaving, lane.arriving), stages_of(zone), strict=True):
            peer = tls_role(stage_node(*stage))
            dialled = read_endpoint(
                address,
                tmp_path / "a" / node.folder,
                own=tls_role(node),
                peer=peer,
                uids=frozenset(),
                now=2**50,
            )
            assert isinstance(dialled, TlsEndpoint)
            assert dialled.host == "127.0.0.1"
            ports.add(dialled.port)
    assert ports == {4101, 4102, 4103, 4104}


def test_both_zones_get_one_tenant_without_exchanging_it(sekisho: Run, tmp_path: Path) -> None:
    tenants = set()
    for host in ("internet", "lgwan"):
        folder = tmp_path / host
        ran = sekisho("init", folder, "--host", host, "--relay", "192.0.2.1", "--site", "machi")
        assert ran.code == 0, ran.err
        settings = read_settings(folder / host / "zone.toml", settings_type(Program.ZONE))
        tenants.add(settings.tenant)  # type: ignore[attr-defined] # a zone's settings have it
    assert len(tenants) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--host", "internet"], "--relay"),
        (["--tenant", "tn_short"], "--tenant"),
        (["--site", "two words"], "--site"),
        (["--site", "a+b"], "--site"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_made(
    sekisho: Run, tmp_path: Path, arguments: list[str], says: str
) -> None:
    ran = sekisho("init", tmp_path / "a", *arguments)
    assert ran.code == 2
    assert says in ran.err
    assert not (tmp_path / "a").exists()
