"""`sekisho operator`: who decides, by which keys, on which lists."""

import stat
from pathlib import Path

import pytest

from runtime.operators import read_operators, trusted_folder
from runtime.settings import SettingsFault
from sekisho.exits import Exit
from sekisho.operators import operator_keys, operator_lists
from tests.sekisho.conftest import Run
from wire.ids import mint_id

STAGES = ("import/transform", "import/verify", "export/transform", "export/verify")
SOMEBODY = mint_id("us", now=1, entropy=bytes(10))
WORDS = "正しい馬の電池の留め金"


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Whoever runs this has a settings folder of their own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config"


def add(sekisho: Run, site: Path, name: str, *more: object) -> tuple[str, Path]:
    made = sekisho("operator", "add", site, name, "--no-passphrase", "--json", *more).json
    return made["id"], Path(made["key"])


def test_both_stages_of_both_lanes_know_an_operator(sekisho: Run, site: Path) -> None:
    made, _ = add(sekisho, site, "山田", "--user", SOMEBODY)
    for stage in STAGES:
        (entry,) = read_operators(site / "relay" / stage).entries
        assert (entry.id, entry.name, entry.user) == (made, "山田", SOMEBODY)
    (line,) = sekisho("operator", "list", site).out.splitlines()[1:]
    assert line.startswith(made)
    assert SOMEBODY in line


def test_a_private_key_lies_with_its_operator_who_alone_reads_it(
    sekisho: Run, site: Path, own_settings: Path
) -> None:
    made, key = add(sekisho, site, "山田")
    assert key.is_relative_to(own_settings)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    public = operator_keys.open_key(key, lambda: "").public.hex()
    assert key == operator_keys.own_path(made, public)
    assert [each.key for each in operator_lists.entries_in(site)] == [public]
    key.chmod(0o640)
    with pytest.raises(SettingsFault, match="read by others"):
        operator_keys.open_key(key, lambda: "")


def test_a_passphrase_closes_a_key(tmp_path: Path) -> None:
    made, path = operator_keys.make_key("op", tmp_path / "a.pem", WORDS)
    assert operator_keys.open_key(path, lambda: WORDS) == made or (
        operator_keys.open_key(path, lambda: WORDS).public == made.public
    )
    for wrong in ("", "別の言葉"):
        with pytest.raises(SettingsFault, match="passphrase"):
            operator_keys.open_key(path, lambda wrong=wrong: wrong)  # type: ignore[misc]


def test_no_key_is_ever_replaced(sekisho: Run, site: Path, tmp_path: Path) -> None:
    add(sekisho, site, "山田", "--key", tmp_path / "a.pem")
    before = (tmp_path / "a.pem").read_bytes()
    ran = sekisho(
        *("operator", "add", site, "佐藤", "--no-passphrase", "--key", tmp_path / "a.pem")
    )
    assert ran.code == Exit.SETTINGS
    assert (tmp_path / "a.pem").read_bytes() == before
    assert [each.name for each in operator_lists.entries_in(site)] == ["山田"]


def test_two_operators_of_one_name_cannot_be_told_apart(sekisho: Run, site: Path) -> None:
    add(sekisho, site, "山田")
    assert sekisho("operator", "add", site, "山田", "--no-passphrase").code == Exit.SETTINGS
    assert sekisho("operator", "add", site, "", "--no-passphrase").code == Exit.USAGE
    assert (
        sekisho("operator", "add", site, "佐藤", "--user", "部長", "--no-passphrase").code
        == Exit.USAGE
    )


def test_an_operator_who_is_ended_is_listed_and_found_no_more(sekisho: Run, site: Path) -> None:
    made, _ = add(sekisho, site, "山田")
    other, _ = add(sekisho, site, "佐藤")
    assert sekisho("operator", "end", site, "山田", "--json").json == {"ended": made}
    for stage in STAGES:
        entries = {e.id: e.until for e in read_operators(site / "relay" / stage).entries}
        assert entries[other] is None
        assert entries[made] is not None
    assert sekisho("operator", "end", site, made).code == Exit.REFUSED
    assert made in sekisho("operator", "list", site).out
    again, _ = add(sekisho, site, "山田")
    assert again != made


def test_a_new_key_ends_the_old_one(sekisho: Run, site: Path) -> None:
    made, first = add(sekisho, site, "山田", "--user", SOMEBODY)
    ran = sekisho("operator", "rotate", site, "山田", "--no-passphrase", "--json")
    assert ran.json["id"] == made
    assert Path(ran.json["key"]) != first
    entries = operator_lists.entries_in(site)
    assert {(each.id, each.name, each.user) for each in entries} == {(made, "山田", SOMEBODY)}
    new, old = sorted(entries, key=lambda each: each.until is not None)
    assert new.until is None
    assert old.until == new.since


def test_a_list_that_was_left_behind_is_mended_by_the_next_change(sekisho: Run, site: Path) -> None:
    made, _ = add(sekisho, site, "山田")
    lost = trusted_folder(site / "relay/import/verify") / "operators.json"
    lost.unlink()
    assert read_operators(site / "relay/import/verify").entries == ()
    assert sekisho("operator", "rotate", site, made, "--no-passphrase").code == 0
    (entry,) = read_operators(site / "relay/import/verify").entries
    assert (entry.id, entry.until) == (made, None)


@pytest.mark.parametrize("untrusted", ["[", "{}", '[{"id": 1}]', "\ufeff[]", " " * 1_100_000])
def test_a_list_that_nobody_can_read_says_which(sekisho: Run, site: Path, untrusted: str) -> None:
    path = trusted_folder(site / "relay/import/verify") / "operators.json"
    path.write_text(untrusted)
    ran = sekisho("operator", "list", site)
    assert ran.code == Exit.SETTINGS
    assert str(path) in ran.err


def test_operators_belong_to_the_relay(sekisho: Run, tmp_path: Path) -> None:
    (tmp_path / "lgwan").mkdir()
    ran = sekisho("operator", "add", tmp_path, "山田", "--no-passphrase")
    assert ran.code == Exit.SETTINGS
    assert "operators belong to the relay" in ran.err
