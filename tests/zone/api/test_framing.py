"""The frames are those of the examples of RFC 6455 (section 5.7) and RFC 9112 (section 7.1)."""

import pytest

from zone.api.http.framing import encode_chunk, text_frame


@pytest.mark.parametrize(
    ("length", "head"),
    [
        (5, "8105"),
        (125, "817d"),
        (126, "817e007e"),
        (256, "817e0100"),
        (0xFFFF, "817effff"),
        (0x10000, "817f0000000000010000"),
    ],
)
def test_a_text_frame_says_its_length_in_as_few_bytes_as_it_can(length: int, head: str) -> None:
    text = b"x" * length
    assert text_frame(text) == bytes.fromhex(head) + text


def test_a_chunk_says_its_length_in_hexadecimal() -> None:
    assert encode_chunk(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"
