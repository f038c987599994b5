"""The demo as people run it: real processes, and nothing printed that is not so."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from rich.cells import cell_len

from sekisho.demo import leaks, photo
from sekisho.site import Program, stage_node
from tests.contract_watch import demand_noted_nothing
from tests.sekisho.daemons import watched

TIMEOUT_S = 120
COLUMNS = 120


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sekisho.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        env={**os.environ, "COLUMNS": str(COLUMNS), **environment},
    )


def running_in(folder: Path) -> list[str]:
    """Return the command lines of processes that name `folder`."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it has ended
    return [line for line in lines if str(folder) in line]


@pytest.mark.parametrize("real", [("DSCN0010.jpg", "DSCN0027.jpg"), ("none", "none")])
def test_each_of_two_photos_names_a_place_that_the_other_does_not(real: tuple[str, str]) -> None:
    one, other = [photo.make_photo("", real=name, seed=seed).jpeg for seed, name in enumerate(real)]
    for jpeg, unlike in [(one, other), (other, one)]:
        everything = leaks.traces_of(jpeg, unlike=b"")
        assert leaks.traces_of(jpeg, unlike=unlike)[0] == everything[0]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("d")


@pytest.fixture(scope="module")
def told(home: Path) -> subprocess.CompletedProcess[str]:
    """The demo, once, in a folder of its own that is kept."""
    return run("demo", "--once", "--dir", home / "a", **watched(home / "broken"))


def test_every_promise_is_held_and_the_exit_code_says_so(
    told: subprocess.CompletedProcess[str],
) -> None:
    checks = [line for line in told.stdout.splitlines() if line.startswith(("✓ ", "✗ "))]
    assert told.returncode == 0, told.stdout + told.stderr
    assert all(line.startswith("✓ ") for line in checks)
    assert f"{len(checks)} の約束のうち {len(checks)} が守られました" in told.stdout


def test_all_that_the_zones_say_is_in_their_contract(
    told: subprocess.CompletedProcess[str], home: Path
) -> None:
    assert told.returncode == 0
    demand_noted_nothing(home / "broken")


def test_both_networks_are_shown_side_by_side(told: subprocess.CompletedProcess[str]) -> None:
    rows = [line.split("│") for line in told.stdout.splitlines() if "│" in line]
    assert all(len(row) == 2 for row in rows)
    said = [row for row in rows if "毛布200枚と水" in row[0] and "毛布200枚と水" in row[1]]
    assert said
    inside = next(row for row in rows if "参集職員の名簿" in row[1])
    assert "参集職員" not in inside[0]


# What the case studies ask for, each by a word of the promise that shows it.
ROWS = [
    "職員名簿",
    "ゲスト",
    "代表アカウント",
    "在宅勤務",
    "読み誰がまだか",
    "スタンプ",
    "スレッド",
    "転送",
    "ピン留め",
    "二人だけ",
    "アイコン",
    "予約した発言",
    "位置と通話",
    "撮影情報",
    "縮小画像",
    "Word",
    "マクロ",
    "パスワード付き",
    "実行ファイルは拒否",
    "保留",
    "許可すると届き",
    "ノート",
    "タスク",
    "アンケート",
    "必読",
    "出欠",
    "会議室",
    "版を重ね",
    "フォームは誤り",
    "ひな形",
    "決裁",
    "呼出し",
    "まだの人",
    "二文字",
    "案内ボット",
    "利用状況",
    "監査ログ",
]


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_case_studies_is_shown(
    told: subprocess.CompletedProcess[str], row: str
) -> None:
    checks = [line for line in told.stdout.splitlines() if line.startswith("✓ ")]
    assert any(row in line for line in checks)


def test_no_line_is_wider_than_the_terminal(told: subprocess.CompletedProcess[str]) -> None:
    assert max(cell_len(line) for line in told.stdout.splitlines()) <= COLUMNS


@pytest.mark.usefixtures("told")
def test_no_process_is_left(home: Path) -> None:
    assert running_in(home) == []


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("lane", ["import", "export"])
def test_the_auditor_finds_what_the_demo_found(home: Path, lane: str) -> None:
    verified = run("audit", "verify", home / "a", lane)
    assert verified.returncode == 0, verified.stdout
    assert "still there" in verified.stdout


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("zone", ["internet", "lgwan"])
def test_of_the_photos_in_a_zone_only_its_own_says_where_it_was_taken(
    home: Path, zone: str
) -> None:
    blobs = [path.read_bytes() for path in (home / "a" / zone / "blobs").iterdir()]
    jpegs = [data for data in blobs if data.startswith(b"\xff\xd8")]
    has_exif = [bool(Image.open(io.BytesIO(data)).getexif()) for data in jpegs]
    assert sorted(has_exif)[-2:] == [False, True]  # beside the thumbnail


def test_a_promise_that_is_broken_fails_the_demo(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = tmp_path_factory.mktemp("d") / "a"
    assert run("init", site, "--site", "minato-city").returncode == 0
    policy = site / stage_node("export", Program.TRANSFORM).folder.parent / "rules/policy.toml"
    written = policy.read_text(encoding="utf-8")
    lenient = re.sub(r'individual_number = "hold"', 'individual_number = "pass"', written)
    assert lenient != written
    policy.write_text(lenient, encoding="utf-8")
    told = run("demo", "--once", "--dir", site)
    assert told.returncode == 1
    assert "✗ 個人番号らしき発言は保留、内容は渡らない" in told.stdout
    assert running_in(site) == []


def test_a_daemon_that_does_not_start_is_named_with_its_last_words(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    site = tmp_path_factory.mktemp("d") / "a"
    assert run("init", site, "--site", "minato-city").returncode == 0
    (site / "relay" / "import" / "rules" / "policy.toml").write_text(
        "version = 9\n", encoding="utf-8"
    )
    told = run("demo", "--once", "--dir", site)
    assert told.returncode == 75
    assert "relay-import" in told.stderr
    assert "policy.toml" in told.stderr
    assert running_in(site) == []


def test_a_drawn_photo_says_where_it_was_taken_and_a_search_finds_that(tmp_path: Path) -> None:
    jpeg, other = photo.drawn(1), photo.drawn(2)
    traces = leaks.traces_of(jpeg, unlike=other)
    assert len(traces) > 4
    (tmp_path / "store").write_bytes(b"x" * 100_000 + traces[0] + b"y")
    (tmp_path / "empty").touch()
    found = leaks.search(tmp_path, traces)
    assert found.found == (tmp_path / "store",)
    assert found.files == 2


def test_a_photo_re_rendered_has_no_trace_of_the_first(tmp_path: Path) -> None:
    jpeg = photo.drawn(1)
    with Image.open(io.BytesIO(jpeg)) as picture:
        bare = Image.new(picture.mode, picture.size)
        bare.paste(picture)
    bare.save(tmp_path / "again.jpg", quality=88)
    assert leaks.search(tmp_path, leaks.traces_of(jpeg, unlike=b"")).found == ()


@pytest.mark.usefixtures("told")
def test_a_story_is_not_told_twice_in_one_folder(home: Path) -> None:
    again = run("demo", "--once", "--dir", home / "a")
    assert again.returncode == 2
    assert "choose another" in again.stderr
