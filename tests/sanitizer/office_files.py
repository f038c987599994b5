"""Small Office files, put together out of relationships, elements and parts."""

import io
import zipfile
from collections.abc import Mapping
from types import MappingProxyType

SCHEMAS = "http://schemas.openxmlformats.org/"
TYPES = SCHEMAS + "officeDocument/2006/relationships/"
W, X, P, A = (
    f"{SCHEMAS}{name}/2006/main"
    for name in ("wordprocessingml", "spreadsheetml", "presentationml", "drawingml")
)
SCOPE = (
    f'xmlns:w="{W}" xmlns:x="{X}" xmlns:p="{P}" xmlns:a="{A}" xmlns:r="{TYPES[:-1]}"'
    ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
)
FORMATS = {
    "docx": (
        "word/document.xml",
        f"<w:document {SCOPE}><w:body><w:p><w:r><w:t>語</w:t>%s</w:r></w:p>%s</w:body>"
        "</w:document>",
    ),
    "xlsx": (
        "xl/workbook.xml",
        f'<x:workbook {SCOPE}>%s<x:sheets><x:sheet name="a" sheetId="1" r:id="rId1"/></x:sheets>'
        "%s</x:workbook>",
    ),
    "pptx": (
        "ppt/presentation.xml",
        f'<p:presentation {SCOPE}>%s<p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst>%s'
        "</p:presentation>",
    ),
}
SHEET = f'<x:worksheet {SCOPE}><x:sheetData><x:row r="1">%s</x:row></x:sheetData>%s</x:worksheet>'
NO_PARTS: Mapping[str, bytes] = MappingProxyType({})
SLIDE = f"<p:sld {SCOPE}><p:cSld><p:spTree/></p:cSld>%s</p:sld>"


def packed(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def bound(*of: tuple[str, str, str, bool]) -> bytes:
    lines = "".join(
        f'<Relationship Id="{i}" Type="{TYPES}{kind}" Target="{target}"'
        f"{' TargetMode=' + chr(34) + 'External' + chr(34) if outward else ''}/>"
        for i, kind, target, outward in of
    )
    namespace = f"{SCHEMAS}package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{lines}</Relationships>'.encode()


def office(
    extension: str,
    *of: tuple[str, str, str, bool],
    inside: str = "",
    behind: str = "",
    cells: str = "",
    more: Mapping[str, bytes] = NO_PARTS,
) -> bytes:
    """Return a file of a kind, with more relationships of its main part, elements and parts."""
    main, body = FORMATS[extension]
    folder, _, name = main.partition("/")
    own = {
        "docx": (),
        "xlsx": (("rId1", "worksheet", "s.xml", False),),
        "pptx": (("rId1", "slide", "s.xml", False),),
    }[extension]
    second = SHEET % (cells, behind) if extension == "xlsx" else SLIDE % behind
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{SCHEMAS}package/2006/content-types"/>'.encode(),
        "_rels/.rels": bound(("rId1", "officeDocument", main, False)),
        main: (body % (inside, behind)).encode(),
        f"{folder}/_rels/{name}.rels": bound(*own, *of),
        f"{folder}/s.xml": second.encode(),
        f"{folder}/_rels/s.xml.rels": bound(*of),
    }
    return packed({**parts, **more})
