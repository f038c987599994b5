"""The check of Office files: the vocabulary has nothing that acts, and nothing else passes."""

import io
import zipfile
from collections.abc import Iterable

import pytest

from sanitizer.check.check import CheckFailed, check_file
from sanitizer.check.office_vocabulary import office_vocabulary
from sanitizer.encode.archive import encode_archive
from sanitizer.encode.office import encode_office
from sanitizer.encode.office_notes import encode_notes
from sanitizer.encode.picture import encode_picture
from sanitizer.intermediate import Member, Mode, Picture, TableRow
from sanitizer.jail import Jail
from sanitizer.media import DOCX, PPTX
from tests.sanitizer.test_office import TEXT, W, rebuilt, word

ACTIVE = """object control altChunk subDoc attachedTemplate mailMerge oleObject oleObjects oleObj
    ddeLink externalReference externalLink externalData contentPart audioFile snd
    videoFile wavAudioFile quickTimeFile audioCd extLst webPublishItem connection queryTable pict
    dataBinding docVar attachedSchema saveThroughXslt pivotCache embedRegular smartTag
    customXml frameset modifyVerifier"""


@pytest.mark.parametrize("name", ACTIVE.split())
def test_nothing_that_acts_is_in_the_vocabulary(name: str) -> None:
    assert not [
        namespace for namespace, elements in office_vocabulary().items() if name in elements
    ]


NAMES_THAT_ACT = (
    "macro onAction codeName r:link r:href r:pict w:hash w:hashValue hashValue password"
)


@pytest.mark.parametrize("name", NAMES_THAT_ACT.split())
def test_no_attribute_that_acts_is_in_the_vocabulary(name: str) -> None:
    assert not [
        e
        for of in office_vocabulary().values()
        for e, attributes in of.items()
        if name in attributes
    ]


def part_of(jail: Jail) -> dict[str, str]:
    return rebuilt(jail, word(TEXT))[1]


NAMES = {"document": "word/document.xml", "types": "[Content_Types].xml", "rels": "_rels/.rels"}


def altered(parts: dict[str, str], **changes: str) -> bytes:
    new = parts | {NAMES[name]: text for name, text in changes.items()}
    return encode_archive([Member(name, text.encode()) for name, text in new.items()])


def passes(media: str, data: bytes) -> bool:
    try:
        check_file(media, data)
    except CheckFailed:
        return False
    return True


def test_the_check_takes_no_other_document(jail: Jail) -> None:
    parts = part_of(jail)
    check_file(DOCX, altered(parts))
    text = parts["word/document.xml"]
    bad = {
        "an element": text.replace("<w:body>", "<w:body><w:object/>"),
        "an attribute": text.replace("<w:p>", '<w:p w:evil="1">'),
        "a namespace": text.replace("<w:p>", '<e:p xmlns:e="urn:e"/><w:p>'),
        "a comment": text.replace("<w:p>", "<!-- x --><w:p>"),
        "an instruction": text.replace("<w:p>", "<?x y?><w:p>"),
        "a document type": text.replace("<w:document", "<!DOCTYPE x><w:document", 1),
        "character data": text.replace("令和八年度", "<![CDATA[x]]>"),
        "a field": text.replace("<w:p>", '<w:fldSimple w:instr="DDE x"/><w:p>'),
        "an instruction in no field": text.replace("<w:t>", "<w:instrText>DDE</w:instrText><w:t>"),
        "a field without end": text.replace(
            "<w:p>", '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        ),
        "broken XML": text[:-5],
    }
    for what, changed in bad.items():
        assert changed != text
        assert not passes(DOCX, altered(parts, document=changed)), what


def test_the_check_takes_no_other_package(jail: Jail) -> None:
    parts = part_of(jail)
    rels, types = parts["_rels/.rels"], parts["[Content_Types].xml"]
    override = '<Override PartName="/x" ContentType="a/b"/>'
    bad = [
        altered(parts, rels=rels.replace("/word/document.xml", "/word/none.xml")),
        altered(parts, rels=rels.replace('officeDocument"', 'attachedTemplate"')),
        altered(parts, rels=rels.replace("/>", ' TargetMode="External"/>')),
        altered(parts, types=types.replace("main+xml", "macroEnabled.main+xml")),
        altered(parts, types=types.replace("</Types>", f"{override}</Types>")),
        altered({**parts, "word/vbaProject.bin": "x"}),
        altered({**parts, "word/media/image1.png": "x"}),
        altered({**parts, "xl/x.xml": parts["word/document.xml"]}),
    ]
    for data in bad:
        with pytest.raises(CheckFailed):
            check_file(DOCX, data)
    with pytest.raises(CheckFailed):
        check_file(PPTX, altered(parts))


R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WRITTEN = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<w:{{0}} xmlns:w="{{1}}" xmlns:r="{R}"/>'
)


def document_with(name: str, kind: str, data: bytes) -> bytes:
    """Return a document that is bound to one part more, as our writer binds it."""
    return encode_office(
        [
            TableRow(("part", "word/document.xml", "document")),
            TableRow(("part", name, kind)),
            TableRow(("relationship", "word/document.xml", "rId1", kind, name)),
            Member("word/document.xml", WRITTEN.format("document", W).encode()),
            Member(name, data),
        ]
    )


