"""A PDF comes out looking the same, searchable in Japanese, and able to do nothing."""

import io
import re
import zlib
from pathlib import Path

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from sanitizer.check.check import CheckFailed, check_file
from sanitizer.encode.page import encode_layers
from sanitizer.encode.pdf import encode_pdf
from sanitizer.intermediate import IntermediatePage, Layer, LayerRole, Mode, Picture, TextRun
from sanitizer.jail import Jail
from sanitizer.kinds import Kind
from sanitizer.outcome import FileReason, Outcome, Removed
from sanitizer.profile import FileAction, Profile
from sanitizer.sanitize import sanitize_file
from tests.sanitizer.samples import CANARY, encoded, gradient


def pdf_of(contents: bytes, extra: bytes = b"", page: bytes = b"", trailer: bytes = b"") -> bytes:
    """Return a PDF of one A4 page that shows `contents`, with `extra` entries in its catalogue."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % extra,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> %s >>" % page,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(contents), contents),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /S /JavaScript /JS (app.alert('%s')) >>" % CANARY,
        b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (javascript:%s) >> >>"
        % CANARY,
        b"<< /Author (%s) >>" % CANARY,
    ]
    file, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    file += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    return bytes(file + b"startxref\n%d\n%%%%EOF\n" % start)


WORDS = b"BT /F1 24 Tf 72 700 Td (Sekisho barrier station) Tj ET"


def words(data: bytes) -> str:
    document = pdfium.PdfDocument(data)
    texts = []
    for page in document:
        text = page.get_textpage()
        texts.append(text.get_text_range())
    return "\n".join(texts)


def looks(data: bytes, page: int = 0, scale: float = 1.0) -> Image.Image:
    picture: Image.Image = pdfium.PdfDocument(data)[page].render(scale=scale).to_pil()
    return picture.convert("RGB")


def drawn(jail: Jail, data: bytes) -> Outcome:
    outcome = sanitize_file(data, name="文書.pdf", jail=jail)
    assert outcome.state != "refused", outcome.reason
    assert (outcome.media, outcome.name) == ("application/pdf", "文書.pdf")
    return outcome


def off_by(one: Image.Image, other: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


def test_it_looks_the_same_and_can_be_searched(jail: Jail) -> None:
    outcome = drawn(jail, pdf_of(WORDS))
    assert "Sekisho barrier station" in words(outcome.data)
    assert off_by(looks(outcome.data), looks(pdf_of(WORDS))) < 1
    assert (outcome.receipt.pages_before, outcome.receipt.pages_after) == (1, 1)


def test_a_profile_can_keep_a_pdfs_looks_and_nothing_else(jail: Jail) -> None:
    profile = Profile(actions={Kind.PDF: FileAction.PICTURE})
    outcome = sanitize_file(pdf_of(WORDS), name="x.pdf", jail=jail, profile=profile)
    assert words(outcome.data) == ""
    assert off_by(looks(outcome.data), looks(pdf_of(WORDS))) < 1
    link = b"<< /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://a.jp) >> >>"
    linked = pdf_of(WORDS, page=b"/Annots [%s]" % link)
    assert b"/URI" not in sanitize_file(linked, name="x.pdf", jail=jail, profile=profile).data
    assert b"/URI" in sanitize_file(linked, name="x.pdf", jail=jail).data


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_upright_and_its_words_are_where_they_are_seen(
    jail: Jail, turn: int
) -> None:
    source = pdf_of(WORDS, page=b"/Rotate %d" % turn)
    outcome = drawn(jail, source)
    assert off_by(looks(outcome.data), looks(source)) < 1
    assert "barrier" in words(outcome.data)


@pytest.mark.parametrize(
    ("hostile", "removed"),
    [
        ({"extra": b"/OpenAction 6 0 R"}, Removed.ACTION),
        ({"extra": b"/Names << /JavaScript << /Names [(a) 6 0 R] >> >>"}, Removed.SCRIPT),
        ({"page": b"/AA << /O 6 0 R >>"}, Removed.ACTION),
        ({"page": b"/Annots [7 0 R]"}, Removed.LINK),
        ({"trailer": b"/Info 8 0 R"}, Removed.METADATA),
    ],
)
def test_nothing_acts_any_more(jail: Jail, hostile: dict[str, bytes], removed: Removed) -> None:
    outcome = drawn(jail, pdf_of(WORDS, **hostile))
    assert removed in dict(outcome.receipt.removed)
    assert CANARY not in outcome.data
    for name in (b"/JS", b"/JavaScript", b"/AA", b"/OpenAction", b"/URI", b"/Annots", b"/Info"):
        assert name not in outcome.data


@pytest.mark.parametrize(
    "hidden",
    [
        b"1 1 1 rg BT /F1 12 Tf 72 500 Td (secret) Tj ET",  # white on white
        b"BT 3 Tr /F1 12 Tf 72 500 Td (secret) Tj ET",  # invisible
        b"BT /F1 12 Tf 900 900 Td (secret) Tj ET",  # off the page
        b"BT /F1 12 Tf 72 500 Td (secret) Tj ET 0 g 60 480 200 60 re f",  # behind a bar
    ],
)
def test_words_that_nobody_sees_do_not_cross(jail: Jail, hidden: bytes) -> None:
    outcome = drawn(jail, pdf_of(WORDS + b" " + hidden))
    assert "secret" not in words(outcome.data)
    assert "Sekisho" in words(outcome.data)


def test_a_password_is_called_so(jail: Jail, corpus: Path) -> None:
    locked = (corpus / "pdfjs" / "issue3371.pdf").read_bytes()
    assert sanitize_file(locked, name="x.pdf", jail=jail).reason is FileReason.ENCRYPTED
    wrong = sanitize_file(locked, name="x.pdf", jail=jail, password="guess")
    assert wrong.reason is FileReason.ENCRYPTED
    right = sanitize_file(locked, name="x.pdf", jail=jail, password="ELXRTQWS")
    assert right.receipt.pages_after == 1


@pytest.mark.parametrize("cut", [20, 300, 500])
def test_a_broken_pdf_is_drawn_as_far_as_it_goes_or_refused(jail: Jail, cut: int) -> None:
    outcome = sanitize_file(pdf_of(WORDS)[:cut], name="x.pdf", jail=jail)
    assert outcome.state != "refused" or outcome.reason is FileReason.BROKEN


def test_a_scan_of_several_pages_becomes_a_pdf(jail: Jail) -> None:
    pages = [gradient((300, 400)), gradient((300, 400)).rotate(180)]
    tiff = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], dpi=(100, 100))
    outcome = sanitize_file(tiff, name="scan.tif", jail=jail)
    assert (outcome.media, outcome.name) == ("application/pdf", "scan.pdf")
    second = looks(outcome.data, page=1, scale=100 / 72)
    assert off_by(second.resize((300, 400)), pages[1]) < 8


def test_real_files_come_through_searchable_and_small(jail: Jail, corpus: Path) -> None:
    source = (corpus / "bench" / "ja_10p.pdf").read_bytes()
    outcome = drawn(jail, source)
    plain, new = ("".join(words(data).split()) for data in (source, outcome.data))
    phrases = [plain[at : at + 10] for at in range(0, len(plain) - 10, 37)]
    assert sum(phrase in new for phrase in phrases) >= 0.99 * len(phrases)
    assert len(outcome.data) < 10 * 90_000


def layered(paint: Image.Image) -> list[Layer]:
    return list(encode_layers(Picture(Mode.RGB, *paint.size, 0, 0, paint.convert("RGB").tobytes())))


def test_a_page_of_ink_is_a_stencil_and_a_photograph_is_none() -> None:
    paper = Image.new("RGB", (800, 1000), "white")
    ImageDraw.Draw(paper).text((100, 100), "HARMLESS " * 5, fill="black")
    assert [layer.role for layer in layered(paper)] == [LayerRole.STENCIL]
    assert [layer.role for layer in layered(gradient((800, 1000)))] == [LayerRole.COLOUR]
    assert layered(Image.new("RGB", (800, 1000), "white")) == []


@pytest.mark.parametrize("colour", [b"0.85 0 0", b"0 0 0.7"])
def test_a_word_in_colour_alone_on_a_page_is_not_lost(jail: Jail, colour: bytes) -> None:
    source = pdf_of(WORDS + b" " + colour + b" rg BT /F1 8 Tf 500 60 Td (seal) Tj ET")
    outcome = drawn(jail, source)
    before, after = (looks(each).crop((495, 770, 530, 790)) for each in (source, outcome.data))
    assert off_by(before, after) < 12
    assert min(before.convert("L").tobytes()) < 200
    assert min(after.convert("L").tobytes()) < 200


def sample() -> bytes:
    paper = Image.new("RGB", (200, 300), "white")
    paint = ImageDraw.Draw(paper)
    paint.text((20, 20), "A", fill="black")
    paint.rectangle((50, 100, 150, 200), fill=(200, 30, 30))
    run = TextRun(10, 280, 20, 9, vertical=False, text="漢字𠮷A")
    down = TextRun(10, 200, 20, 9, vertical=True, text="縦")
    page = IntermediatePage(72.0, 108.0)
    return encode_pdf([page, *layered(paper), run, down, page, page, run])


OURS = sample()


def test_the_check_takes_what_we_write() -> None:
    check_file("application/pdf", OURS)
    assert "漢字" in words(OURS)


def restreamed(data: bytes, old: bytes, new: bytes) -> bytes:
    """Return `data` with `old` replaced in the first packed stream that has it."""
    for match in re.finditer(rb"/Length ([0-9]+) >>\nstream\n", data):
        start, end = match.end(), match.end() + int(match[1])
        try:
            plain = zlib.decompress(data[start:end])
        except zlib.error:
            continue
        if old in plain:
            packed = zlib.compress(plain.replace(old, new), 9)
            head = match[0].replace(match[1], b"%d" % len(packed))
            return renumbered(data[: match.start()] + head + packed + data[end:])
    raise LookupError(old)


def renumbered(data: bytes) -> bytes:
    """Return `data` with a cross-reference table that is right again."""
    body = data[: data.rindex(b"xref\n0 ")]
    offsets = [m.start() for m in re.finditer(rb"(?<=\n)[0-9]+ 0 obj\n", body)]
    size = len(offsets) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n" % size
    table += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    return body + table + end


def test_the_tools_of_this_test_change_nothing_by_themselves() -> None:
    check_file("application/pdf", renumbered(OURS))
    check_file("application/pdf", restreamed(OURS, b"BT 3 Tr", b"BT 3 Tr"))


ONE = b"/Type /Catalog /Pages 2 0 R"
BAD = {
    "a byte behind": OURS + b"\n",
    "an update": OURS + b"1 0 obj\n<< >>\nendobj\n",
    "another version": OURS.replace(b"%PDF-1.7", b"%PDF-1.4", 1),
    "an action": renumbered(OURS.replace(ONE, ONE + b" /OpenAction << /S /Named >>", 1)),
    "an escaped name": renumbered(OURS.replace(b"/Catalog", b"/C#61talog", 1)),
    "an annotation": renumbered(OURS.replace(b"10 0 R >>", b"10 0 R /Annots [] >>", 1)),
    "another font": renumbered(OURS.replace(b"/StemV 80", b"/StemV 81", 1)),
    "font data that is another": restreamed(OURS, b"begincmap", b"begincmaq"),
    "visible words": restreamed(OURS, b"BT 3 Tr", b"BT 0 Tr"),
    "an operator": restreamed(OURS, b"BT 3 Tr", b"0 g\nBT 3 Tr"),
    "an inline picture": restreamed(OURS, b"\nET", b"\nBI ID EI\nET"),
    "words that cannot be seen": restreamed(OURS, "縦".encode("utf-16-be").hex().encode(), b"202e"),
    "half a character": restreamed(OURS, "縦".encode("utf-16-be").hex().encode(), b"d800"),
    "a layer moved": restreamed(OURS, b" 0 0 cm /B", b" 1 0 cm /B"),
    "an object more": renumbered(OURS.replace(b"xref\n0", b"99 0 obj\n<< >>\nendobj\nxref\n0", 1)),
    "a page missing": renumbered(OURS.replace(b"/Count 3", b"/Count 2", 1)),
    "a page twice": OURS.replace(b"[9 0 R 13 0 R", b"[9 0 R 9 0 R", 1),
    "a wrong offset": OURS.replace(b"0000000015 00000 n", b"0000000016 00000 n", 1),
    "a stream that is longer": renumbered(OURS.replace(b"\nendstream", b"x\nendstream", 1)),
}


@pytest.mark.parametrize("what", BAD)
def test_the_check_takes_no_other_pdf(what: str) -> None:
    assert BAD[what] != OURS
    with pytest.raises(CheckFailed):
        check_file("application/pdf", BAD[what])


def test_the_check_takes_no_pdf_from_the_wild(corpus: Path) -> None:
    for path in sorted((corpus / "pdfjs").glob("*.pdf"))[:80]:
        with pytest.raises(CheckFailed):
            check_file("application/pdf", path.read_bytes())


def test_a_background_of_another_size_than_it_says_does_not_pass() -> None:
    jpeg = io.BytesIO()
    gradient((32, 32)).save(jpeg, "JPEG")
    layer = Layer(LayerRole.COLOUR, 0, 32, 31, jpeg.getvalue())
    with pytest.raises(CheckFailed):
        check_file("application/pdf", encode_pdf([IntermediatePage(72, 72), layer]))
    layer = Layer(LayerRole.GRAY, 0, 32, 32, jpeg.getvalue())
    with pytest.raises(CheckFailed):
        check_file("application/pdf", encode_pdf([IntermediatePage(72, 72), layer]))
