"""How many of a file's words can still be found in another: by phrases of a dozen characters."""

import html
import io
import re
import zipfile

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it publishes no types

PHRASE = 12
OFFICE = (".docx", ".xlsx", ".xlsm", ".pptx")


def share_found(suffix: str, before: bytes, after: bytes, was: str = "") -> float | None:
    """Return how many of the phrases in `before` are in `after`, None where there are none.

    `suffix`: of `after`; `was`: of `before`, where that is another.
    """
    text, kept = words(was or suffix, before), words(suffix, after)
    if text is None or kept is None:
        return None
    phrases = [text[at : at + PHRASE] for at in range(0, len(text) - PHRASE, PHRASE)]
    return sum(phrase in kept for phrase in phrases) / len(phrases) if phrases else None


def words(suffix: str, data: bytes) -> str | None:
    """Return the words of a file without blanks, None where there are none to be had."""
    if suffix == ".pdf":
        document = pdfium.PdfDocument(data)
        text = "".join(page.get_textpage().get_text_range() for page in document)
    elif suffix in OFFICE and data:
        text = "".join(_parts(data))
    else:
        return None
    return re.sub(r"\s", "", text)


def _parts(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return [
            html.unescape(re.sub(r"<[^>]*>", "", package.read(name).decode("utf-8", "replace")))
            for name in sorted(package.namelist())
            if re.search(r"(document|slide[0-9]+|sheet[0-9]+|sharedStrings)\.xml$", name)
        ]