PICTURE = encode_picture("image/png", Picture(Mode.RGB, 2, 2, 0, 0, bytes(12)))
NOTES = encode_notes([(1, 1)])


@pytest.mark.parametrize(
    ("name", "kind", "data"),
    [
        ("{}/styles.xml", "styles", WRITTEN.format("styles", W).encode()),
        ("{}/media/image1.png", "image", PICTURE),
    ],
)
def test_a_part_lies_in_the_folder_of_its_own_document(name: str, kind: str, data: bytes) -> None:
    check_file(DOCX, document_with(name.format("word"), kind, data))
    for other in ("xl", "ppt"):
        with pytest.raises(CheckFailed):
            check_file(DOCX, document_with(name.format(other), kind, data))


def test_drawings_of_notes_are_for_spreadsheets_only() -> None:
    with pytest.raises(CheckFailed):
        check_file(DOCX, document_with("xl/drawings/vmlDrawing1.vml", "vmlDrawing", NOTES))


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Iterable[tuple[str, bytes]]) -> bytes:
    return encode_archive([Member(name, data) for name, data in parts])


WITH_PICTURE = parts_of(document_with("word/media/image1.png", "image", PICTURE))
BINDINGS = "word/_rels/document.xml.rels"


def test_a_part_that_nothing_leads_to_does_not_pass() -> None:
    check_file(DOCX, packed(WITH_PICTURE.items()))
    with pytest.raises(CheckFailed):
        check_file(DOCX, packed([*WITH_PICTURE.items(), ("word/media/image2.png", PICTURE)]))


def test_a_name_stands_for_one_part_only() -> None:
    with pytest.raises(CheckFailed):
        check_file(DOCX, packed([*WITH_PICTURE.items(), ("word/media/image1.png", PICTURE)]))


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("https://example.jp/", True),
        ("mailto:a@example.jp", True),
        ("file:///C:/Windows/System32/cmd.exe", False),
        ("javascript:alert(1)", False),
        ("ms-word:ofe|u|https://example.jp/", False),
        ("https://example.jp/ x", False),
    ],
)
def test_a_link_leads_to_the_web_or_a_mailbox(address: str, is_taken: bool) -> None:
    linked = encode_office(
        [
            TableRow(("part", "word/document.xml", "document")),
            TableRow(("relationship", "word/document.xml", "rId1", "hyperlink", address)),
            Member("word/document.xml", WRITTEN.format("document", W).encode()),
        ]
    )
    assert passes(DOCX, linked) == is_taken


def test_nothing_but_a_link_leads_outside() -> None:
    bindings = WITH_PICTURE[BINDINGS].replace(
        b'Target="/word/media/image1.png"/>',
        b'Target="https://example.jp/a.png" TargetMode="External"/>',
    )
    assert bindings != WITH_PICTURE[BINDINGS]
    parts = WITH_PICTURE | {BINDINGS: bindings}
    del parts["word/media/image1.png"]
    with pytest.raises(CheckFailed):
        check_file(DOCX, packed(parts.items()))


def test_parts_are_counted_from_one_and_stand_in_order() -> None:
    parts = dict(WITH_PICTURE)
    two = WITH_PICTURE[BINDINGS].replace(
        b"</Relationships>",
        WITH_PICTURE[BINDINGS]
        .partition(b"<Relationship ")[1]
        .join([b"", WITH_PICTURE[BINDINGS].partition(b"<Relationship ")[2]])
        .replace(b"rId1", b"rId2")
        .replace(b"image1", b"image2"),
    )
    parts[BINDINGS] = two
    both = [*parts.items(), ("word/media/image2.png", PICTURE)]
    check_file(DOCX, packed(both))
    with pytest.raises(CheckFailed):
        check_file(DOCX, packed([*both[:-2], both[-1], both[-2]]))
    third = [(name, data.replace(b"image2", b"image3")) for name, data in both[:-1]]
    with pytest.raises(CheckFailed):
        check_file(DOCX, packed([*third, ("word/media/image3.png", PICTURE)]))


def test_no_two_relationships_lead_to_one_place() -> None:
    again = WITH_PICTURE[BINDINGS].partition(b"<Relationship ")
    twice = WITH_PICTURE[BINDINGS].replace(
        b"</Relationships>", again[1] + again[2].replace(b"rId1", b"rId2")
    )
    with pytest.raises(CheckFailed):
        check_file(DOCX, packed((WITH_PICTURE | {BINDINGS: twice}).items()))


def test_parts_stand_by_their_names() -> None:
    styles = WRITTEN.format("styles", W).encode()
    document = Member("word/document.xml", WRITTEN.format("document", W).encode())
    whole = encode_office(
        [
            *(TableRow(("part", name, kind)) for name, kind in MORE),
            *(
                TableRow(("relationship", "word/document.xml", f"rId{number}", kind, name))
                for number, (name, kind) in enumerate(MORE[1:], 1)
            ),
            *(
                document,
                Member("word/styles.xml", styles),
                Member("word/media/image1.png", PICTURE),
            ),
        ]
    )
    check_file(DOCX, whole)
    *before, picture, last = parts_of(whole).items()
    types = before[0][1]
    with pytest.raises(CheckFailed):
        check_file(DOCX, packed([(before[0][0], types), *before[1:], last, picture]))


MORE = [
    ("word/document.xml", "document"),
    ("word/styles.xml", "styles"),
    ("word/media/image1.png", "image"),
]
