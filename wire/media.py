"""Which extension a file of a media type has, for the names that people see.

Nothing here says which of these may cross: that is the sanitizer's and the policy's to say.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# What an unknown media type gets: no program opens it by itself.
UNKNOWN_EXTENSION: Final = "bin"

_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_MACRO = "macroenabled.12"

EXTENSIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "application/gzip": "gz",
        "application/msword": "doc",
        "application/pdf": "pdf",
        "application/rtf": "rtf",
        "application/vnd.ms-excel": "xls",
        f"application/vnd.ms-excel.sheet.{_MACRO}": "xlsm",
        "application/vnd.ms-outlook": "msg",
        "application/vnd.ms-powerpoint": "ppt",
        f"application/vnd.ms-powerpoint.presentation.{_MACRO}": "pptm",
        f"application/vnd.ms-word.document.{_MACRO}": "docm",
        "application/vnd.oasis.opendocument.presentation": "odp",
        "application/vnd.oasis.opendocument.spreadsheet": "ods",
        "application/vnd.oasis.opendocument.text": "odt",
        f"{_OPEN_XML}.presentationml.presentation": "pptx",
        f"{_OPEN_XML}.spreadsheetml.sheet": "xlsx",
        f"{_OPEN_XML}.wordprocessingml.document": "docx",
        "application/x-7z-compressed": "7z",
        "application/zip": "zip",
        "image/avif": "avif",
        "image/bmp": "bmp",
        "image/gif": "gif",
        "image/heic": "heic",
        "image/jpeg": "jpg",
        "image/png": "png",
        "image/tiff": "tiff",
        "image/webp": "webp",
        "message/rfc822": "eml",
        "text/csv": "csv",
        "text/html": "html",
        "text/plain": "txt",
        "text/tab-separated-values": "tsv",
        "text/xml": "xml",
    }
)


def extension_of(untrusted_media: str) -> str:
    """Return the extension, without its dot, that a file of this type is shown with."""
    media = untrusted_media.partition(";")[0].strip().lower()
    return EXTENSIONS.get(media, UNKNOWN_EXTENSION)
