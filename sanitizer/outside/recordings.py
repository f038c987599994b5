"""Sound and film through ffmpeg: what decodes never encodes, what encodes never saw the file.

    file ─▶ ffprobe    (which streams, how long: words from a closed list)
    file ─▶ ffmpeg ─▶ samples ─▶ another ffmpeg ─▶ Opus packets, in an Ogg file
    file ─▶ ffmpeg ─▶ pixels ──▶ another ffmpeg ─▶ VP8 frames, in an IVF file
                            └ counted frame by frame on their way, here

Each ffmpeg has a cell of its own.  The containers that people get are written elsewhere, by us.
"""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from confinement.launching import Launcher
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.outside import ffmpeg
from sanitizer.outside.cell_link import Cell, CellUnsafe
from sanitizer.outside.cell_terms import Request, Terms
from sanitizer.shared_memory import Parcel

MEBIBYTE = 1 << 20

# Ten minutes: a recorded announcement, a video of a road or a burst pipe.
MAX_SECONDS = 600
SAMPLES_A_SECOND, BYTES_A_SAMPLE = 48_000, 4  # two channels of 16 bits
FRAMES_A_SECOND = 30
MAX_SIDE = 1280

# In the scratch folder lie the file, or ten minutes of samples.
TERMS = Terms(
    program=ffmpeg.__name__,
    memory_bytes=2048 * MEBIBYTE,
    scratch_bytes=512 * MEBIBYTE,
    cpu_seconds=3600,
)

QUIET = ("-nostdin", "-v", "quiet", "-y")
SAMPLES = ("-f", "s16le", "-ar", str(SAMPLES_A_SECOND), "-ac", "2")
# Square pixels, no larger than it was, upright (ffmpeg turns by itself), at a steady rate.
FILTERS = (
    f"scale=iw*sar:ih,scale=w='min({MAX_SIDE},iw)':h='min({MAX_SIDE},ih)'"
    ":force_original_aspect_ratio=decrease:force_divisible_by=2"
    f",setsar=1,fps={FRAMES_A_SECOND},format=yuv420p"
)
# Each packet of the same size, so that its length says nothing.
OPUS = ("-c:a", "libopus", "-b:a", "64k", "-frame_duration", "20", "-vbr", "off")
VP8 = (
    *("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-threads", "2"),
    *("-g", "150", "-auto-alt-ref", "0", "-lag-in-frames", "0", "-error-resilient", "0"),
)
BITS_A_PIXEL = 0.1
# Twenty times what it is told to write.
BYTES_A_PIXEL_AND_SECOND = 8

_PROBED = re.compile(
    r"(?:stream,(?:audio|video),[01]\n|stream,[a-z]{1,20}(?:,[01])?\n)*"
    r"format,(\d{1,6})(?:\.\d{1,9})?\n"
)
_SHAPE = re.compile(rb"YUV4MPEG2 W(\d{1,4}) H(\d{1,4}) F30:1 Ip A1:1 C420\w{0,8}( X\w+=\w+)*\n")
FRAME = b"FRAME\n"


@dataclass(frozen=True, slots=True)
class Recording:
    """What ffprobe says a file holds."""

    has_sound: bool
    has_film: bool
    seconds: int


def is_installed(root: Path = Path("/")) -> bool:
    """Say whether ffmpeg is on the machine at `root`."""
    return all((root / path.relative_to("/")).exists() for path in ffmpeg.EXECUTES)


def probed(launcher: Launcher, source: Parcel, seconds: float) -> Recording:
    """Return what is in `source`, or raise `Refused`."""
    entries = "stream=codec_type:stream_disposition=attached_pic:format=duration"
    words = [str(ffmpeg.FFPROBE), "-v", "quiet", "-show_entries", entries, "-of", "csv"]
    line = [*words, "-o", "result", "source"]
    with _ffmpeg_of(launcher, source, line, seconds, 4096) as told:
        untrusted = told.read().decode("ascii", "replace")
    match = _PROBED.fullmatch(untrusted)
    if match is None:
        raise FileRefused(FileReason.BROKEN)
    length = int(match[1]) + 1
    if length > MAX_SECONDS:
        raise FileRefused(FileReason.TOO_LARGE)
    return Recording("stream,audio" in untrusted, "stream,video,0" in untrusted, length)


def sound(launcher: Launcher, source: Parcel, recording: Recording, seconds: float) -> bytes:
    """Return the sound in `source` as Opus in an Ogg file, or raise `Refused`."""
    decode = ["-i", "source", "-map", "0:a:0", "-t", str(recording.seconds)]
    max_bytes = (recording.seconds + 1) * SAMPLES_A_SECOND * BYTES_A_SAMPLE
    line = [str(ffmpeg.FFMPEG), *QUIET, *decode, *SAMPLES, "result"]
    with _ffmpeg_of(launcher, source, line, seconds, max_bytes) as samples:
        if samples.size % BYTES_A_SAMPLE:
            raise FileRefused(FileReason.BROKEN)
        encode = [*SAMPLES, "-i", "source", *OPUS, "-f", "ogg", "result"]
        line = [str(ffmpeg.FFMPEG), *QUIET, *encode]
        with _ffmpeg_of(launcher, samples, line, seconds, max_bytes) as encoded:
            return encoded.read()


