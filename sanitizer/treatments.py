"""What is done with each kind of file, and what comes of it.

A treatment puts stages together; it looks into no file itself.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence

from sanitizer import form, sentences
from sanitizer.confinement.seccomp import Allowance
from sanitizer.decode.text import visible
from sanitizer.form import Member, Record, Row
from sanitizer.jail import Answer
from sanitizer.kinds import Kind
from sanitizer.media import (
    CSV,
    DOCX,
    EML,
    EXTENSIONS,
    GIF,
    JPEG,
    LAYERS,
    PDF,
    PNG,
    PPTX,
    TEXT,
    WEBP,
    XLSX,
    ZIP,
)  # fmt: skip
from sanitizer.names import clean_path, unique
from sanitizer.outcome import Reason, Refused, Removed
from sanitizer.parcel import Parcel
from sanitizer.passage import Passage, Redrawn
from sanitizer.profile import Action
from sanitizer.report import Count, Report

# Drawn at once: at 200 dots per inch so many A4 pages are 90 MB of pixels.
PAGES_AT_ONCE = 8
SECONDS_PER_PAGE = 2.0
# A thousand sheets printed on both sides.
MAX_PAGES = 2000

# What tells of members that did not pass, beside those that did.
NOTE = "無害化結果.txt"

# A gray pixel, as our own encoder writes it.
SPECK = Redrawn(
    PNG,
    b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGO4AwAA3gDdXeHJVgAAAABJRU5ErkJggg=="
    ),
)

# Takes the passage, the kind, the file; returns the new file, which has yet to pass the check.
Treatment = Callable[[Passage, Kind, Parcel], Redrawn]


# libde265 decodes in a thread of its own, however few it is told to start.
ALLOWANCES: Mapping[Kind, Allowance] = {
    Kind.HEIC: Allowance.THREADS,
    Kind.SVG: Allowance.FONTS,
}


def to(media: str) -> Treatment:
    """Return the treatment of a file that is decoded and encoded as one file of type `media`."""

    def treat(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
        max_pixels = passage.profile.limits.max_pixels
        allowance = ALLOWANCES.get(kind, Allowance.NOTHING)
        with (
            passage.stage("decode", source, allowance, kind=kind, max_pixels=max_pixels) as decoded,
            passage.stage("encode", decoded.body, media=media) as encoded,
        ):
            return Redrawn(media, encoded.body.read())

    return treat


def _records(decoded: Answer) -> list[Record]:
    """Return what a decoder found within a file.  It saw the file, so it may say anything."""
    try:
        return list(form.unpack(memoryview(decoded.body.read())))
    except form.Malformed:
        raise Refused(Reason.BROKEN) from None


def archive(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
    """Treat each member as a file of its own; what is refused is left out, and said so inside."""
    max_bytes, password = passage.profile.limits.max_bytes, passage.password
    with passage.stage(
        "decode", source, kind=kind, max_bytes=max_bytes, password=password
    ) as decoded:
        members = [record for record in _records(decoded) if isinstance(record, Member)]
    kept = [
        Member(name, redrawn.data)
        for name, redrawn in _redrawn_members(members, passage, must_keep_one=True)
    ]
    packed = b"".join(bytes(piece) for member in kept for piece in form.pack(member))
    with Parcel.of(packed) as parcel, passage.stage("encode", parcel, media=ZIP) as encoded:
        return Redrawn(ZIP, encoded.body.read())


def mail(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
    """Keep who, when, what and the words; treat each attachment as a file of its own."""
    with passage.stage("decode", source, kind=kind) as decoded:
        records = _records(decoded)
    members = [record for record in records if isinstance(record, Member)]
    kept: list[Record] = [record for record in records if not isinstance(record, Member)]
    for name, redrawn in _redrawn_members(members, passage, must_keep_one=False):
        kept.append(Member(f"{redrawn.media}:{name.rpartition('/')[2]}", redrawn.data))
    packed = b"".join(bytes(piece) for record in kept for piece in form.pack(record))
    with Parcel.of(packed) as parcel, passage.stage("encode", parcel, media=EML) as encoded:
        return Redrawn(EML, encoded.body.read())


def _redrawn_members(
    members: Sequence[Member], passage: Passage, *, must_keep_one: bool
) -> list[tuple[str, Redrawn]]:
    """Return each member drawn anew under its new name, and a note on those that did not pass."""
    kept: list[tuple[str, Redrawn]] = []
    left_out: list[tuple[str, Reason]] = []
    taken: set[str] = set()
    for member in members:
        try:
            redrawn = passage.within(bytes(member.data), member.name)
        except Refused as refusal:
            if refusal.reason is Reason.JAIL_FAILED or (must_keep_one and len(members) == 1):
                raise
            left_out.append((" ".join(member.name.split()), refusal.reason))
            continue
        name = unique(clean_path(member.name, EXTENSIONS[redrawn.media]), taken)
        kept.append((name, redrawn))
    if must_keep_one and not kept:
        raise Refused(left_out[0][1] if left_out else Reason.EMPTY)
    if left_out:
        passage.report.removed[Removed.MEMBER] += len(left_out)
        kept.append((unique(NOTE, taken), Redrawn(TEXT, _note(left_out))))
    return kept


def pages(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
    """Return the pages as they look, with their words to be searched."""
    return _pages(passage, kind, source, words=1)


def pages_without_words(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
    """Return the pages as they look, and no more."""
    return _pages(passage, kind, source, words=0)


def _pages(passage: Passage, kind: Kind, source: Parcel, *, words: int) -> Redrawn:
    """Draw the pages a few at a time, each few by fresh workers, and put them together."""
    drawn: list[bytes] = []
    done, total = 0, 1
    while done < total:
        with (
            passage.stage(
                "decode",
                source,
                Allowance.FONTS,
                kind=kind,
                first=done,
                count=PAGES_AT_ONCE,
                words=words,
                password=passage.password,
                max_pixels=passage.profile.limits.max_pixels,
            ) as decoded,
            passage.stage("encode", decoded.body, media=LAYERS) as encoded,
        ):
            if done == 0:
                total = decoded.report.counts[Count.PAGES_BEFORE]
                if not 0 < total <= MAX_PAGES:  # whatever the decoder says
                    raise Refused(Reason.TOO_MANY_PARTS)
                passage = passage.with_more_time(total * SECONDS_PER_PAGE)
            drawn.append(encoded.body.read())
        if sum(map(len, drawn)) > passage.profile.limits.max_bytes:
            raise Refused(Reason.TOO_LARGE)
        done += PAGES_AT_ONCE
    with (
        Parcel.of(b"".join(drawn)) as parcel,
        passage.stage("encode", parcel, media=PDF) as encoded,
    ):
        if encoded.report.counts[Count.PAGES_AFTER] != total:
            raise Refused(Reason.CHECK_FAILED)
        return Redrawn(PDF, encoded.body.read())


def scan(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
    """Return a TIFF of one page as a picture, one of several as a PDF."""
    try:
        return to(PNG)(passage, kind, source)
    except Refused as refusal:
        if refusal.reason is not Reason.TOO_MANY_PARTS:
            raise
    return pages(passage, kind, source)


def office(wanted: str) -> Treatment:
    """Return the treatment that rebuilds an Office file as `wanted`, without anything active."""

    def treat(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
        max_bytes = passage.profile.limits.max_bytes
        with passage.stage("decode", source, kind=kind, max_bytes=max_bytes) as decoded:
            records = _records(decoded)
        renamed = {
            record.name: _picture(record, passage)
            for record in records
            if isinstance(record, Member) and "/media/" in record.name
        }
        packed = b"".join(
            bytes(piece)
            for record in records
            for piece in form.pack(_with_picture(record, renamed))
        )
        with Parcel.of(packed) as parcel, passage.stage("encode", parcel, media=wanted) as encoded:
            return Redrawn(wanted, encoded.body.read())

    return treat


def _picture(found: Member, passage: Passage) -> Member:
    """Return a picture drawn anew; a speck of gray in place of one that cannot be."""
    try:
        redrawn = passage.within(bytes(found.data), None)
    except Refused as refusal:
        if refusal.reason is Reason.JAIL_FAILED:
            raise
        redrawn = SPECK
    if redrawn.media not in (PNG, JPEG, GIF):
        redrawn = SPECK
    if redrawn is SPECK:
        passage.report.removed[Removed.PICTURE] += 1
    return Member(f"{found.name}.{EXTENSIONS[redrawn.media]}", redrawn.data)


def _with_picture(record: Record, renamed: Mapping[str, Member]) -> Record:
    """Return `record` with the new name of a picture, or the new picture."""
    match record:
        case Member(name) if name in renamed:
            return renamed[name]
        case Row(cells):
            return Row(tuple(renamed[cell].name if cell in renamed else cell for cell in cells))
        case _:
            return record


def _note(left_out: list[tuple[str, Reason]]) -> bytes:
    lines = [f"{name}: {sentences.plain_reason(reason)}" for name, reason in left_out]
    text = visible("\n".join(["次のファイルは通せませんでした。", *lines, ""]), Report())
    return text.replace("\n", "\r\n").encode()


# A kind and an action that are not here are refused.
TREATMENTS: Mapping[tuple[Kind, Action], Treatment] = {
    (Kind.JPEG, Action.REBUILD): to(JPEG),
    (Kind.PNG, Action.REBUILD): to(PNG),
    (Kind.WEBP, Action.REBUILD): to(WEBP),
    (Kind.GIF, Action.REBUILD): to(GIF),
    (Kind.BMP, Action.REBUILD): to(PNG),
    (Kind.TIFF, Action.REBUILD): scan,
    (Kind.HEIC, Action.REBUILD): to(JPEG),
    (Kind.AVIF, Action.REBUILD): to(JPEG),
    (Kind.SVG, Action.REBUILD): to(PNG),
    (Kind.PDF, Action.REBUILD): pages,
    (Kind.PDF, Action.PICTURE): pages_without_words,
    (Kind.DOCX, Action.REBUILD): office(DOCX),
    (Kind.DOCM, Action.REBUILD): office(DOCX),
    (Kind.XLSX, Action.REBUILD): office(XLSX),
    (Kind.XLSM, Action.REBUILD): office(XLSX),
    (Kind.PPTX, Action.REBUILD): office(PPTX),
    (Kind.PPTM, Action.REBUILD): office(PPTX),
    (Kind.TEXT, Action.REBUILD): to(TEXT),
    (Kind.CSV, Action.REBUILD): to(CSV),
    (Kind.ZIP, Action.REBUILD): archive,
    (Kind.EML, Action.REBUILD): mail,
}
