"""Stages of a sanitizer that has been taken over: the encoder does as its new owner wants.

Which of its tricks it plays is the first byte of the picture's red corner, so that one jail will
do for all of them.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping

from sanitizer import intermediate, media, stages
from sanitizer.report import Count, Report
from sanitizer.worker import Parameters, Stage
from tests.sanitizer.samples import CANARY, encoded, gradient, hostile_pictures, png_chunk

PNG = encoded(gradient(), "PNG")


def _never() -> bytes:
    while True:
        time.sleep(1)


def _leave() -> bytes:
    os._exit(0)


TRICKS: tuple[Callable[[], bytes], ...] = (
    lambda: hostile_pictures()["metadata.png"],
    lambda: PNG[:33] + png_chunk(b"caNr", CANARY) + PNG[33:],
    lambda: PNG + CANARY,
    lambda: b"PK\x03\x04" + CANARY,
    lambda: b"",
    lambda: PNG[:-20],
    lambda: encoded(gradient(), "JPEG"),
    lambda: PNG[:16] + b"\x7f\xff\xff\xff" + PNG[20:],
    lambda: os.urandom(1 << 20),
    lambda: bytes(64 << 20),
    lambda: b"<html>" + CANARY,
    _never,
    _leave,
)


def warm() -> Mapping[str, Stage]:
    return {**stages.warm(), "decode": rogue_decoder(stages.warm()["decode"]), "encode": rogue}


def rogue_decoder(honest: Stage) -> Stage:
    """Return a decoder that is honest with pictures, and with nothing else."""

    def stage(untrusted: memoryview, parameters: Parameters, report: Report) -> Iterable[bytes]:
        if parameters["kind"] == "png":
            return [bytes(piece) for piece in honest(untrusted, parameters, report)]
        if parameters["kind"] == "pdf":
            report.counts[Count.PAGES_BEFORE] = 10**11
            return [
                bytes(piece) for piece in intermediate.pack(intermediate.IntermediatePage(9, 9))
            ]
        return [b"M" + b"\xff" * 40]

    return stage


def rogue(untrusted: memoryview, parameters: Parameters, _: Report) -> Iterable[bytes]:
    if parameters["media"] == media.LAYERS:
        return [bytes(untrusted)]
    (picture,) = intermediate.unpack(untrusted)
    assert isinstance(picture, intermediate.Picture)
    return [TRICKS[bytes(picture.pixels[:1])[0]]()]
