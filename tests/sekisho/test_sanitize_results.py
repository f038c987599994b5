"""What `sekisho sanitize` says of a file, and which of many results is its exit code."""

from pathlib import Path

from sanitizer.jail import Jail
from sanitizer.outcome import FileReason
from sanitizer.sanitize import sanitize_file
from sekisho.exits import Exit
from sekisho.sanitising.results import FAULTS, FileFault, Result, exit_code
from tests.sekisho.sample_files import EXE


def test_the_worst_result_is_the_exit_code() -> None:
    with Jail() as jail:
        receipts = [
            sanitize_file(data, name="a.txt", jail=jail).receipt for data in (b"hello", EXE)
        ]
    # A jail that is closed has failed.
    receipts.append(sanitize_file(b"hello", name="a.txt", jail=jail).receipt)
    clean, refused, unwell = (Result(Path("a"), receipt) for receipt in receipts)
    link, unreadable, unwritten = (
        Result(Path("d"), fault=fault)
        for fault in (FileFault.SYMLINK, FileFault.UNREADABLE, FileFault.NOT_WRITTEN)
    )
    assert exit_code([]) == exit_code([clean]) == Exit.OK
    assert exit_code([clean, refused]) == exit_code([clean, link]) == Exit.REFUSED
    assert exit_code([refused, unwell, link]) == Exit.UNAVAILABLE
    assert exit_code([clean, unreadable, unwell]) == exit_code([unwritten, refused]) == Exit.IO


def test_every_fault_has_its_words() -> None:
    assert set(FAULTS) == set(FileFault)
    assert not set(FileFault) & set(FileReason)
