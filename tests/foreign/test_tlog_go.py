"""The audit log before a verifier that others wrote: Go's `golang.org/x/mod/sumdb`."""

import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Protocol

import pytest

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

pytestmark = pytest.mark.needs("go")

PROGRAM = Path(__file__).with_name("tlog_verify.go")

# Where Debian puts the sources of Go packages; nothing is fetched.
GO = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "CGO_ENABLED": "0"}


class Verify(Protocol):
    def __call__(self, folder: Path, remembered: Path = ...) -> str: ...


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_log(tmp_path_factory.mktemp("pristine"))


@pytest.fixture(scope="module")
def verify(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Verify:
    """Return a function that has Go verify a folder and returns what it printed."""
    home = tmp_path_factory.mktemp("go")
    binary = home / "tlog_verify"
    environment = {**os.environ, **GO, "GOCACHE": str(home / "cache")}
    subprocess.run(["go", "build", "-o", binary, PROGRAM], check=True, env=environment)
    remembered = pristine / "cosigned" / WITNESS_VERIFIER.key_id.hex()
    keys = [encode_vkey(LOG.verifier()), encode_vkey(WITNESS_VERIFIER)]

    def run(folder: Path, remembered: Path = remembered) -> str:
        done = subprocess.run(
            [binary, folder, keys[0], remembered, keys[1]], capture_output=True, text=True
        )
        assert done.returncode == (0 if done.stdout == "OK\n" else 1), done.stderr
        return done.stdout

    return run


def test_go_accepts_a_log_that_nobody_touched(pristine: Path, verify: Verify) -> None:
    assert verify(pristine) == "OK\n"


@pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_go_refuses_a_tampered_log(
    pristine: Path, verify: Verify, tmp_path: Path, tampering: Tampering
) -> None:
    folder = shutil.copytree(pristine, tmp_path / "log")
    tampering.tamper(folder)
    assert verify(folder).startswith("REFUSED: ")


def test_go_refuses_a_log_with_any_byte_changed(
    pristine: Path, verify: Verify, tmp_path: Path
) -> None:
    folder = shutil.copytree(pristine, tmp_path / "log")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    # Go's witness has its own memory, and `tile/1/000.p/1` is of the smaller tree it remembers.
    paths = [p for p in files if p.parent.name != "cosigned" and not p.match("tile/1/000.p/1")]
    chance = random.Random(15)
    for path in chance.choices(paths, k=60):
        tamper = flip(str(path.relative_to(folder)), chance.randrange(path.stat().st_size))
        tamper(folder)
        assert verify(folder).startswith("REFUSED: ")
        tamper(folder)  # a second flip undoes the first
    assert verify(folder) == "OK\n"


def test_go_accepts_a_log_with_tiles_above_tiles(tmp_path: Path, verify: Verify) -> None:
    """65,536 leaves and more have a second level of full tiles, and paths of a thousand tiles."""
    folder = tmp_path / "log"
    folder.mkdir()
    db = open_store(tmp_path / "store.db")
    grow(db, records(0, 66_000))
    publish(db, folder, LOG)
    db.close()
    # It grew out of the log that the witness saw, whose records are the same.
    assert verify(folder) == "OK\n"
    flip("tile/2/000.p/1", 0)(folder)
    assert verify(folder).startswith("REFUSED: ")


def test_go_refuses_a_memory_that_the_witness_did_not_sign(
    pristine: Path, verify: Verify, tmp_path: Path
) -> None:
    db = open_store(tmp_path / "store.db")
    grow(db, records(0, 5))
    (tmp_path / "log").mkdir()
    publish(db, tmp_path / "log", LOG)
    db.close()
    assert verify(pristine, tmp_path / "log" / "checkpoint").startswith("REFUSED: ")
