"""How a file looks, in gray and small, to be compared with how another does.

What is drawn here is compared and thrown away; nothing of it is passed on.
"""

import io
from collections.abc import Iterable, Iterator, Sequence

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it publishes no types
from PIL import Image

from sanitizer import intermediate
from sanitizer.decode.pdf import DOTS_PER_INCH, MAX_PAGE_PIXELS
from sanitizer.encode.picture import MODES
from sanitizer.intermediate import Mode, Picture
from sanitizer.media import GIF, JPEG, PDF, PNG
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.report import Report
from sanitizer.sampling import sampled_pages
from sanitizer.similarity import SIDE, measure_similarity, shrink_picture

PICTURES = {JPEG: "JPEG", PNG: "PNG", GIF: "GIF"}


def looks_of_form(
    records: Iterable[intermediate.Record], chosen: Sequence[int] | None
) -> Iterator[Picture]:
    """Yield the looks of the `chosen` pages in `records`; where None are, of the two ends.

    Those are the ends of an animation: of frames that are alike an encoder may leave out some.
    """
    pictures = [record for record in records if isinstance(record, Picture)]
    for index in _ends(len(pictures)) if chosen is None else chosen:
        found = pictures[index]
        image = Image.frombytes(MODES[found.mode], found.size, found.pixels)
        yield _look(shrink_picture(image))


def looks_of_pdf(data: bytes, chosen: Sequence[int] | None) -> Iterator[Picture]:
    """Yield the looks of the `chosen` pages of a PDF, or of some where None are."""
    for image in _pages(data, chosen):
        yield _look(shrink_picture(image))


def compare(
    records: Sequence[intermediate.Record], chosen: Sequence[int] | None, report: Report
) -> None:
    """Say in the report how alike the looks in `records` and the file behind them are.

    The least alike of them counts, and 0 where one of the two has more.
    """
    *looks, last = records
    if not isinstance(last, intermediate.Member):
        raise intermediate.MalformedIntermediate("nothing to compare with")
    wanted = [_image(each) for each in looks if isinstance(each, Picture)]
    data = bytes(last.data)
    drawn = _pages(data, chosen) if last.name == PDF else _frames(last.name, data, len(wanted))
    found = [shrink_picture(image) for image in drawn]
    if not wanted or len(wanted) != len(found):
        report.similarity = 0
        return
    report.similarity = round(1000 * min(map(measure_similarity, wanted, found)))


def _ends(total: int) -> list[int]:
    return sorted({0, total - 1})


def _frames(media: str, data: bytes, wanted: int) -> Iterator[Image.Image]:
    """Yield the first and, where two are wanted, the last frame of a picture."""
    image = Image.open(io.BytesIO(data), formats=[PICTURES[media]])
    if media == JPEG:  # decoded at an eighth to a half of its size, which is much faster
        image.draft("L", (SIDE, SIDE))
    for index in (0, getattr(image, "n_frames", 1) - 1)[:wanted]:
        image.seek(index)
        yield image.convert("RGBA" if image.has_transparency_data else "RGB")


def _pages(data: bytes, chosen: Sequence[int] | None) -> Iterator[Image.Image]:
    document = pdfium.PdfDocument(data)
    for index in sampled_pages(len(document)) if chosen is None else chosen:
        if index >= len(document):
            raise FileRefused(FileReason.CHECK_FAILED)
        page = document[index]
        width, height = page.get_size()
        scale = min(DOTS_PER_INCH / 72, (MAX_PAGE_PIXELS / (width * height)) ** 0.5)
        page_image = page.render(scale=scale, grayscale=True).to_pil()
        yield page_image.convert("L")


def _look(image: Image.Image) -> Picture:
    return Picture(Mode.GRAY, image.width, image.height, 0, 0, image.tobytes())


def _image(look: Picture) -> Image.Image:
    return Image.frombytes("L", look.size, look.pixels)
