"""The media types that come out, and what each is called."""

from collections.abc import Mapping

JPEG, PNG, GIF = "image/jpeg", "image/png", "image/gif"
TEXT, CSV = "text/plain", "text/csv"
EML = "message/rfc822"
OGG, WEBM = "audio/ogg", "video/webm"
ZIP, PDF = "application/zip", "application/pdf"

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"

# Between two stages only: pages whose pictures are encoded but which are no file yet.
LAYERS = "x-sanitizer/layers"

EXTENSIONS: Mapping[str, str] = {
    JPEG: "jpg",
    PNG: "png",
    GIF: "gif",
    TEXT: "txt",
    CSV: "csv",
    ZIP: "zip",
    EML: "eml",
    PDF: "pdf",
    OGG: "ogg",
    WEBM: "webm",
    DOCX: "docx",
    XLSX: "xlsx",
    PPTX: "pptx",
}
