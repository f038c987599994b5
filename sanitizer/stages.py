"""The stages a worker can be asked for.

Each runs in a process of its own, in the jail: `identify`, `unlock`, `decode` and `read` see the
hostile file, `encode` sees only what one of the last two made of it, `check` only what it wrote.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import magic
import pi_heif  # type: ignore[import-untyped]  # it publishes no types
from PIL import AvifImagePlugin, Image

from sanitizer import charset, intermediate, media, rules
from sanitizer.check.check import check_file
from sanitizer.check.office_vocabulary import office_vocabulary
from sanitizer.decode import legacy, legacy_lock, looks, office_lock, thumbnail, zip_lock
from sanitizer.decode.archive import decode_archive
from sanitizer.decode.contents.readings import read_contents
from sanitizer.decode.looks import looks_of_form, looks_of_pdf
from sanitizer.decode.mail import REHEARSAL, decode_mail
from sanitizer.decode.msg import decode_msg
from sanitizer.decode.office import decode_office
from sanitizer.decode.pdf import decode_pdf, decode_scan
from sanitizer.decode.picture import FORMATS, decode_picture, open_picture
from sanitizer.decode.recording import survey_recording
from sanitizer.decode.svg import decode_svg
from sanitizer.decode.table import decode_table
from sanitizer.decode.text import decode_text
from sanitizer.decode.words import mail_words, office_words, page_words
from sanitizer.encode.archive import encode_archive
from sanitizer.encode.mail import encode_mail
from sanitizer.encode.office import encode_office
from sanitizer.encode.page import encode_layers
from sanitizer.encode.pdf import encode_pdf
from sanitizer.encode.picture import encode_animation, encode_picture
from sanitizer.encode.recording import encode_recording
from sanitizer.encode.table import encode_table
from sanitizer.encode.text import encode_text
from sanitizer.identify import SecondOpinion, identify_kind
from sanitizer.intermediate import (
    IntermediatePage,
    IntermediateText,
    Member,
    Picture,
    Record,
    TableRow,
)
from sanitizer.kinds import Kind
from sanitizer.needed import SOUND_AND_FILM
from sanitizer.report import Count, Report
from sanitizer.worker import Parameters, Stage

Pieces = Iterable[bytes | memoryview]


def warm() -> Mapping[str, Stage]:
    """Load everything a worker may need, since it can load nothing itself; return the stages."""
    Image.init()
    charset.load_codecs()
    office_vocabulary()
    list(decode_mail(REHEARSAL, Report()))
    office_lock.rehearse()
    legacy_lock.keep_in_memory()
    zip_lock.rehearse()
    pi_heif.register_heif_opener(thumbnails=False)
    pi_heif.options.DECODE_THREADS = 1
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    return {
        "identify": _identifier(magic.Magic(mime=True).from_buffer),
        "unlock": _unlock,
        "survey": _survey,
        "decode": _decode,
        "shrink": thumbnail.shrink,
        "read": _read,
        "encode": _encode,
        "look": _look,
        "compare": _compare,
        "check": _check,
        "contents": _contents,
    }


def _identifier(second_opinion: SecondOpinion) -> Stage:
    def stage(untrusted: memoryview, _parameters: Parameters, report: Report) -> Pieces:
        report.kind = identify_kind(untrusted, second_opinion)
        return []

    return stage


def _unlock(untrusted: memoryview, given: Parameters, report: Report) -> Pieces:
    password, max_bytes = str(given["password"]), int(given["max_bytes"])
    return [office_lock.unlock_office(bytes(untrusted), password, max_bytes, report)]


def _survey(untrusted: memoryview, given: Parameters, report: Report) -> Pieces:
    kind, password = Kind(str(given["kind"])), str(given["password"])
    if kind in SOUND_AND_FILM:
        survey_recording(bytes(untrusted), report)
        return []
    return [legacy.survey(kind, bytes(untrusted), password, int(given["max_bytes"]), report)]


OFFICE = (Kind.DOCX, Kind.DOCM, Kind.XLSX, Kind.XLSM, Kind.PPTX, Kind.PPTM)


def _decode(untrusted: memoryview, parameters: Parameters, report: Report) -> Pieces:
    kind = Kind(str(parameters["kind"]))
    for record in _DECODERS[kind](kind, bytes(untrusted), parameters, report):
        yield from intermediate.pack(record)


def _picture(
    kind: Kind, untrusted: bytes, parameters: Parameters, report: Report
) -> Iterable[Record]:
    return decode_picture(kind, untrusted, int(parameters["max_pixels"]), report)


def _tiff(kind: Kind, untrusted: bytes, parameters: Parameters, report: Report) -> Iterable[Record]:
    """A picture; or, where a number of pages is asked for, a scan."""
    if "count" not in parameters:
        return _picture(kind, untrusted, parameters, report)
    scan = open_picture(kind, untrusted, int(parameters["max_pixels"]))
    return decode_scan(scan, int(parameters["first"]), int(parameters["count"]), report)


def _office(_: Kind, untrusted: bytes, given: Parameters, report: Report) -> Iterable[Record]:
    return decode_office(untrusted, int(given["max_bytes"]), report, rules.rules_given(given))


def _mail(kind: Kind, untrusted: bytes, given: Parameters, report: Report) -> Iterable[Record]:
    decode = decode_msg if kind is Kind.MSG else decode_mail
    return decode(untrusted, report, rules.rules_given(given))


def _pdf(_: Kind, untrusted: bytes, given: Parameters, report: Report) -> Iterable[Record]:
    return decode_pdf(
        untrusted,
        int(given["first"]),
        int(given["count"]),
        report,
        password=str(given["password"]),
        with_words=bool(given["words"]),
        rules=rules.rules_given(given),
    )


Decoder = Callable[[Kind, bytes, Parameters, Report], Iterable[Record]]

_DECODERS: Mapping[Kind, Decoder] = {
    **dict.fromkeys(FORMATS, _picture),
    **dict.fromkeys(OFFICE, _office),
    Kind.TIFF: _tiff,
    Kind.SVG: lambda _, untrusted, __, report: decode_svg(untrusted, report),
    Kind.TEXT: lambda _, untrusted, __, report: decode_text(untrusted, report),
    **dict.fromkeys((Kind.EML, Kind.MSG), _mail),
    Kind.CSV: lambda _, untrusted, __, report: decode_table(untrusted, report),
    Kind.ZIP: lambda _, untrusted, given, report: decode_archive(
        untrusted,
        int(given["max_unpacked"]),
        report,
        max_entries=int(given["max_entries"]),
        password=str(given["password"]),
    ),
    Kind.PDF: _pdf,
}


def _read(untrusted: memoryview, parameters: Parameters, report: Report) -> Pieces:
    kind = Kind(str(parameters["kind"]))
    for record in _READERS[kind](kind, bytes(untrusted), parameters, report):
        yield from intermediate.pack(record)


def _pdf_words(_: Kind, untrusted: bytes, given: Parameters, report: Report) -> Iterable[Record]:
    return page_words(_pdf(_, untrusted, {**given, "words": 1}, report))


def _office_words(_: Kind, untrusted: bytes, given: Parameters, report: Report) -> Iterable[Record]:
    return office_words(_office(_, untrusted, given, report), report)


def _mail_words(
    kind: Kind, untrusted: bytes, given: Parameters, report: Report
) -> Iterable[Record]:
    return mail_words(_mail(kind, untrusted, given, report), report)


_READERS: Mapping[Kind, Decoder] = {
    **dict.fromkeys(OFFICE, _office_words),
    Kind.CSV: lambda _, untrusted, __, report: decode_text(untrusted, report),
    **dict.fromkeys((Kind.EML, Kind.MSG), _mail_words),
    Kind.PDF: _pdf_words,
}


def _encode(untrusted: memoryview, parameters: Parameters, report: Report) -> Pieces:
    wanted = str(parameters["media"])
    records = list(intermediate.unpack(untrusted))
    match wanted, records:
        case media.LAYERS, [IntermediatePage(), *_]:
            yield from _layers(records)
        case media.PDF, [IntermediatePage(), *_]:
            report.counts[Count.PAGES_AFTER] += sum(
                isinstance(each, IntermediatePage) for each in records
            )
            yield encode_pdf(records)
        case media.CSV, [IntermediateText(encoding), *rows]:
            yield encode_table([row for row in rows if isinstance(row, TableRow)], encoding)
        case media.TEXT, [IntermediateText(), *_]:
            yield encode_text([text for text in records if isinstance(text, IntermediateText)])
        case media.DOCX | media.XLSX | media.PPTX, [TableRow(), *_]:
            yield encode_office(records)
        case media.EML, [TableRow(), *_]:
            yield encode_mail(records)
        case media.OGG | media.WEBM, [Member(), *_]:
            yield encode_recording(records)
        case media.ZIP, [Member(), *_]:
            yield encode_archive([member for member in records if isinstance(member, Member)])
        case _, [Picture(), *_]:
            frames = [frame for frame in records if isinstance(frame, Picture)]
            report.counts[Count.PICTURES_AFTER] += len(frames)
            yield _pictures(wanted, frames)
        case _:
            raise intermediate.MalformedIntermediate("not what this kind is made of")


def _layers(records: Sequence[Record]) -> Pieces:
    """Yield the same pages with their pictures encoded, which is most of the work."""
    for record in records:
        if not isinstance(record, Picture):
            yield from intermediate.pack(record)
            continue
        for layer in encode_layers(record):
            yield from intermediate.pack(layer)


def _pictures(wanted: str, frames: Sequence[Picture]) -> bytes:
    if wanted == media.GIF and len(frames) > 1:
        return encode_animation(frames)
    (picture,) = frames
    return encode_picture(wanted, picture)


def _look(untrusted: memoryview, given: Parameters, _report: Report) -> Pieces:
    """Yield the looks of what `decode` made of a file, or of a PDF that another program made."""
    if given["of"] == media.PDF:
        found = looks_of_pdf(bytes(untrusted), _chosen(given))
    else:
        found = looks_of_form(intermediate.unpack(untrusted), _chosen(given))
    for look in found:
        yield from intermediate.pack(look)


def _compare(untrusted: memoryview, given: Parameters, report: Report) -> Pieces:
    looks.compare(list(intermediate.unpack(untrusted)), _chosen(given), report)
    return []


def _chosen(given: Parameters) -> list[int] | None:
    chosen = str(given.get("chosen", ""))
    return [int(number) for number in chosen.split(",")] if chosen else None


def _contents(untrusted: memoryview, given: Parameters, _report: Report) -> Pieces:
    for text in read_contents(Kind(str(given["kind"])), bytes(untrusted), int(given["max_bytes"])):
        yield from intermediate.pack(text)


def _check(untrusted: memoryview, parameters: Parameters, _report: Report) -> Pieces:
    check_file(str(parameters["media"]), bytes(untrusted))
    return []
