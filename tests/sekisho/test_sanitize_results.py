"""What `sekisho sanitize` says of a file, and which of many results is its exit code."""

from pathlib import Path

from sanitizer.jail import Jail
from sanitizer.outcome import Reason
from sanitizer.sanitize import sanitize
from sekisho.exits import Exit
from sekisho.harmlessing.results import FAULTS, Fault, Result, exit_code
from tests.sekisho.sample_files import EXE


def test_the_worst_result_is_the_exit_code() -> None:
    with Jail() as jail:
        receipts = [sanitize(data, name="a.txt", jail=jail).receipt for data in (b"hello", EXE)]
    # A jail that is closed has failed.
    receipts.append(sanitize(b"hello", name="a.txt", jail=jail).receipt)
    clean, refused, unwell = (Result(Path("a"), receipt) for receipt in receipts)
    link, unreadable, unwritten = (
        Result(Path("d"), fault=fault)
        for fault in (Fault.SYMLINK, Fault.UNREADABLE, Fault.NOT_WRITTEN)
    )
    assert exit_code([]) == exit_code([clean]) == Exit.OK
    assert exit_code([clean, refused]) == exit_code([clean, link]) == Exit.REFUSED
    assert exit_code([refused, unwell, link]) == Exit.UNAVAILABLE
    assert exit_code([clean, unreadable, unwell]) == exit_code([unwritten, refused]) == Exit.IO


def test_every_fault_has_its_words() -> None:
    assert set(FAULTS) == set(Fault)
    assert not set(Fault) & set(Reason)
