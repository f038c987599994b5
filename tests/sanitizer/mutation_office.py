"""Mutations of Office packages: parts, bindings, elements, attributes, and ways to write XML."""

import re

from sanitizer.encode.archive import encode_archive
from sanitizer.intermediate import Member
from tests.sanitizer.mutation import CARGO, Mutations, around
from tests.sanitizer.mutation_packages import members_of
from tests.sanitizer.samples import CANARY

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_KINDS = """
    attachedTemplate oleObject package control vbaProject aFChunk subDocument frame externalLink
    externalLinkPath mailMergeSource mailMergeHeaderSource recipientData audio video media
    customXml customXmlProps printerSettings queryTable connections xmlMaps webSettings
    embeddedFont font ctrlProp activeXControl activeXControlBinary slideUpdateInfo slideUpdateUrl
    pivotCacheDefinition customProperty metadata thumbnail keyMapCustomizations attachedToolbars
    userXmlData wordVbaData legacyDiagramText hyperlink image chart settings styles theme
    glossaryDocument officeDocument transform htmlPubSaveAs xlExternalLinkPath smartTags
"""
_ELEMENTS = """
    w:object w:control w:altChunk w:subDoc w:attachedTemplate w:pict w:embedRegular w:mailMerge
    w:docVars w:smartTag w:customXml w:frameset w:saveThroughXslt w:dataBinding w:evil
    x:oleObjects x:controls x:ddeLink x:externalReferences x:legacyDrawing x:webPublishItems
    x:queryTable x:evil p:oleObj p:control p:contentPart p:snd p:extLst p:evil a:audioFile
    a:videoFile a:wavAudioFile a:quickTimeFile a:snd a:evil v:shape v:imagedata o:OLEObject
    mc:AlternateContent script evil
"""
SCOPES = {
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
}
_TARGETS = r"""
    http://198.51.100.1/x https://x.example/x.dotm \\198.51.100.1\share\x file:///C:/x
    mhtml:http://x!x javascript:alert(1) ms-msdt:/id ../../x search-ms:query=x
"""
PARTS = (
    "word/vbaProject.bin",
    "xl/macrosheets/sheet1.xml",
    "docProps/custom.xml",
    "evil.exe",
    "customXml/item1.xml",
    "word/embeddings/oleObject1.bin",
    "word/activeX/activeX1.xml",
    "ppt/embeddings/x.docx",
    "xl/externalLinks/externalLink1.xml",
    "word/afchunk.mht",
    "word/document2.xml",
    "xl/worksheets/sheet99.xml",
    "ppt/slides/slide99.xml",
    "_rels/evil.rels",
    "word/_rels/none.xml.rels",
    "[Content_Types].XML",
    "mimetype",
    "word/media/image99.png",
    "xl/media/image99.emf",
    "ppt/media/media1.mp4",
)


def office(data: bytes) -> Mutations:
    yield from around(data)
    parts = {member.name: bytes(member.data) for member in members_of(data)}
    for name in PARTS:
        for what, body in (
            ("a canary", CANARY),
            ("XML", b"<x/>"),
            ("a copy", list(parts.values())[2]),
        ):
            if name not in parts:
                yield f"{name} of {what}", _packed(parts | {name: body})
    for name in parts:
        rest = {other: body for other, body in parts.items() if other != name}
        yield f"{name} left out", _packed(rest)
        yield f"{name} first", _packed({name: parts[name], **rest})
        yield f"{name} twice", encode_archive([*members_of(data), Member(name, parts[name])])
        if name.endswith((".xml", ".rels")):
            yield from (
                (f"{name}: {what}", _packed(parts | {name: body}))
                for what, body in written(parts[name])
            )
        if name.endswith(".rels"):
            yield from (
                (f"{name}: {what}", _packed(parts | {name: body}))
                for what, body in bindings(parts[name])
            )
    types = parts["[Content_Types].xml"]
    for kind in ("application/vnd.ms-office.vbaProject", "application/x-msdownload", "text/html"):
        for entry in (
            f'<Default Extension="bin" ContentType="{kind}"/>',
            f'<Override PartName="/x.bin" ContentType="{kind}"/>',
        ):
            new = types.replace(b"</Types>", entry.encode() + b"</Types>")
            yield f"content type {entry}", _packed(parts | {"[Content_Types].xml": new})
    macro = types.replace(b".main+xml", b".macroEnabled.main+xml")
    yield "a document with macros", _packed(parts | {"[Content_Types].xml": macro})


