"""The frames of the two transports that are written to without aiohttp: pure, to the byte."""

# Up to these lengths a WebSocket frame has one byte for its length, or three.
SHORT_BYTES, MEDIUM_BYTES = 125, 0xFFFF


def text_frame(text: bytes) -> bytes:
    """Return `text` as one unmasked text frame of a WebSocket (RFC 6455, section 5.2)."""
    if len(text) <= SHORT_BYTES:
        return b"\x81" + len(text).to_bytes(1) + text
    if len(text) <= MEDIUM_BYTES:
        return b"\x81\x7e" + len(text).to_bytes(2) + text
    return b"\x81\x7f" + len(text).to_bytes(8) + text


def encode_chunk(data: bytes) -> bytes:
    """Return `data`, which is not empty, as one chunk of a body (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)
