"""What every mutation of an output is made of: a file, a grammar, and things that could be hidden.

A mutation is its name and the mutated file.  Each leaves what is seen as it was, or nearly so, and
adds or changes something that carries.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.sanitizer.samples import CANARY, zipped

Mutations = Iterator[tuple[str, bytes]]

# Second files and plain bytes, as they are put before, behind and into things.
CARGO = {
    "a zero": b"\0",
    "a blank": b" ",
    "a line end": b"\n",
    "a canary": CANARY,
    "an archive": zipped({"evil.js": CANARY}),
    "a program": b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0",
    "a script": b"<script>alert(1)</script>",
    "a PDF": b"%PDF-1.7\n1 0 obj\n<< /JS (x) >>\nendobj\n",
    "a PHP page": b"<?php system($_GET[0]); ?>",
    "a shell script": b"\n#!/bin/sh\nid\n",
    "an EICAR file": rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$"
    + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
    "a kilobyte of nothing": bytes(1024),
}

# Blocks of packed data that unpack to nothing (RFC 1951, 3.2.4).
EMPTY_BLOCKS = b"\0\0\0\xff\xff" * 5_000


@dataclass(frozen=True)
class Subject:
    """An output of ours, and how to mutate it."""

    media: str
    data: bytes
    mutate: Callable[[bytes], Mutations]


def around(data: bytes) -> Mutations:
    """Put something before and behind, double the file, and cut it short."""
    for what, cargo in CARGO.items():
        yield f"{what} before", cargo + data
        yield f"{what} behind", data + cargo
    yield "twice", data + data
    for cut in (1, 2, 3, 4, 7, 8, 12, 16, 21, 22, 23, len(data) // 2):
        yield f"{cut} bytes short", data[:-cut]
        yield f"{cut} bytes late", data[cut:]


def replaced(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def every_value(data: bytes, at: int, what: str) -> Mutations:
    """Put each other value into one byte that has but one right value."""
    for value in range(256):
        if value != data[at]:
            yield f"{what} is {value}", replaced(data, at, bytes((value,)))