def bindings(rels: bytes) -> Mutations:
    """Mutate a file of relationships."""
    end = b"</Relationships>"
    for kind in _KINDS.split():
        for target in _TARGETS.split():
            line = (
                f'<Relationship Id="rId900" Type="{OFFICE}{kind}" Target="{target}"'
                ' TargetMode="External"/>'
            )
            if kind == "hyperlink" and target.startswith("http"):
                continue  # a link to the web is no mutation
            yield f"external {kind} to {target}", rels.replace(end, line.encode() + end)
        line = f'<Relationship Id="rId901" Type="{OFFICE}{kind}" Target="/word/none.bin"/>'
        yield f"internal {kind}", rels.replace(end, line.encode() + end)
    for found in re.finditer(rb"<Relationship [^>]*>", rels):
        yield "a relationship twice", rels.replace(found[0], found[0] * 2)
        yield "one outward", rels.replace(b"/>", b' TargetMode="External"/>')
        break


def written(part: bytes) -> Mutations:
    """Write an XML part in another way, and put things into it."""
    root = re.search(rb"<[a-zA-Z]", part)
    assert root is not None
    start = root.start()
    opening = part.index(b">", start)
    for what, cargo in {
        "a comment": b"<!-- x -->",
        "an instruction": b"<?x y?>",
        "a document type": b'<!DOCTYPE x SYSTEM "http://x/">',
        "an entity": b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>',
        "a blank": b" ",
        "a line end": b"\n",
    }.items():
        for at in (0, start, len(part)):
            yield f"{what} at {at}", part[:at] + cargo + part[at:]
    yield from _behind_tags(part)
    for what, cargo in CARGO.items():
        if cargo.strip():
            yield f"{what} behind the root", part + cargo
        yield f"{what} as text of the root", part[: opening + 1] + cargo + part[opening + 1 :]
    for old, new in ((b'"', b"'"), (b'UTF-8"', b'UTF-16"'), (b"UTF-8", b"utf-8"), (b"1.0", b"1.1")):
        if old in part:
            yield f"{new!r} for {old!r}", part.replace(old, new)
    yield "a mark", b"\xef\xbb\xbf" + part
    yield "in UTF-16", part.decode().encode("utf-16")
    yield "cut short", part[:-1]


def _behind_tags(part: bytes) -> Mutations:
    """Put things into and behind each of the first tags."""
    for place, found in enumerate(list(re.finditer(rb"(?<=[\w\"'])/?>", part))[:40]):
        at, is_open = found.end(), found[0] == b">"
        yield f"a comment behind tag {place}", part[:at] + b"<!-- " + CANARY + b" -->" + part[at:]
        yield f"an instruction behind tag {place}", part[:at] + b"<?x y?>" + part[at:]
        yield f"a blank in tag {place}", part[: found.start()] + b" " + part[found.start() :]
        if part[found.start() - 1 : found.start()] in b"\"'":
            yield (
                f"an attribute in tag {place}",
                (part[: found.start()] + b' evil="1"' + part[found.start() :]),
            )
            yield (
                f"a namespace in tag {place}",
                (part[: found.start()] + b' xmlns:evil="urn:x"' + part[found.start() :]),
            )
        if is_open:
            yield f"character data behind tag {place}", part[:at] + b"<![CDATA[x]]>" + part[at:]
            for element in _ELEMENTS.split():
                prefix = element.partition(":")[0] if ":" in element else ""
                scope = f' xmlns:{prefix}="{SCOPES[prefix]}"' if prefix else ""
                new = f"<{element}{scope}/>".encode()
                yield f"{element} behind tag {place}", part[:at] + new + part[at:]


def _packed(parts: dict[str, bytes]) -> bytes:
    return encode_archive([Member(name, body) for name, body in parts.items()])
