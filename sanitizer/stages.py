"""The stages a worker can be asked for.

Each runs in a process of its own, in the jail: `identify` and `decode` see the hostile file,
`encode` sees only what `decode` made of it, `check` only what `encode` wrote.
"""

from collections.abc import Iterable, Mapping

import magic
import pi_heif  # type: ignore[import-untyped]  # it publishes no types
from PIL import AvifImagePlugin, Image

from sanitizer import charset, form
from sanitizer.check.check import check
from sanitizer.decode.archive import decode_archive
from sanitizer.decode.picture import FORMATS, decode_picture
from sanitizer.decode.svg import decode_svg
from sanitizer.decode.table import decode_table
from sanitizer.decode.text import decode_text
from sanitizer.encode.archive import encode_archive
from sanitizer.encode.picture import encode_animation, encode_picture
from sanitizer.encode.table import encode_table
from sanitizer.encode.text import encode_text
from sanitizer.form import Member, Picture, Record, Row, Text
from sanitizer.identify import SecondOpinion, identify
from sanitizer.kinds import Kind
from sanitizer.report import Count, Report
from sanitizer.worker import Parameters, Stage


def warm() -> Mapping[str, Stage]:
    """Load everything a worker may need, since it can load nothing itself; return the stages."""
    Image.init()
    pi_heif.register_heif_opener(thumbnails=False)
    pi_heif.options.DECODE_THREADS = 1
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    charset.load_codecs()
    return {
        "identify": _identifier(magic.Magic(mime=True).from_buffer),
        "decode": _decode,
        "encode": _encode,
        "check": _check,
    }


def _identifier(second_opinion: SecondOpinion) -> Stage:
    def stage(
        untrusted: memoryview, _parameters: Parameters, report: Report
    ) -> Iterable[bytes | memoryview]:
        report.kind = identify(untrusted, second_opinion)
        return []

    return stage


def _decode(
    untrusted: memoryview, parameters: Parameters, report: Report
) -> Iterable[bytes | memoryview]:
    kind = Kind(str(parameters["kind"]))
    for record in _records(kind, bytes(untrusted), parameters, report):
        yield from form.pack(record)


def _records(
    kind: Kind, untrusted: bytes, parameters: Parameters, report: Report
) -> Iterable[Record]:
    if kind in FORMATS:
        return decode_picture(kind, untrusted, int(parameters["max_pixels"]), report)
    if kind is Kind.SVG:
        return decode_svg(untrusted, report)
    if kind is Kind.ZIP:
        return decode_archive(untrusted, int(parameters["max_bytes"]), report)
    if kind is Kind.CSV:
        return decode_table(untrusted, report)
    return decode_text(untrusted, report)


def _encode(
    untrusted: memoryview, parameters: Parameters, report: Report
) -> Iterable[bytes | memoryview]:
    media = str(parameters["media"])
    match list(form.unpack(untrusted)):
        case [Picture() as picture]:
            report.counts[Count.PICTURES_AFTER] += 1
            yield encode_picture(media, picture)
        case [Picture(), *_] as frames if media == "image/gif":
            report.counts[Count.PICTURES_AFTER] += len(frames)
            yield encode_animation([frame for frame in frames if isinstance(frame, Picture)])
        case [Text(encoding), *rows] if media == "text/csv":
            yield encode_table([row for row in rows if isinstance(row, Row)], encoding)
        case [Member(), *_] as members if media == "application/zip":
            yield encode_archive([record for record in members if isinstance(record, Member)])
        case [Text() as text]:
            yield encode_text(text)
        case _:
            raise form.Malformed("not what this kind is made of")


def _check(
    untrusted: memoryview, parameters: Parameters, _report: Report
) -> Iterable[bytes | memoryview]:
    check(str(parameters["media"]), bytes(untrusted))
    return []
