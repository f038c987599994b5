"""The two pages of docs/verify.md, in Go and in Python: they find every tampering that ours finds.

Neither page imports anything of ours, nor is it built as ours is.
"""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import item, log_verifier, running, until, witness_verifier
from tests.runtime.publishing import publish
from tests.tampering import (
    LOG,
    TAMPERINGS,
    WITNESS_VERIFIER,
    Tampering,
    build_log,
    flip,
    grow,
    open_store,
    records,
)
from wire.audit.note import encode_vkey

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
GO = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "CGO_ENABLED": "0"}
KEYS = [encode_vkey(LOG.verifier()), encode_vkey(WITNESS_VERIFIER)]

# Returns what the page prints of a folder, given the keys of log and witness.
Page = Callable[[Path, list[str]], str]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_log(tmp_path_factory.mktemp("pristine"))


@pytest.fixture(
    scope="module", params=["python", pytest.param("go", marks=pytest.mark.needs("go"))]
)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Page:
    if request.param == "python":
        command = [sys.executable, "-I", str(EXAMPLES / "audit_verify.py")]
    else:
        home = tmp_path_factory.mktemp("go")
        command = [str(home / "audit_verify")]
        environment = {**os.environ, **GO, "GOCACHE": str(home / "cache")}
        build = ["go", "build", "-o", command[0], str(EXAMPLES / "audit_verify.go")]
        subprocess.run(build, check=True, env=environment)

    def run(folder: Path, keys: list[str]) -> str:
        done = subprocess.run([*command, folder, *keys], capture_output=True, text=True)
        is_verified = done.stdout.startswith("OK ")
        assert done.returncode == (0 if is_verified else 1), done.stderr
        assert is_verified or done.stdout.startswith("NOT VERIFIED: "), done.stdout
        return done.stdout

    return run


def test_a_log_that_nobody_touched_is_verified(pristine: Path, page: Page) -> None:
    assert page(pristine, KEYS) == ("OK 700 records, of which 400 are vouched for by no witness\n")
    assert page(pristine, KEYS[:1]) == (
        "OK 700 records, of which 700 are vouched for by no witness\n"
    )


@pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_a_tampered_log_is_not(
    pristine: Path, page: Page, tmp_path: Path, tampering: Tampering
) -> None:
    folder = shutil.copytree(pristine, tmp_path / "log")
    tampering.tamper(folder)
    assert page(folder, KEYS).startswith("NOT VERIFIED: ")


def test_a_log_with_any_byte_changed_is_not(pristine: Path, page: Page, tmp_path: Path) -> None:
    folder = shutil.copytree(pristine, tmp_path / "log")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    # `tile/1/000.p/1` is of a smaller tree, which nobody asks for any more.
    paths = [path for path in files if not path.match("tile/1/000.p/1")]
    chance = random.Random(9)
    for path in chance.choices(paths, k=20):
        tamper = flip(str(path.relative_to(folder)), chance.randrange(path.stat().st_size))
        tamper(folder)
        assert page(folder, KEYS).startswith("NOT VERIFIED: "), path
        tamper(folder)  # a second flip undoes the first


def test_what_an_auditor_saw_before_must_be_the_beginning_of_it(
    pristine: Path, page: Page, tmp_path: Path
) -> None:
    kept = {}
    for name, decision in (("seen", "allow"), ("other", "denied")):
        (tmp_path / name).mkdir()
        db = open_store(tmp_path / f"{name}.db")
        grow(db, records(0, 10, decision=decision))
        publish(db, tmp_path / name, LOG)
        db.close()
        kept[name] = str(tmp_path / name / "checkpoint")
    assert page(pristine, [*KEYS, kept["seen"]]).startswith("OK 700 records, of which 400 ")
    assert page(pristine, [*KEYS, kept["other"]]).startswith("NOT VERIFIED: ")


def test_no_other_key_will_do(pristine: Path, page: Page) -> None:
    log, witness = KEYS
    stranger = encode_vkey(witness_verifier())
    for keys in ([witness], [log, log], [log, stranger], [stranger, witness]):
        assert page(pristine, keys).startswith("NOT VERIFIED: "), keys


def test_tiles_above_tiles_are_read(tmp_path: Path, page: Page) -> None:
    """65,536 records and more have a second level of full tiles."""
    folder = tmp_path / "log"
    folder.mkdir()
    db = open_store(tmp_path / "store.db")
    grow(db, records(0, 66_000))
    publish(db, folder, LOG)
    db.close()
    assert page(folder, KEYS[:1]).startswith("OK 66000 records")
    flip("tile/2/000.p/1", 0)(folder)
    assert page(folder, KEYS[:1]).startswith("NOT VERIFIED: ")


async def test_a_log_that_a_relay_wrote_is_verified(node: Path, page: Page) -> None:
    transform, far = Transform(node), FarZone(node)
    async with running(node), transform.connected(), far.connected():
        await transform.hand_over(*[item()] * 300)
        await until(lambda: far.tree is not None and far.tree.size == 301)
    async with running(node):
        pass  # what the witness signed last is published at the latest by the next start
    keys = [encode_vkey(log_verifier()), encode_vkey(witness_verifier())]
    # Beside what it was handed: two starts and two stops, of which the witness saw one.
    assert page(node / "log", keys) == "OK 304 records, of which 3 are vouched for by no witness\n"
    (bundle,) = (node / "log/tile/entries").glob("000")
    bundle.write_bytes(bundle.read_bytes().replace(b'"pass"', b'"held"', 1))
    assert page(node / "log", keys).startswith("NOT VERIFIED: ")
