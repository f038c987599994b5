"""Old Office files, OpenDocument and RTF: LibreOffice makes them new, and then they are as any."""

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docx
import openpyxl
import pptx
import pypdfium2  # type: ignore[import-untyped]  # it publishes no types
import pytest
from docx.enum.section import WD_SECTION

from sanitizer.check.check import check_file
from sanitizer.decode import legacy
from sanitizer.jail import Jail
from sanitizer.kinds import Kind
from sanitizer.outcome import FileReason, FileRefused, Outcome, Removed
from sanitizer.outside import kit
from sanitizer.outside.office import Office
from sanitizer.profile import FileAction, Profile
from sanitizer.report import Report
from sanitizer.sanitize import sanitize_file
from sanitizer.shared_memory import Parcel
from tests.sanitizer.office_corpus import words
from tests.sanitizer.samples import zipped
from tests.sanitizer.test_identify import ole_file

SENTENCE = "関所を越えるのは描き直した文書だけです"
MAX_BYTES = 64 << 20


def word() -> bytes:
    document = docx.Document()
    document.add_heading("御触書")
    document.add_paragraph(SENTENCE)
    document.add_section().start_type = WD_SECTION.NEW_PAGE
    document.add_paragraph("二頁目")
    return saved(document)


def excel() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"], book.active["A3"] = SENTENCE, 21, "=A2*2"
    return saved(book)


def powerpoint() -> bytes:
    slides = pptx.Presentation()
    slides.slides.add_slide(slides.slide_layouts[0]).shapes.title.text = SENTENCE
    return saved(slides)


def saved(document: object) -> bytes:
    file = io.BytesIO()
    document.save(file)  # type: ignore[attr-defined]  # three libraries, one word
    return file.getvalue()


MADE_FROM = {
    "doc": ("docx", word),
    "odt": ("docx", word),
    "ott": ("docx", word),
    "rtf": ("docx", word),
    "xls": ("xlsx", excel),
    "ods": ("xlsx", excel),
    "ppt": ("pptx", powerpoint),
    "odp": ("pptx", powerpoint),
}


@pytest.fixture
def office(jail: Jail) -> Office:
    return jail.office


def converted(office: Office, data: bytes, extension: str, wanted: str) -> bytes:
    with (
        Parcel.of(data) as source,
        office.convert(source, extension, wanted, seconds=60, max_bytes=MAX_BYTES) as made,
    ):
        return made.read()


def pages(office: Office, data: bytes, extension: str) -> int:
    with pypdfium2.PdfDocument(converted(office, data, extension, "pdf")) as document:
        return len(document)


def removed(outcome: Outcome) -> dict[Removed, int]:
    return dict(outcome.receipt.removed)


@pytest.mark.needs("soffice")
@pytest.mark.parametrize("extension", MADE_FROM)
def test_a_document_can_be_edited_afterwards(office: Office, jail: Jail, extension: str) -> None:
    became, made = MADE_FROM[extension]
    data = converted(office, made(), became, extension)
    outcome = sanitize_file(data, name=f"御触書.{extension}", jail=jail)
    assert outcome.name == f"御触書.{became}"
    check_file(outcome.media, outcome.data)
    assert SENTENCE in (words(outcome.data, f".{became}") or "")
    assert f"{became}に変換しました" in outcome.receipt.sentence("ja")
    assert f"converted to {became}" in outcome.receipt.sentence("en")
    assert b"LibreOffice" not in b"".join(members(outcome.data))


def members(data: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return [package.read(name) for name in package.namelist()]


@pytest.mark.needs("soffice")
def test_a_document_has_as_many_pages_as_before(office: Office, jail: Jail) -> None:
    data = converted(office, word(), "docx", "doc")
    outcome = sanitize_file(data, name="a.doc", jail=jail)
    assert pages(office, data, "doc") == pages(office, outcome.data, "docx") == 2


@pytest.mark.needs("soffice")
def test_a_document_with_comments_is_loaded(corpus: Path, jail: Jail) -> None:
    """LibreOffice makes ready to show them, for which its packages without a screen lack a part."""
    outcome = sanitize_file((corpus / "poi/test-fields.doc").read_bytes(), name="a.doc", jail=jail)
    assert outcome.name == "a.docx"


@pytest.mark.needs("soffice")
def test_numbers_and_formulas_are_kept(office: Office, jail: Jail) -> None:
    outcome = sanitize_file(converted(office, excel(), "xlsx", "xls"), name="a.xls", jail=jail)
    sheet = openpyxl.load_workbook(io.BytesIO(outcome.data)).active
    assert (sheet["A2"].value, sheet["A3"].value) == (21, "=A2*2")


@pytest.mark.needs("soffice")
def test_a_drawing_becomes_pages(jail: Jail) -> None:
    drawing = zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.graphics",
            "content.xml": DRAWING.encode(),
            "META-INF/manifest.xml": MANIFEST,
        }
    )
    outcome = sanitize_file(drawing, name="図.odg", jail=jail)
    assert (outcome.media, outcome.receipt.pages_after) == ("application/pdf", 1)


