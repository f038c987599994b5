"""Whatever comes in, and whoever has taken over a stage: a verdict, and nothing worse."""

import ast
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sanitizer import intermediate
from sanitizer.check.check import MEDIA, CheckFailed, check_file
from sanitizer.encode.archive import encode_archive
from sanitizer.encode.mail import encode_mail
from sanitizer.intermediate import IntermediateText, Member
from sanitizer.jail import Jail
from sanitizer.media import EML, ZIP
from sanitizer.media import TEXT as TEXT_MEDIA
from sanitizer.names import clean_path
from sanitizer.outcome import FileReason
from sanitizer.profile import FileLimits, Profile
from sanitizer.report import MalformedReport, Report
from sanitizer.sanitize import sanitize_file
from tests.sanitizer import rogue_stages
from tests.sanitizer.samples import encoded, gradient, zipped
from tests.sanitizer.test_mail import message
from tests.sanitizer.test_office import TEXT, sheet, word
from tests.sanitizer.test_pdf import WORDS, pdf_of

ROOT = Path(__file__).parents[2]


def mail() -> bytes:
    letter = message()
    letter.set_content("本文")
    letter.add_attachment(b"a,b\r\n", maintype="text", subtype="csv", filename="a.csv")
    return bytes(letter)


ORDINARY = {
    "a.jpg": encoded(gradient(), "JPEG"),
    "a.png": encoded(gradient(), "PNG"),
    "a.webp": encoded(gradient(), "WEBP"),
    "a.gif": encoded(gradient(), "GIF"),
    "a.bmp": encoded(gradient(), "BMP"),
    "a.tif": encoded(gradient(), "TIFF"),
    "a.avif": encoded(gradient(), "AVIF"),
    "a.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0"/></svg>',
    "a.pdf": pdf_of(WORDS),
    "a.docx": word(TEXT),
    "a.xlsx": sheet('<c r="A1"><f>1+1</f><v>2</v></c>'),
    "a.zip": zipped({"a.txt": b"a", "b.csv": b"1,2"}),
    "a.eml": mail(),
    "a.csv": "課,名\r\n1,=2\r\n".encode("cp932"),
    "a.txt": "お知らせ".encode(),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_a_damaged_file_gets_a_verdict_and_what_passes_passes_the_check(
    jail: Jail, name: str
) -> None:
    chance = random.Random(name)
    passed = 0
    for _ in range(12):
        damaged = bytearray(ORDINARY[name])
        for _ in range(chance.choice((0, 1, 2, 8))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        outcome = sanitize_file(bytes(damaged), name=name, jail=jail)
        assert outcome.reason not in {FileReason.JAIL_FAILED, FileReason.CHECK_FAILED}
        if outcome.state != "refused":
            passed += 1
            check_file(outcome.media, outcome.data)
    assert passed, "not even the whole file comes through"


@pytest.fixture(scope="module")
def rogue() -> Iterator[Jail]:
    with Jail(stages="tests.sanitizer.rogue_stages") as jail:
        yield jail


@pytest.mark.parametrize("trick", range(len(rogue_stages.TRICKS)))
def test_a_sanitizer_that_has_been_taken_over_gets_nothing_out(rogue: Jail, trick: int) -> None:
    picture = encoded(Image.new("RGB", (8, 8), (trick, 0, 0)), "PNG")
    profile = Profile(FileLimits(seconds=1.5, max_pixels=10_000, max_bytes=1 << 20))
    outcome = sanitize_file(picture, name="x.png", jail=rogue, profile=profile)
    assert outcome.data == b""
    assert outcome.reason in {FileReason.CHECK_FAILED, FileReason.TOO_LARGE, FileReason.TIME_OUT}


def test_a_decoder_cannot_keep_us_busy_with_pages_without_end(rogue: Jail) -> None:
    assert (
        sanitize_file(ORDINARY["a.pdf"], name="a.pdf", jail=rogue).reason
        is FileReason.TOO_MANY_PARTS
    )


@pytest.mark.parametrize("name", ["a.zip", "a.eml", "a.docx", "a.csv", "a.txt"])
def test_a_decoder_that_has_been_taken_over_gets_nothing_out(rogue: Jail, name: str) -> None:
    outcome = sanitize_file(ORDINARY[name], name=name, jail=rogue)
    assert outcome.data == b""
    assert outcome.reason in {FileReason.BROKEN, FileReason.CHECK_FAILED}


@given(st.sampled_from(sorted(MEDIA)), st.binary(max_size=400))
def test_the_check_of_anything_at_all_is_no_and_nothing_worse(media: str, untrusted: bytes) -> None:
    try:
        check_file(media, untrusted)
    except CheckFailed:
        return
    assert media in {"text/plain", "text/csv"}


# Emoji that a cut may tear, selectors, composing and reserved names.
NASTY = st.text(
    st.sampled_from("aか゛\u3099👩\u200d葛\U000e0100\ufe0f.:/ \u3164con\u202e\ud800"), max_size=120
)


@given(st.text(max_size=60) | NASTY)
def test_the_check_takes_every_name_we_make(untrusted_name: str) -> None:
    name = clean_path(untrusted_name, "txt")
    check_file(ZIP, encode_archive([Member(name, b"a\r\n")]))
    attachment = Member(f"{TEXT_MEDIA}:{name.rpartition('/')[2]}", b"a\r\n")
    check_file(EML, encode_mail([IntermediateText(""), attachment]))


@given(st.binary(max_size=200))
def test_the_intermediate_form_is_read_or_malformed_and_nothing_worse(untrusted: bytes) -> None:
    try:
        records = list(intermediate.unpack(memoryview(untrusted)))
    except intermediate.MalformedIntermediate:
        return
    assert b"".join(bytes(p) for r in records for p in intermediate.pack(r)) == untrusted


@given(st.binary(max_size=100) | st.text("removed kind-refused 0123456789\n").map(str.encode))
def test_a_report_is_read_or_malformed_and_nothing_worse(untrusted: bytes) -> None:
    try:
        Report.parse(untrusted)
    except MalformedReport:
        return


def test_the_owner_of_a_jail_loads_no_decoder() -> None:
    program = "import sys, sanitizer.sanitize, sanitizer.profile_file; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    decoders = {"PIL", "pypdfium2", "lxml", "magic", "pi_heif", "resvg_py", "email", "html"}
    decoders |= {"msoffcrypto", "olefile", "pyzipper", "Cryptodome"}
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "sanitizer" in loaded
    assert not loaded & decoders - {"email"}  # which `uuid` and others of the library bring along


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module


@pytest.mark.parametrize("path", sorted((ROOT / "sanitizer").rglob("*.py")), ids=lambda p: p.name)
def test_imports_point_one_way(path: Path) -> None:
    folder = path.relative_to(ROOT / "sanitizer").parts[0]
    for name in imports(path):
        top = name.partition(".")[0]
        ours = top == "sanitizer"
        if folder == "check":  # the standard library and itself
            assert name.startswith("sanitizer.check") if ours else top in sys.stdlib_module_names
        elif folder == "encode":
            assert not name.startswith(("sanitizer.decode", "sanitizer.check"))
        assert top not in {"relay", "wire", "zone", "web", "lgwan_side", "internet_side", "runtime"}
