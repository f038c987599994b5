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
    from sanitizer import form
    from sanitizer.check.check import MEDIA, CheckFailed, check
    from sanitizer.decode import zip_directory
    from sanitizer.identify import identify
    from sanitizer.kinds import Kind
    from sanitizer.outcome import Refused
    from sanitizer.report import Malformed, Report

LIMIT = 1 << 20
KINDS = sorted(MEDIA)
MAX_INPUT_BYTES = 16 << 10

Target = Callable[[bytes], None]


def type_table(untrusted: bytes) -> None:
    found = identify(memoryview(untrusted), lambda _: "application/octet-stream")
    if not isinstance(found, Kind):
        raise TypeError(found)


def directory(untrusted: bytes) -> None:
    try:
        for entry in zip_directory.entries(untrusted):
            if len(zip_directory.contents(untrusted, entry, LIMIT)) > LIMIT:
                raise OverflowError(entry.name)
    except Refused:
        return


def intermediate_form(untrusted: bytes) -> None:
    try:
        records = list(form.unpack(memoryview(untrusted)))
    except form.Malformed:
        return
    packed = b"".join(bytes(piece) for record in records for piece in form.pack(record))
    if packed != untrusted:
        raise ValueError("what was read is written otherwise")


def report(untrusted: bytes) -> None:
    try:
        Report.parse(untrusted)
    except Malformed:
        return


def checks(untrusted: bytes) -> None:
    """Check what follows the first byte, which says as what."""
    if not untrusted:
        return
    try:
        check(KINDS[untrusted[0] % len(KINDS)], untrusted[1:])
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
            form.Text("語"),
            form.Row(("a", "b")),
            form.Page(72, 72),
            form.Run(1, 2, 3, 4, vertical=False, text="語"),
            form.Member("a", b"x"),
            form.Picture(form.Mode.GRAY, 1, 1, 0, 0, b"x"),
            form.Layer(form.Role.GRAY, 0, 1, 1, b"x"),
        )
        return [b"".join(map(bytes, form.pack(record))) for record in records]
    if name == "report":
        return [b"", b"kind pdf\nremoved gps 1\n"]
    return [*plain().values(), *(each.data for each in ours)]


def main(name: str, seconds: int) -> None:
    target = atheris.instrument_func(planted) if name == "planted" else TARGETS[name]
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate([] if name == "planted" else seeds(name)):
            Path(folder, str(number)).write_bytes(seed)
        options = [
            f"-max_total_time={seconds}", f"-max_len={MAX_INPUT_BYTES}", "-seed=1", "-timeout=10",
            "-rss_limit_mb=1024", f"-artifact_prefix={folder}/", "-verbosity=0",
            "-print_final_stats=1", folder,
        ]  # fmt: skip
        atheris.Setup([sys.argv[0], *options], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
