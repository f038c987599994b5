"""The second check: is a file exactly in the tiny grammar that our own writers use?

Standard library only, no decoder of pictures or documents, and not a line in common with the
writers in `sanitizer.encode`.  What passes can hold no metadata, no second file and no byte after
its end.  It cannot vouch for what entropy-coded pixels will do to a faulty decoder; that is why
they were encoded by a process that never saw the file they came from.
"""

from collections.abc import Callable, Mapping
from functools import partial, reduce

from sanitizer.check.archive import check_archive
from sanitizer.check.gif import check_gif
from sanitizer.check.jpeg import check_jpeg
from sanitizer.check.mail import check_mail
from sanitizer.check.office import DOCUMENTS, check_office
from sanitizer.check.ogg import check_ogg
from sanitizer.check.pdf import check_pdf
from sanitizer.check.png import check_png
from sanitizer.check.rule import CheckFailed
from sanitizer.check.table import check_table
from sanitizer.check.text import check_text
from sanitizer.check.webm import check_webm

__all__ = ["MEDIA", "CheckFailed", "check_file"]

Checks = Mapping[str, Callable[[bytes], object]]

# The pictures an Office file may have.
_PICTURES: Checks = {
    "gif": check_gif,
    "jpg": check_jpeg,
    "png": check_png,
}

# What a picture's check returns: its width and height, in pixels, and perhaps more.
_SIZED: Mapping[str, Callable[[bytes], tuple[int, ...]]] = {
    "image/gif": check_gif,
    "image/jpeg": check_jpeg,
    "image/png": check_png,
}

_SINGLE: Checks = {
    **{media: partial(check_office, media=media, pictures=_PICTURES) for media in DOCUMENTS},
    "application/pdf": check_pdf,
    "audio/ogg": check_ogg,
    **_SIZED,
    "text/csv": check_table,
    "text/plain": check_text,
    "video/webm": check_webm,
}

# The extension under which each type goes in an archive or a mail.
_EXTENSIONS: Mapping[str, str] = {
    **dict(zip(("docx", "xlsx", "pptx"), DOCUMENTS, strict=True)),
    "csv": "text/csv",
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "ogg": "audio/ogg",
    "pdf": "application/pdf",
    "png": "image/png",
    "txt": "text/plain",
    "webm": "video/webm",
    "eml": "message/rfc822",
    "zip": "application/zip",
}


# A mail in an archive in an archive in an archive is as deep as our writers go.
MAX_DEPTH = 4


def _with_containers(within: Checks) -> Checks:
    """Return the checks of a file that, where it is an archive or a mail, holds what passes those.

    Archives and mails count together: one in the other is as deep as one in its like.
    """
    return {
        **_SINGLE,
        "application/zip": partial(check_archive, checks=within, extensions=_EXTENSIONS),
        "message/rfc822": partial(check_mail, checks=within, extensions=_EXTENSIONS),
    }


MEDIA: Checks = reduce(lambda within, _: _with_containers(within), range(MAX_DEPTH), _SINGLE)


def check_file(media: str, untrusted: bytes) -> tuple[int, int] | None:
    """Raise `CheckFailed` unless `untrusted` is a file of type `media` as we write them.

    Returns width and height of a picture in pixels, up to 65,535 each, and None of all else.
    """
    if media in _SIZED:
        width, height, *_ = _SIZED[media](untrusted)
        return width, height
    if media not in MEDIA:
        raise CheckFailed(f"there is no grammar for {media!r}")
    MEDIA[media](untrusted)
    return None
