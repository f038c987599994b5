"""Every way to tamper with a published log is found, and named."""

import os
import random
import shutil
from pathlib import Path

import pytest

from runtime.audit_publish import published_head
from runtime.audit_verify import Witnessed, check_grown, verify_log
from tests.tampering import (
    LOG,
    SIZE,
    STRANGER,
    TAMPERINGS,
    WITNESS,
    WITNESS_VERIFIER,
    WITNESSED,
    WITNESSED_AT_S,
    Tampering,
    build_log,
    flip,
    records,
)
from wire.audit.note import SignatureType
from wire.audit.tiles import MAX_TILE_BYTES
from wire.audit.tlog import EMPTY_TREE, Frontier, TreeHead, extend_frontier, leaf_hash
from wire.reasons import Reason, Refused

CHECKED = LOG.verifier()


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_log(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    return shutil.copytree(pristine, tmp_path / "log")


def refusal(folder: Path) -> Refused:
    with pytest.raises(Refused) as caught:
        verify_log(folder, CHECKED, [WITNESS_VERIFIER])
    return caught.value


def head_of(size: int, decision: str = "allow") -> TreeHead:
    return extend_frontier(Frontier(), map(leaf_hash, records(0, size, decision=decision)))[0].head


def test_a_log_nobody_touched_verifies(pristine: Path) -> None:
    report = verify_log(pristine, CHECKED, [WITNESS_VERIFIER])
    assert (report.origin, report.head) == (LOG.name, head_of(SIZE))
    assert report.witnessed == (Witnessed(WITNESS.name, WITNESSED, WITNESSED_AT_S),)


@pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_tampering_is_found_and_named(folder: Path, tampering: Tampering) -> None:
    tampering.tamper(folder)
    with pytest.raises(Refused, match=tampering.found):
        verify_log(folder, CHECKED, [WITNESS_VERIFIER])


def test_no_byte_that_counts_can_be_changed(folder: Path) -> None:
    # `tile/1/000.p/1` is of the tree of 300, and no longer counts.
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    paths = [path for path in files if not path.match("tile/1/000.p/1")]
    chance = random.Random(29)
    for path in chance.choices(paths, k=100):
        tamper = flip(str(path.relative_to(folder)), chance.randrange(path.stat().st_size))
        tamper(folder)
        refusal(folder)
        tamper(folder)  # a second flip undoes the first
    assert verify_log(folder, CHECKED, [WITNESS_VERIFIER]).head.size == SIZE


def test_a_witness_that_never_vouched_for_the_log_is_missed(pristine: Path) -> None:
    absent = STRANGER.verifier(SignatureType.COSIGNATURE_V1)
    with pytest.raises(Refused, match=f"witness {STRANGER.name}: cosigned/[0-9a-f]{{8}} is missin"):
        verify_log(pristine, CHECKED, [absent])


def test_what_a_witness_signed_cannot_be_edited(folder: Path) -> None:
    flip(f"cosigned/{WITNESS_VERIFIER.key_id.hex()}", -20)(folder)
    assert refusal(folder).reason is Reason.BAD_SIGNATURE


def test_a_log_cannot_be_verified_with_the_key_of_another(pristine: Path) -> None:
    with pytest.raises(Refused, match="checkpoint: no signature by"):
        verify_log(pristine, STRANGER.verifier())


def test_a_log_that_grew_is_told_from_one_that_did_not(pristine: Path) -> None:
    for size in (0, 1, WITNESSED, 512, SIZE):
        assert check_grown(pristine, CHECKED, head_of(size)).size == SIZE
    for remembered in (head_of(SIZE + 1), head_of(WITNESSED, "denied"), head_of(SIZE, "denied")):
        with pytest.raises(Refused, match="audit-inconsistent"):
            check_grown(pristine, CHECKED, remembered)


def test_a_log_still_being_published_verifies_from_the_full_tile(folder: Path) -> None:
    """A reader has the checkpoint of 700 when the publisher fills the last tile and cleans up."""
    home = folder.parent / "ahead"
    ahead = build_log(home)
    for place in ("tile/0", "tile/entries"):
        partial = folder / place / "002.p"
        whole = [
            (ahead / place / "002.p" / "188").read_bytes(),
            *(b"".join(_filling(place)),),
        ]
        (folder / place / "002").write_bytes(b"".join(whole))
        shutil.rmtree(partial)
    assert verify_log(folder, CHECKED).head.size == SIZE


def _filling(place: str) -> list[bytes]:
    more = records(SIZE, 768)
    if place == "tile/0":
        return [leaf_hash(record) for record in more]
    return [len(record).to_bytes(2, "big") + record for record in more]


def test_a_file_of_absurd_size_is_not_read(folder: Path) -> None:
    os.truncate(folder / "tile/0/000", MAX_TILE_BYTES + 1)
    assert "tile/0/000 is larger than 8192 bytes" in refusal(folder).detail


def test_what_is_not_a_file_is_not_waited_for(folder: Path) -> None:
    (folder / "tile/0/000").unlink()
    os.mkfifo(folder / "tile/0/000")
    assert "is not a file" in refusal(folder).detail


def test_a_folder_without_a_log_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path).detail == "checkpoint is missing"
    assert published_head(tmp_path, CHECKED) == EMPTY_TREE
