"""`sekisho audit export`: no value ends a field, a line or a record early, whoever reads it."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pycef
import pytest

from tests.sekisho import audit_city
from tests.sekisho.audit_city import CAME, HANAKO, LATE, POSTED, WENT, found_city, stands_for
from tests.sekisho.conftest import Run
from wire.lane import Lane


@pytest.fixture
def city(site: Path) -> Path:
    return found_city(site)


HOSTILE: dict[str, Any] = {
    "ev": "event.barred",
    "lane": "import",
    "log": "sekisho/machi/import",
    "idx": 7,
    "t": LATE,
    "host": "re lay\n1",
    "proc": "import-verify",
    "ver": "0.1",
    "id": '=cmd|" /C calc"!A1',
    "rule": 'a]b"c\\d|e=f\r\nCEF:0|x',
    "reason": "{jndi:ldap://x} \x1b[31m",
    "changes": ["a\u2028b", "c"],
    "files": [{"fid": 'fl"]', "state": "refused"}],
}


def exported(sekisho: Run, site: Path, form: str, *records: dict[str, Any]) -> str:
    audit_city.write_log(site, Lane.IMPORT, records)
    ran = sekisho("audit", "export", site, "import", "--format", form)
    assert ran.code == 0, ran.err
    return ran.out


def test_json_lines_come_back_equal(sekisho: Run, site: Path) -> None:
    told = exported(sekisho, site, "jsonl", HOSTILE, *audit_city.import_records())
    records = [json.loads(line) for line in told.split("\n") if line]
    assert records == [HOSTILE, *audit_city.import_records()]


def test_csv_comes_back_equal_and_runs_nothing(sekisho: Run, site: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(sekisho, site, "csv", HOSTILE), newline="")))
    (row,) = rows
    assert row["id"] == f"'{HOSTILE['id']}"
    assert (row["rule"], row["reason"]) == (HOSTILE["rule"], HOSTILE["reason"])
    assert json.loads(row["files"]) == HOSTILE["files"]
    assert row["time"] == "2026-11-29T23:30:00.000+09:00"


def test_csv_names_people_rooms_and_files(sekisho: Run, city: Path) -> None:
    told = sekisho("audit", "export", city, "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(told, newline="")))
    assert len(rows) == 8
    assert rows[2]["person"] == f"山田花子 ({HANAKO})"
    assert (rows[2]["room_name"], rows[2]["file_names"]) == ("防災", "現場.jpg")


# The grammar of RFC 5424, section 6, as it stands there; SD-PARAM is read by itself.
_VISIBLE = r"[!-~]"
_SD_NAME = r'[^=\s\]"]{1,32}'
_SD_PARAM = re.compile(rf' ({_SD_NAME})="((?:[^"\\\]]|\\["\\\]])*)"')
_SYSLOG = re.compile(
    rf"<(?P<pri>\d{{1,3}})>1 (?P<time>\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{{1,6}})?Z)"
    rf" (?P<host>{_VISIBLE}{{1,255}}) (?P<app>{_VISIBLE}{{1,48}}) (?P<proc>{_VISIBLE}{{1,128}})"
    rf" (?P<msgid>{_VISIBLE}{{1,32}})"
    rf" \[(?P<sd>{_SD_NAME})(?P<params>(?:{_SD_PARAM.pattern})*)\] \ufeff(?P<msg>[^\x00-\x1f]*)"
)


def read_syslog(line: str) -> dict[str, Any]:
    """Return what a line says to whoever reads RFC 5424 to the letter."""
    match = _SYSLOG.fullmatch(line)
    assert match is not None, line
    params = [
        (name, re.sub(r'\\(["\\\]])', r"\1", value))
        for name, value in _SD_PARAM.findall(match["params"])
    ]
    return {**match.groupdict(), "params": params}


def test_syslog_is_what_rfc_5424_says_and_no_value_ends_early(sekisho: Run, site: Path) -> None:
    told = exported(sekisho, site, "syslog", HOSTILE, *audit_city.import_records())
    lines = told.splitlines()  # which also splits where Unicode would
    assert len(lines) == 7
    read = [read_syslog(line) for line in lines]
    assert {(each["app"], each["sd"]) for each in read} == {("sekisho", "sekisho@32473")}
    assert (read[0]["host"], read[0]["pri"], read[0]["msgid"]) == (
        "re-lay-1",
        str(13 * 8 + 4),
        "event.barred",
    )
    hostile = dict(read[0]["params"])
    assert hostile["rule"] == 'a]b"c\\d|e=f␍␊CEF:0|x'
    assert hostile["id"] == HOSTILE["id"]
    assert json.loads(hostile["file"]) == HOSTILE["files"][0]
    assert [value for name, value in read[0]["params"] if name == "changes"] == ["a␤b", "c"]
    assert (read[2]["time"], read[2]["pri"]) == ("2026-11-29T14:30:01.000Z", str(13 * 8 + 6))
    said = dict(read[2]["params"])
    assert (said["id"], said["decision"], said["actor"]) == (POSTED, "pass", stands_for(HANAKO))
    assert read[6]["msg"] == "The message: denied by a decision."


def test_cef_is_read_by_a_program_of_others(sekisho: Run, site: Path) -> None:
    lines = exported(sekisho, site, "cef", HOSTILE, *audit_city.import_records()).splitlines()
    assert len(lines) == 7
    read = [pycef.parse(line) for line in lines]
    assert {each["DeviceVendor"] for each in read} == {"Sekisho"}
    assert (read[0]["DeviceEventClassID"], read[0]["Severity"]) == ("event.barred", "7")
    assert read[0]["rule"].replace("\\=", "=").replace("\\\\", "\\") == (
        'a]b"c\\d|e=f\\r\\nCEF:0|x'
    )
    assert (read[2]["id"], read[2]["act"], read[2]["rt"]) == (POSTED, "pass", str(LATE + 1000))
    assert (read[3]["oldFileHash"], read[3]["fileHash"]) == (CAME, WENT)
    assert read[6]["msg"] == "The message: denied by a decision."


def test_an_export_goes_on_in_a_file_and_has_one_head(
    sekisho: Run, city: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    for _ in range(2):
        assert sekisho("audit", "export", city, "--format", "csv", "-o", out).code == 0
    rows = list(csv.reader(io.StringIO(out.read_text(), newline="")))
    assert len(rows) == 1 + 2 * 8
    assert [row[0] for row in rows].count("time") == 1
