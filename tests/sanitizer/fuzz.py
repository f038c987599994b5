"""`python -m tests.sanitizer.fuzz TARGET SECONDS`: one parser fuzzed, led by coverage (Atheris).

The parsers are those that meet hostile bytes with no more between them than Python: the type table,
the directory of a ZIP, the intermediate form, a worker's report, and the checks.  The oracle is
the contract: the right exception, and nothing worse.  Ends non-zero where something worse came.
"""

import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sanitizer"]):
    from sanitizer import intermediate
    from sanitizer.check.check import MEDIA, CheckFailed, check_file
    from sanitizer.decode import zip_directory
    from sanitizer.identify import identify_kind
    from sanitizer.kinds import Kind
    from sanitizer.outcome import FileRefused
    from sanitizer.report import MalformedReport, Report

LIMIT = 1 << 20
KINDS = sorted(MEDIA)
MAX_INPUT_BYTES = 16 << 10

Target = Callable[[bytes], None]


def type_table(untrusted: bytes) -> None:
    found = identify_kind(memoryview(untrusted), lambda _: "application/octet-stream")
    if not isinstance(found, Kind):
        raise TypeError(found)


def directory(untrusted: bytes) -> None:
    try:
        for entry in zip_directory.entries(untrusted):
            if len(zip_directory.contents(untrusted, entry, LIMIT)) > LIMIT:
                raise OverflowError(entry.name)
    except FileRefused:
        return


def intermediate_form(untrusted: bytes) -> None:
    try:
        records = list(intermediate.unpack(memoryview(untrusted)))
    except intermediate.MalformedIntermediate:
        return
    packed = b"".join(bytes(piece) for record in records for piece in intermediate.pack(record))
    if packed != untrusted:
        raise ValueError("what was read is written otherwise")


def report(untrusted: bytes) -> None:
    try:
        Report.parse(untrusted)
    except MalformedReport:
        return


def checks(untrusted: bytes) -> None:
    """Check what follows the first byte, which says as what."""
    if not untrusted:
        return
    try:
        check_file(KINDS[untrusted[0] % len(KINDS)], untrusted[1:])
    except CheckFailed:
        return


def planted(untrusted: bytes) -> None:
    """Fail behind four bytes that nobody guesses: what finds this follows the code."""
    match list(untrusted[:4]):
        case [0x89, 0xE3, 0x17, 0x5C]:
            raise ZeroDivisionError("planted")


TARGETS: dict[str, Target] = {
    "type-table": type_table,
    "directory": directory,
    "form": intermediate_form,
    "report": report,
    "checks": checks,
}


def seeds(name: str) -> Iterable[bytes]:
    """Return small files that lead into the target: outputs of ours, and what is made of them."""
    from tests.sanitizer.hostile_ordinary import plain
    from tests.sanitizer.test_mutations import SUBJECTS

    ours = [subject for subject in SUBJECTS.values() if len(subject.data) <= MAX_INPUT_BYTES]
    if name == "checks":
        return [bytes((KINDS.index(each.media),)) + each.data for each in ours]
    if name == "form":
        records = (
            intermediate.IntermediateText("語"),
            intermediate.TableRow(("a", "b")),
            intermediate.IntermediatePage(72, 72),
            intermediate.TextRun(1, 2, 3, 4, vertical=False, text="語"),
            intermediate.Member("a", b"x"),
            intermediate.Picture(intermediate.Mode.GRAY, 1, 1, 0, 0, b"x"),
            intermediate.Layer(intermediate.LayerRole.GRAY, 0, 1, 1, b"x"),
        )
        return [b"".join(map(bytes, intermediate.pack(record))) for record in records]
    if name == "report":
        return [b"", b"kind pdf\nremoved gps 1\n"]
    return [*plain().values(), *(each.data for each in ours)]


def main(name: str, seconds: int) -> None:
    target = atheris.instrument_func(planted) if name == "planted" else TARGETS[name]
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate([] if name == "planted" else seeds(name)):
            Path(folder, str(number)).write_bytes(seed)
        options = [
            f"-max_total_time={seconds}",
            f"-max_len={MAX_INPUT_BYTES}",
            "-seed=1",
            "-timeout=10",
            "-rss_limit_mb=1024",
            f"-artifact_prefix={folder}/",
            "-verbosity=0",
            "-print_final_stats=1",
            folder,
        ]
        atheris.Setup([sys.argv[0], *options], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
