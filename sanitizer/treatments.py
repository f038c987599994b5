"""What is done with each kind of file: which treatment for which kind and which wish.

The treatments themselves put stages together, in `sanitizer.treatment`.
"""

from collections.abc import Mapping

from sanitizer.kinds import Kind
from sanitizer.media import CSV, DOCX, GIF, JPEG, PNG, PPTX, TEXT, XLSX
from sanitizer.needed import SOUND_AND_FILM
from sanitizer.profile import FileAction
from sanitizer.treatment import members
from sanitizer.treatment.converted import by_conversion
from sanitizer.treatment.office import rebuild_office
from sanitizer.treatment.pages import as_pages, pages_without_words, scan_pages
from sanitizer.treatment.recording import recorded_anew
from sanitizer.treatment.single import Treatment, single_file, web_picture
from sanitizer.treatment.words import only_words, words_of_pages

# Pictures have looks and nothing else.
_PICTURES: Mapping[Kind, Treatment] = {
    Kind.JPEG: single_file(JPEG),
    Kind.PNG: single_file(PNG),
    Kind.WEBP: web_picture,
    Kind.GIF: single_file(GIF),
    Kind.BMP: single_file(PNG),
    Kind.TIFF: scan_pages,
    Kind.HEIC: single_file(JPEG),
    Kind.AVIF: single_file(JPEG),
    Kind.SVG: single_file(PNG),
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
    Kind.DOCX: rebuild_office(DOCX),
    Kind.XLSX: rebuild_office(XLSX),
    Kind.PPTX: rebuild_office(PPTX),
}

_REBUILT: Mapping[Kind, Treatment] = {
    **_PICTURES,
    Kind.PDF: as_pages,
    **_OFFICE,
    Kind.DOCM: _OFFICE[Kind.DOCX],
    Kind.XLSM: _OFFICE[Kind.XLSX],
    Kind.PPTM: _OFFICE[Kind.PPTX],
    **{kind: by_conversion(_OFFICE[became], became) for kind, became in _BY_LIBREOFFICE.items()},
    Kind.ODG: by_conversion(as_pages, Kind.PDF),
    **dict.fromkeys(SOUND_AND_FILM, recorded_anew),
    Kind.TEXT: single_file(TEXT),
    Kind.CSV: single_file(CSV),
    Kind.ZIP: members.archive,
    Kind.EML: members.mail,
    Kind.MSG: members.mail,
}

_AS_PICTURES: Mapping[Kind, Treatment] = {
    **_PICTURES,
    Kind.PDF: pages_without_words,
    **dict.fromkeys(
        (*_BY_LIBREOFFICE, Kind.ODG, *_OFFICE, Kind.DOCM, Kind.XLSM, Kind.PPTM),
        by_conversion(pages_without_words, Kind.PDF),
    ),
}

_AS_TEXT: Mapping[Kind, Treatment] = {
    **dict.fromkeys(
        (*_OFFICE, Kind.DOCM, Kind.XLSM, Kind.PPTM, Kind.CSV, Kind.EML, Kind.MSG), only_words
    ),
    **{kind: by_conversion(only_words, became) for kind, became in _BY_LIBREOFFICE.items()},
    Kind.TEXT: single_file(TEXT),
    Kind.PDF: words_of_pages,
}

# A kind and an action that are not here are refused.
TREATMENTS: Mapping[tuple[Kind, FileAction], Treatment] = {
    **{(kind, FileAction.REBUILD): treatment for kind, treatment in _REBUILT.items()},
    **{(kind, FileAction.PICTURE): treatment for kind, treatment in _AS_PICTURES.items()},
    **{(kind, FileAction.TEXT): treatment for kind, treatment in _AS_TEXT.items()},
}


def possible(kind: Kind) -> frozenset[FileAction]:
    """Return what a profile may wish for `kind`.

    What is held must be something that can be rebuilt once somebody has approved.
    """
    found = {action for each, action in TREATMENTS if each is kind} | {FileAction.REFUSE}
    return frozenset(found | {FileAction.HOLD} if FileAction.REBUILD in found else found)
