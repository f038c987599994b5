"""What is done with each kind of file: which treatment for which kind and which wish.

The treatments themselves put stages together, in `sanitizer.treatment`.
"""

from collections.abc import Mapping

from sanitizer.kinds import Kind
from sanitizer.media import CSV, DOCX, GIF, JPEG, PNG, PPTX, TEXT, WEBP, XLSX
from sanitizer.outside.needed import SOUND_AND_FILM
from sanitizer.profile import Action
from sanitizer.treatment.converted import converted
from sanitizer.treatment.members import archive, mail
from sanitizer.treatment.office import rebuilt
from sanitizer.treatment.pages import pages, pages_without_words, scan
from sanitizer.treatment.recording import recorded_anew
from sanitizer.treatment.single import Treatment, to
from sanitizer.treatment.words import words, words_of_pages

# Pictures have looks and nothing else.
_PICTURES: Mapping[Kind, Treatment] = {
    Kind.JPEG: to(JPEG),
    Kind.PNG: to(PNG),
    Kind.WEBP: to(WEBP),
    Kind.GIF: to(GIF),
    Kind.BMP: to(PNG),
    Kind.TIFF: scan,
    Kind.HEIC: to(JPEG),
    Kind.AVIF: to(JPEG),
    Kind.SVG: to(PNG),
}

# What only LibreOffice reads, and what it makes of it; the rest is done as with any such file.
_BY_LIBREOFFICE: Mapping[Kind, Kind] = {
    Kind.DOC: Kind.DOCX,
    Kind.ODT: Kind.DOCX,
    Kind.RTF: Kind.DOCX,
    Kind.XLS: Kind.XLSX,
    Kind.ODS: Kind.XLSX,
    Kind.PPT: Kind.PPTX,
    Kind.ODP: Kind.PPTX,
}

_OFFICE: Mapping[Kind, Treatment] = {
    Kind.DOCX: rebuilt(DOCX),
    Kind.XLSX: rebuilt(XLSX),
    Kind.PPTX: rebuilt(PPTX),
}

_REBUILT: Mapping[Kind, Treatment] = {
    **_PICTURES,
    Kind.PDF: pages,
    **_OFFICE,
    Kind.DOCM: _OFFICE[Kind.DOCX],
    Kind.XLSM: _OFFICE[Kind.XLSX],
    Kind.PPTM: _OFFICE[Kind.PPTX],
    **{kind: converted(_OFFICE[became], became) for kind, became in _BY_LIBREOFFICE.items()},
    Kind.ODG: converted(pages, Kind.PDF),
    **dict.fromkeys(SOUND_AND_FILM, recorded_anew),
    Kind.TEXT: to(TEXT),
    Kind.CSV: to(CSV),
    Kind.ZIP: archive,
    Kind.EML: mail,
    Kind.MSG: mail,
}

_AS_PICTURES: Mapping[Kind, Treatment] = {
    **_PICTURES,
    Kind.PDF: pages_without_words,
    **dict.fromkeys(
        (*_BY_LIBREOFFICE, Kind.ODG, *_OFFICE, Kind.DOCM, Kind.XLSM, Kind.PPTM),
        converted(pages_without_words, Kind.PDF),
    ),
}

_AS_TEXT: Mapping[Kind, Treatment] = {
    **dict.fromkeys(
        (*_OFFICE, Kind.DOCM, Kind.XLSM, Kind.PPTM, Kind.CSV, Kind.EML, Kind.MSG), words
    ),
    **{kind: converted(words, became) for kind, became in _BY_LIBREOFFICE.items()},
    Kind.TEXT: to(TEXT),
    Kind.PDF: words_of_pages,
}

# A kind and an action that are not here are refused.
TREATMENTS: Mapping[tuple[Kind, Action], Treatment] = {
    **{(kind, Action.REBUILD): treatment for kind, treatment in _REBUILT.items()},
    **{(kind, Action.PICTURE): treatment for kind, treatment in _AS_PICTURES.items()},
    **{(kind, Action.TEXT): treatment for kind, treatment in _AS_TEXT.items()},
}


def possible(kind: Kind) -> frozenset[Action]:
    """Return what a profile may wish for `kind`.

    What is held must be something that can be drawn anew once somebody has approved.
    """
    found = {action for each, action in TREATMENTS if each is kind} | {Action.REFUSE}
    return frozenset(found | {Action.HOLD} if Action.REBUILD in found else found)
