"""Colours that somebody sees pass, however little; those that nobody sees do not."""

from sanitizer.check.check import check_file
from tests.sanitizer.written_files import clear_png_of, palette_png_of


def test_a_colour_that_is_seen_passes_where_one_that_is_not_does_not() -> None:
    check_file("image/png", clear_png_of(b"abc\x01"))
    check_file("image/png", clear_png_of(bytes(4)))
    check_file("image/png", palette_png_of(bytes(3) + b"def", b"\0\xff", b"\0\1"))