def film(launcher: Launcher, source: Parcel, recording: Recording, seconds: float) -> bytes:
    """Return the film in `source` as VP8 in an IVF file, without sound, or raise `Refused`."""
    with (
        _pipe() as (pixels, from_decoder),
        _pipe() as (to_encoder, pixels_on),
        Cell(launcher, TERMS, stdout=from_decoder.fileno()) as decoder,
        Cell(launcher, TERMS, stdin=to_encoder.fileno()) as encoder,
        _ended_after(seconds, decoder, encoder),
        Parcel.of(b"") as nothing,
    ):
        from_decoder.close()
        to_encoder.close()
        try:
            decoder.protections()
            encoder.protections()
            decoder.begin(_decoding(source, recording), source, 0)
            size = _shape(pixels)
            max_bytes = size[0] * size[1] * recording.seconds * BYTES_A_PIXEL_AND_SECOND
            encoder.begin(_encoding(size), nothing, max_bytes)
        except CellUnsafe as unsafe:
            raise FileRefused(unsafe.reason) from None
        _count_through(pixels, pixels_on, size, (recording.seconds + 1) * FRAMES_A_SECOND)
        decoder.finish(seconds).close()
        with encoder.finish(seconds) as encoded:
            return encoded.read()


def _decoding(source: Parcel, recording: Recording) -> Request:
    words = ["-i", "source", "-map", "0:V:0", "-t", str(recording.seconds), "-vf", FILTERS]
    line = [str(ffmpeg.FFMPEG), *QUIET, *words, "-f", "yuv4mpegpipe", "pipe:1"]
    return Request(source.offset, source.size, "source", "", line)


def _encoding(size: tuple[int, int]) -> Request:
    width, height = size
    rate = int(width * height * FRAMES_A_SECOND * BITS_A_PIXEL)
    raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", f"{width}x{height}"]
    words = [*raw, "-framerate", str(FRAMES_A_SECOND), "-i", "pipe:0", *VP8, "-b:v", str(rate)]
    line = [str(ffmpeg.FFMPEG), *QUIET, *words, "-f", "ivf", "result"]
    return Request(0, 0, "nothing", "result", line)


def _shape(untrusted: BinaryIO) -> tuple[int, int]:
    match = _SHAPE.fullmatch(untrusted.readline(256))
    if match is None:
        raise FileRefused(FileReason.BROKEN)
    width, height = int(match[1]), int(match[2])
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE) or width % 2 or height % 2:
        raise FileRefused(FileReason.BROKEN)
    return width, height


def _count_through(
    untrusted: BinaryIO, target: BinaryIO, size: tuple[int, int], max_frames: int
) -> None:
    """Pass whole frames on, and nothing else; what was said about them stays behind."""
    frame_bytes = size[0] * size[1] * 3 // 2
    frames = 0
    try:
        while line := untrusted.readline(len(FRAME)):
            frame = untrusted.read(frame_bytes)
            frames += 1
            if line != FRAME or len(frame) != frame_bytes or frames > max_frames:
                raise FileRefused(FileReason.BROKEN)
            target.write(frame)
        target.close()
    except BrokenPipeError:
        return  # the encoder is gone, and will be asked why
    if frames == 0:
        raise FileRefused(FileReason.BROKEN)


@contextmanager
def _pipe() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    reading, writing = os.pipe()
    with open(reading, "rb") as source:  # noqa: PTH123 - a descriptor, not a path
        target = open(writing, "wb", buffering=0)  # noqa: PTH123, SIM115 - likewise; closed below
        try:
            yield source, target
        finally:
            target.close()


@contextmanager
def _ended_after(seconds: float, *cells: Cell) -> Iterator[None]:
    is_over = threading.Event()

    def end() -> None:
        is_over.set()
        for cell in cells:
            cell.kill()

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield
    except FileRefused:
        if is_over.is_set():
            raise FileRefused(FileReason.TIME_OUT) from None
        raise
    finally:
        timer.cancel()
        timer.join()


@contextmanager
def _ffmpeg_of(
    launcher: Launcher, source: Parcel, line: list[str], seconds: float, max_bytes: int
) -> Iterator[Parcel]:
    """Give what `line` makes of `source`: a file called so, and one called result."""
    request = Request(source.offset, source.size, "source", "result", line)
    with Cell(launcher, TERMS) as cell:
        try:
            cell.protections()
            made = cell.work(request, source, seconds=seconds, max_bytes=max_bytes)
        except CellUnsafe as unsafe:
            raise FileRefused(unsafe.reason) from None
    with made:
        yield made
