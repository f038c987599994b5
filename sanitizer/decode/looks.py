"""How a file looks, in gray and small, to be compared with how another does.

What is drawn here is compared and thrown away; nothing of it is passed on.
"""

import io
from collections.abc import Iterable, Iterator, Sequence

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it publishes no types
from PIL import Image, ImageSequence

from sanitizer import form
from sanitizer.decode.pdf import DOTS_PER_INCH, MAX_PAGE_PIXELS
from sanitizer.form import Mode, Picture
from sanitizer.media import GIF, JPEG, PDF, PNG, WEBP
from sanitizer.outcome import Reason, Refused
from sanitizer.report import Report
from sanitizer.similarity import SIDE, sampled, similarity, small

MODES = {Mode.GRAY: "L", Mode.RGB: "RGB", Mode.RGBA: "RGBA"}
PICTURES = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", GIF: "GIF"}


def looks_of_form(
    records: Iterable[form.Record], chosen: Sequence[int] | None
) -> Iterator[Picture]:
    """Yield the looks of the `chosen` pictures in `records`, or of some where None are."""
    pictures = [record for record in records if isinstance(record, Picture)]
    for index in sampled(len(pictures)) if chosen is None else chosen:
        found = pictures[index]
        image = Image.frombytes(MODES[found.mode], found.size, found.pixels)
        yield _look(small(image))


def looks_of_file(media: str, data: bytes, chosen: Sequence[int] | None) -> Iterator[Picture]:
    """Yield the looks of the `chosen` pages or frames of a file, or of some where None are."""
    for image in _drawn(media, data, chosen):
        yield _look(small(image))


def compare(records: Sequence[form.Record], chosen: Sequence[int] | None, report: Report) -> None:
    """Say in the report how alike the looks in `records` and the file behind them are.

    The least alike of them counts, and 0 where one of the two has more.
    """
    *looks, last = records
    if not isinstance(last, form.Member):
        raise form.Malformed("nothing to compare with")
    wanted = [_image(each) for each in looks if isinstance(each, Picture)]
    found = [small(image) for image in _drawn(last.name, bytes(last.data), chosen)]
    if not wanted or len(wanted) != len(found):
        report.similarity = 0
        return
    report.similarity = round(1000 * min(map(similarity, wanted, found)))


def _drawn(media: str, data: bytes, chosen: Sequence[int] | None) -> Iterator[Image.Image]:
    if media != PDF:
        image = Image.open(io.BytesIO(data), formats=[PICTURES[media]])
        if media == JPEG:  # decoded at an eighth to a half of its size, which is much faster
            image.draft("L", (SIDE, SIDE))
        frames = getattr(image, "n_frames", 1)
        wanted = sampled(frames) if chosen is None else chosen
        for index, frame in enumerate(ImageSequence.Iterator(image)):
            if index in wanted:
                yield frame.convert("RGBA" if frame.has_transparency_data else "RGB")
        return
    document = pdfium.PdfDocument(data)
    for index in sampled(len(document)) if chosen is None else chosen:
        if index >= len(document):
            raise Refused(Reason.CHECK_FAILED)
        page = document[index]
        width, height = page.get_size()
        scale = min(DOTS_PER_INCH / 72, (MAX_PAGE_PIXELS / (width * height)) ** 0.5)
        page_image = page.render(scale=scale, grayscale=True).to_pil()
        yield page_image.convert("L")


def _look(image: Image.Image) -> Picture:
    return Picture(Mode.GRAY, image.width, image.height, 0, 0, image.tobytes())


def _image(look: Picture) -> Image.Image:
    return Image.frombytes("L", look.size, look.pixels)
