"""Text as UTF-8, with the line ends Windows programs expect."""

from sanitizer import form


def encode_text(record: form.Text) -> bytes:
    return record.text.replace("\n", "\r\n").encode("utf-8")
