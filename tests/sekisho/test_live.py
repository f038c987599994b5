"""The command against a whole site that runs: six processes, as an operator has them."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from sekisho import setup
from sekisho.addresses import Addresses
from sekisho.clock import now_ms
from sekisho.exits import Exit
from sekisho.site import NODES, Host
from tests.sekisho.conftest import Run
from tests.sekisho.daemons import running

DAEMONS = (("relay", "import"), ("relay", "export"), ("internet",), ("lgwan",))
NEW_ROOM = '{"name": "窓口", "scope": "shared"}'


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A site whose daemons all said that they are ready."""
    site = tmp_path_factory.mktemp("l") / "a"
    plan = setup.Plan(site, "machi", Host.ONE, setup.tenant_of("machi"), Addresses())
    for _ in setup.make(plan, now=now_ms()):
        pass
    with running(site, [(*words, site) for words in DAEMONS]):
        yield site
    assert list(site.rglob("*.sock")) == []


OPENS_ROOMS = ("--scope", "read", "--scope", "talk", "--scope", "administer")


def wait_for_links(sekisho: Run, live: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        answers = {name: each["status"] for name, each in status(sekisho, live).items()}
        lanes = [*answers["lgwan"]["lanes"].values(), *answers["internet"]["lanes"].values()]
        stages = [answers[f"{lane}-transform"]["verify_connected"] for lane in ("import", "export")]
        if all(lane["connected"] for lane in lanes) and all(stages):
            return
        assert time.monotonic() < deadline, answers
        time.sleep(0.05)


def status(sekisho: Run, live: Path) -> dict[str, Any]:
    found: dict[str, Any] = sekisho("status", live, "--json").json
    return found


def test_every_node_says_how_it_is(sekisho: Run, live: Path) -> None:
    wait_for_links(sekisho, live)
    ran = sekisho("status", live)
    assert ran.code == 0, ran.out
    assert {line.split("\t")[0] for line in ran.out.splitlines()[1:]} == {n.name for n in NODES}
    lane = sekisho("lane", "status", live, "export", "--json").json
    assert set(lane) == {"export-transform", "export-verify"}
    assert all(each["well"] for each in lane.values())


def test_the_doctor_finds_nothing_and_cuts_no_link(sekisho: Run, live: Path) -> None:
    wait_for_links(sekisho, live)
    before = (live / "relay-import.log").read_bytes()
    findings = sekisho("doctor", live, "--json").json["findings"]
    assert {each["code"] for each in findings} <= {"disk-low"}
    assert (live / "relay-import.log").read_bytes() == before


def test_the_doctor_sees_that_a_policy_is_not_the_one_that_runs(sekisho: Run, live: Path) -> None:
    policy = live / "relay/import/rules/policy.toml"
    before = policy.read_text()
    policy.write_text(f"{before}\n# changed\n")
    try:
        findings = sekisho("doctor", live, "--json").json["findings"]
    finally:
        policy.write_text(before)
    assert "policy-differs" in {each["code"] for each in findings}


def api(live: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Ask the LGWAN zone's API with the command, as a process of its own."""
    command = [sys.executable, "-m", "sekisho.main", "api", *map(str, arguments)]
    return subprocess.run(
        [*command, str(live), "--zone", "lgwan"], capture_output=True, text=True, check=False
    )


def post(live: Path, token: Path, user: str, path: str, body: str) -> dict[str, Any]:
    """Post something for a user, and return what the API answers."""
    as_user = ("--token-file", token, "--as", user)
    key = ("-H", f"Idempotency-Key: {uuid4()}")
    ran = api(live, "POST", path, *as_user, *key, "-d", body)
    assert ran.returncode == 0, ran.stdout
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def test_people_and_programs_are_let_in_and_can_call(
    sekisho: Run, live: Path, tmp_path: Path
) -> None:
    zone, token = ["--zone", "lgwan"], tmp_path / "token"
    user = sekisho("user", "add", live, "山田太郎", *zone, "--section", "総務課").out.strip()
    listed = {each["id"]: each for each in sekisho("user", "list", live, *zone, "--json").json}
    assert listed[user]["section"] == "総務課"
    assert listed[user]["user_kind"] == "staff"
    assert "山田太郎" in sekisho("user", "list", live, *zone).out

    add = ("frontend", "add", live, "web", *zone, "--act-as", user)
    made = sekisho(*add, *OPENS_ROOMS, "--token-file", token, "--json")
    assert set(made.json) == {"id"}
    assert token.stat().st_mode & 0o777 == 0o600
    assert sekisho("frontend", "list", live, *zone, "--json").json[0]["act_as"] == [user]

    answered = api(live, "GET", "/v1/server", "--token-file", token)
    assert answered.returncode == 0, answered.stderr
    assert json.loads(answered.stdout)["zone"] == "lgwan"
    assert api(live, "GET", "/v1/server").returncode == 4
    assert post(live, token, user, "/v1/rooms", NEW_ROOM)["id"].startswith("rm_")


def test_a_token_is_not_written_over_another_file(sekisho: Run, live: Path, tmp_path: Path) -> None:
    (tmp_path / "token").touch()
    ran = sekisho(
        "frontend", "add", live, "bot", "--zone", "lgwan", "--token-file", tmp_path / "token"
    )
    assert ran.code == 2
    names = sekisho("frontend", "list", live, "--zone", "lgwan", "--json").json
    assert "bot" not in {each["name"] for each in names}


def test_a_receiver_is_registered_and_what_it_did_not_take_is_seen(
    sekisho: Run, live: Path, tmp_path: Path
) -> None:
    zone = (live, "--zone", "lgwan")
    bot = sekisho("user", "add", *zone, "案内", "--kind", "bot").out.strip()
    url, secret = "http://127.0.0.1:9/", tmp_path / "secret"
    made = sekisho(
        "webhook",
        "add",
        *zone,
        "窓口",
        url,
        "--user",
        bot,
        "--tries",
        "1",
        "--event",
        "user.updated",
        "--secret-file",
        secret,
        "--json",
    ).json
    assert secret.read_text().startswith("whsec_")
    assert secret.stat().st_mode & 0o777 == 0o600
    assert "secret" not in made
    assert made["id"] in sekisho("webhook", "list", *zone).out
    elsewhere = ("webhook", "add", *zone, "外", "http://192.0.2.1:9/", "--user", bot)
    assert sekisho(*elsewhere).code == Exit.REFUSED
    sekisho("user", "add", *zone, "新人")  # which nobody at port 9 wants to hear of
    deadline = time.monotonic() + 30
    while not (dead := sekisho("webhook", "dead", *zone, made["id"], "--json").json):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert dead[0]["type"] == "user.updated"
    assert "webhook-dead" in sekisho("doctor", live, "--json").out
    assert sekisho("webhook", "requeue", *zone, made["id"]).code == 0
    assert made["id"] in sekisho("webhook", "remove", *zone, made["id"]).out
    assert sekisho("webhook", "list", *zone, "--json").json == []


def test_the_figures_of_a_report_are_printed_and_written(
    sekisho: Run, live: Path, tmp_path: Path
) -> None:
    found = sekisho("usage", live, "--from", "2026-04", "--to", "2026-09", "--json").json
    assert (found["months"][0], len(found["months"])) == ("2026-04", 6)
    assert sekisho("usage", live).out.startswith("tenant\tsection\tmonth")
    table = tmp_path / "usage.csv"
    assert sekisho("usage", live, "--csv", table, "--charset", "shift_jis").code == 0
    assert table.read_bytes().decode("cp932").startswith("団体,所属,月")
    assert sekisho("usage", live, "--from", "2026-13").code == Exit.REFUSED


def test_there_is_nothing_to_decide_and_nothing_to_resume(sekisho: Run, live: Path) -> None:
    assert sekisho("hold", "list", live, "import", "--json").json == []
    who = operator(sekisho, live, "夜勤")
    for decision, why in (("show", ()), ("release", WHY), ("deny", WHY)):
        ran = sekisho("hold", decision, live, "import", f"ms_{'0' * 26}", *who, *why)
        assert ran.code == 65
        assert ran.err.startswith("sekisho: not-found")
    assert sekisho("lane", "resume", live, "import").code == 65
    assert sekisho("lane", "resume", live, "import", "--stage", "verify").code == 75


def test_a_second_instance_on_the_same_store_says_so(live: Path) -> None:
    command = [sys.executable, "-m", "sekisho.main", "lgwan", str(live)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 66
    assert "another instance is running on it" in ran.stderr
    assert "Traceback" not in ran.stderr


WHY = ("--reason", "本人の同意あり")


def operator(sekisho: Run, live: Path, name: str) -> tuple[object, ...]:
    """Make somebody an operator, and return the options by which they decide."""
    key = live / f"{name}.pem"
    ran = sekisho("operator", "add", live, name, "--key", key, "--no-passphrase")
    assert ran.code == 0, ran.err
    return ("--as", name, "--key", key)


def held(sekisho: Run, live: Path, count: int) -> list[dict[str, Any]]:
    """What the export lane holds, once that is `count`."""
    deadline = time.monotonic() + 30
    while True:
        found: list[dict[str, Any]] = sekisho("hold", "list", live, "export", "--json").json
        if len(found) == count:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_what_is_held_is_listed_shown_and_decided(sekisho: Run, live: Path, tmp_path: Path) -> None:
    wait_for_links(sekisho, live)
    zone, token = ["--zone", "lgwan"], tmp_path / "token"
    user = sekisho("user", "add", live, "佐藤花子", *zone).out.strip()
    add = ("frontend", "add", live, "chat", *zone, "--act-as", "anybody")
    assert sekisho(*add, *OPENS_ROOMS, "--token-file", token).code == 0
    room = post(live, token, user, "/v1/rooms", NEW_ROOM)["id"]
    number = '{"text": "個人番号 1234 5678 9018"}'  # its check digit is right
    for _ in range(2):
        post(live, token, user, f"/v1/rooms/{room}/messages", number)
    first, second = held(sekisho, live, 2)
    assert {each["rule"] for each in (first, second)} == {"individual-number"}
    assert {each["until"] - each["at"] for each in (first, second)} == {168 * 3_600_000}
    listed = sekisho("hold", "list", live, "export").out
    (line,) = [line for line in listed.splitlines() if line.startswith(first["id"])]
    end = datetime.fromtimestamp(first["until"] / 1000, UTC).astimezone()
    assert end.isoformat(timespec="seconds") in line
    assert {"individual-number", str(first["size"])} <= set(line.split())
    assert "5678" not in listed
    who = operator(sekisho, live, "課長")
    shown = sekisho("hold", "show", live, "export", first["id"], *who, "--json").json
    assert shown["event"]["body"]["text"] == "個人番号 1234 5678 9018"

    ran = sekisho("hold", "release", live, "export", first["id"], *who, *WHY)
    assert (ran.code, ran.out.split(" ")[0]) == (0, "通しました"), ran.err
    ran = sekisho("hold", "deny", live, "export", second["id"], *who, *WHY, "--json")
    assert ran.json["decision"] == "denied"
    assert held(sekisho, live, 0) == []
    deadline = time.monotonic() + 30
    decisions: set[tuple[str, str | None]] = set()
    while not {("released", None), ("refused", "denied")} <= decisions:
        found = sekisho("audit", "search", live, "export", "--json").json
        decisions = {(e["record"].get("decision"), e["record"].get("reason")) for e in found}
        assert time.monotonic() < deadline, decisions
        time.sleep(0.05)
