"""`sekisho audit trace, search, export, names`: what people and their programs read of a log."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.sekisho import audit_city
from tests.sekisho.audit_city import (
    ANSWER,
    CAME,
    CHIEF,
    DENIED,
    EARLY,
    EDIT,
    HANAKO,
    LATE,
    NOTICE,
    PHOTO,
    POSTED,
    ROOM,
    WENT,
    found_city,
    log_of,
    stands_for,
)
from tests.sekisho.conftest import Run
from wire.lane import Lane


@pytest.fixture
def city(site: Path) -> Path:
    return found_city(site)


@pytest.fixture
def copies(city: Path, tmp_path: Path) -> list[str]:
    """The options that name copies of both logs, on a host that has nothing else."""
    options = []
    for lane in Lane:
        folder, vkey = log_of(city, lane)
        copy = shutil.copytree(folder, tmp_path / lane)
        options += ["--log", str(copy), vkey]
    shutil.rmtree(city)
    return options


def test_a_life_is_told_in_japanese_with_names(sekisho: Run, city: Path) -> None:
    ran = sekisho("audit", "trace", POSTED, city)
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert "2026-11-29 23:30:01.000+09:00  取込レーン(インターネット→LGWAN)  記録 1" in lines
    assert "  メッセージを通しました。" in lines
    assert f"    行為者: 山田花子 ({HANAKO})" in lines
    assert f"    ルーム: 防災 ({ROOM})" in lines
    assert "  添付ファイルを一部を取り除いて通しました。" in lines
    (file,) = [line for line in lines if line.startswith("    ファイル: ")]
    assert f"現場.jpg ({PHOTO}) / 作り直し、一部を取り除きました" in file
    assert "image/jpeg 2000 B sha256:111111111111… → image/jpeg 1500 B sha256:222222222222…" in file
    assert file.endswith("取り除いたもの: exif x3")
    # The other lane, too, and where it stands in the zone beside.
    assert "2026-11-30 00:10:00.001+09:00  持出レーン(LGWAN→インターネット)  記録 1" in lines
    assert "  リアクションを通しました。" in lines
    assert f"    行為者: 鈴木課長 ({CHIEF})" in lines
    assert f"    2026-11-29 23:30:02.500+09:00 から 防災 ({ROOM}) で読めます" in lines


def test_a_denial_is_found_under_the_messages_own_id(sekisho: Run, city: Path) -> None:
    ran = sekisho("audit", "trace", DENIED, city, "--lang", "en")
    says = [line.strip() for line in ran.out.splitlines() if line.startswith("  ")]
    assert "The message: held." in says
    assert "What is held was looked at." in says
    assert "The message: denied by a decision." in says
    assert f"decided by: 鈴木課長 ({CHIEF})" in says
    assert "rule: words-secret" in says
    by_notice = sekisho("audit", "trace", NOTICE, city, "--json").json
    assert [step["index"] for step in by_notice["steps"]] == [3, 5]
    found = sekisho("audit", "search", city, "import", "--event", DENIED, "--json").json
    assert [each["index"] for each in found] == [3, 4, 5]


def test_folders_alone_tell_a_life_without_names(sekisho: Run, copies: list[str]) -> None:
    ran = sekisho("audit", "trace", POSTED, *copies, "--json")
    assert ran.code == 0, ran.err
    assert [(step["log"], step["index"]) for step in ran.json["steps"]] == [
        ("sekisho/machi/import", 1),
        ("sekisho/machi/import", 2),
        ("sekisho/machi/export", 1),
    ]
    assert ran.json["zones"] == {}
    told = sekisho("audit", "trace", POSTED, *copies).out
    assert "山田花子" not in told
    assert HANAKO not in told
    assert f"行為者: {stands_for(HANAKO)[:12]}…" in told


def test_the_key_for_names_tells_an_auditor_who_it_was(
    sekisho: Run, city: Path, tmp_path: Path
) -> None:
    key = tmp_path / "names"
    assert sekisho("audit", "names", city, "-o", key).code == 0
    assert key.stat().st_mode & 0o777 == 0o600
    folder, vkey = log_of(city, Lane.EXPORT)
    copy = shutil.copytree(folder, tmp_path / "copy")
    shutil.rmtree(city)
    told = sekisho("audit", "trace", ANSWER, "--log", copy, vkey, "--names", key).out
    assert f"行為者: {CHIEF}" in told
    key.write_bytes(b'{"uid":"us"}\n')
    ran = sekisho("audit", "trace", ANSWER, "--log", copy, vkey, "--names", key)
    assert ran.code == 65


def test_somebody_whose_salt_was_deleted_is_nobody(sekisho: Run, city: Path) -> None:
    with closing(sqlite3.connect(city / "relay/import/verify/verify.db")) as db:
        db.execute("DELETE FROM person WHERE uid = ?", (HANAKO,))
        db.commit()
    told = sekisho("audit", "trace", POSTED, city, "import").out
    assert f"行為者: {stands_for(HANAKO)[:12]}…" in told
    assert sekisho("audit", "search", city, "--person", "山田花子", "--json").json == []


def test_what_no_log_has_is_not_told(sekisho: Run, city: Path) -> None:
    assert sekisho("audit", "trace", audit_city.an_id("ms", 99), city).code == 65
    assert sekisho("audit", "trace", POSTED).code == 2
    assert sekisho("audit", "trace", POSTED, city, "--tz", "Edo").code == 2


def test_a_record_that_was_put_into_a_folder_is_refused(sekisho: Run, city: Path) -> None:
    folder, _ = log_of(city, Lane.IMPORT)
    (entries,) = (folder / "tile/entries").rglob("6")
    entries.write_bytes(entries.read_bytes().replace(b'"pass"', b'"held"'))
    ran = sekisho("audit", "trace", POSTED, city)
    assert ran.code == 65
    assert "audit-inconsistent" in ran.err


def indexes(sekisho: Run, city: Path, *arguments: object) -> list[tuple[str, int]]:
    ran = sekisho("audit", "search", city, *arguments, "--json")
    assert ran.code == 0, ran.err
    return [(each["record"]["lane"], each["index"]) for each in ran.json]


@pytest.mark.parametrize(
    ("option", "word"),
    [
        ("--person", HANAKO),
        ("--person", "山田花子"),
        ("--person", stands_for(HANAKO)),
    ],
)
def test_a_person_is_found_by_id_by_name_and_by_what_stands_for_them(
    sekisho: Run, city: Path, option: str, word: str
) -> None:
    assert indexes(sekisho, city, option, word) == [("import", n) for n in (1, 2, 3, 5)]


def test_who_decided_and_who_looked_is_found_in_both_lanes(sekisho: Run, city: Path) -> None:
    assert indexes(sekisho, city, "--person", "鈴木課長") == [
        ("import", 4),
        ("import", 5),
        ("export", 0),
        ("export", 1),
    ]


@pytest.mark.parametrize("word", [PHOTO, "現場.jpg", CAME, WENT])
def test_a_file_is_found_by_id_by_name_and_by_hash(sekisho: Run, city: Path, word: str) -> None:
    found = indexes(sekisho, city, "--file", word)
    assert found in ([("import", 1), ("import", 2)], [("import", 2)])
    assert ("import", 2) in found


def test_a_room_is_found_by_name_and_a_day_is_one_of_japan(sekisho: Run, city: Path) -> None:
    assert len(indexes(sekisho, city, "--room", "防災")) == 6
    assert indexes(sekisho, city, "--room", "防犯") == []
    assert indexes(sekisho, city, "--day", "2026-11-30") == [("export", 0), ("export", 1)]
    assert len(indexes(sekisho, city, "--day", "2026-11-29")) == 6
    assert len(indexes(sekisho, city, "--day", "2026-11-29", "--tz", "UTC")) == 8
    since = ("--since", "2026-11-29T23:30:04", "--until", "2026-11-29T23:30:05")
    assert indexes(sekisho, city, *since) == [("import", 4)]
    assert sekisho("audit", "search", city, "--day", "2026-11-29", *since).code == 2


def test_decisions_reasons_and_occurrences_are_found(sekisho: Run, city: Path) -> None:
    assert indexes(sekisho, city, "--decision", "refused") == [("import", 5)]
    assert indexes(sekisho, city, "--reason", "denied") == [("import", 5)]
    assert indexes(sekisho, city, "--ev", "hold.viewed") == [("import", 4)]
    assert indexes(sekisho, city, "--kind", "message.post", "--limit", "2") == [
        ("import", 1),
        ("import", 3),
    ]
    assert indexes(sekisho, city, "export", "--event", POSTED) == [("export", 1)]


def test_times_are_those_of_the_place_that_is_named(sekisho: Run, city: Path) -> None:
    told = sekisho("audit", "trace", EDIT, city, "--tz", "UTC").out
    assert "2026-11-29 15:10:00.001+00:00" in told
    assert EARLY - LATE == 40 * 60 * 1000