@pytest.mark.needs("soffice")
def test_only_the_looks_or_only_the_words_if_the_profile_says_so(
    office: Office, jail: Jail
) -> None:
    data = converted(office, word(), "docx", "rtf")
    looks = sanitize_file(data, name="a.rtf", jail=jail, profile=only(Kind.RTF, FileAction.PICTURE))
    assert (looks.name, looks.receipt.pages_after) == ("a.pdf", 2)
    told = sanitize_file(data, name="a.rtf", jail=jail, profile=only(Kind.RTF, FileAction.TEXT))
    assert told.name == "a.txt"
    assert SENTENCE in told.data.decode()


def only(kind: Kind, action: FileAction) -> Profile:
    return Profile(actions={kind: action})


def test_it_can_be_held_and_refused_like_any_other(jail: Jail) -> None:
    for action, reason in (
        (FileAction.HOLD, FileReason.NEEDS_APPROVAL),
        (FileAction.REFUSE, FileReason.AGAINST_POLICY),
    ):
        outcome = sanitize_file(
            ole_file("WordDocument"), name="a.doc", jail=jail, profile=only(Kind.DOC, action)
        )
        assert outcome.reason is reason


@pytest.mark.needs("soffice")
def test_what_only_looks_like_a_document_is_broken(jail: Jail) -> None:
    outcome = sanitize_file(ole_file("WordDocument") + bytes(9000), name="a.doc", jail=jail)
    assert outcome.reason is FileReason.BROKEN


def test_without_libreoffice_the_sender_hears_what_is_missing(
    jail: Jail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "LIBRARY", Path("/nowhere/libmergedlo.so"))
    outcome = sanitize_file(b"{\\rtf1 a}", name="a.rtf", jail=jail)
    assert outcome.reason is FileReason.PROGRAM_MISSING
    for lang in ("ja", "en"):
        assert "LibreOffice" in outcome.receipt.sentence(lang)
        assert "apt-get install libreoffice-writer-nogui" in outcome.receipt.sentence(lang)


@pytest.mark.needs("soffice")
def test_time_for_libreoffice_is_limited(office: Office) -> None:
    with Parcel.of(word()) as source, pytest.raises(FileRefused) as caught:
        office.convert(source, "docx", "doc", seconds=0.05, max_bytes=1 << 20)
    assert caught.value.reason is FileReason.TIME_OUT
    assert converted(office, word(), "docx", "rtf").startswith(b"{\\rtf")


@pytest.mark.needs("soffice")
def test_several_documents_at_once(office: Office) -> None:
    with ThreadPoolExecutor(3) as pool:
        made = pool.map(lambda data: converted(office, data, "docx", "odt"), [word()] * 3)
    assert all(data.startswith(b"PK") for data in made)


def test_the_receipt_tells_what_a_file_carried() -> None:
    report = Report()
    streams = ("_VBA_PROJECT", "ObjectPool", "_1234567890", "Ctls")
    legacy.survey(Kind.DOC, ole_file(*streams[:3]), "", 1 << 20, report)
    legacy.survey(Kind.RTF, rb"{\rtf1{\info{\author x}}{\object\objocx}}", "", 1 << 20, report)
    package = zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "Basic/Standard/Module1.xml": b"<x/>",
            "Basic/Standard/script-lb.xml": b"<x/>",
            "Object 1": b"x",
            "content.xml": b'<a><script:event-listener script:event-name="dom:load"/></a>',
        }
    )
    legacy.survey(Kind.ODT, package, "", 1 << 20, report)
    assert report.removed == {
        Removed.MACRO: 2,
        Removed.EMBEDDED_FILE: 3,
        Removed.METADATA: 1,
        Removed.ACTION: 1,
    }


HOSTILE = {
    "oletools/autostart-encrypt-standardpassword.xls": Removed.MACRO,
    "oletools/embedded-simple-2007.doc": Removed.EMBEDDED_FILE,
    "oletools/embedded-simple-2007.ppt": Removed.EMBEDDED_FILE,
    "oletools/excel4_sample_macro.xls": Removed.MACRO,
}


@pytest.mark.needs("soffice")
@pytest.mark.parametrize("name", HOSTILE)
def test_what_hostile_files_carry_stays_behind(corpus: Path, jail: Jail, name: str) -> None:
    outcome = sanitize_file((corpus / name).read_bytes(), name=name, jail=jail)
    assert HOSTILE[name] in removed(outcome)
    check_file(outcome.media, outcome.data)
    everything = b"".join(members(outcome.data)).lower()
    for canary in (b"vbaproject", b"oleobject", b"exec(", b"embeddings/", b"macrosheet"):
        assert canary not in everything


MANIFEST = b"""<?xml version="1.0"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
 manifest:version="1.2">
<manifest:file-entry manifest:full-path="/"
 manifest:media-type="application/vnd.oasis.opendocument.graphics"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>"""
DRAWING = """<?xml version="1.0"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" office:version="1.2">
<office:body><office:drawing><draw:page>
<draw:rect svg:x="2cm" svg:y="2cm" svg:width="5cm" svg:height="3cm"/>
</draw:page></office:drawing></office:body></office:document-content>"""
