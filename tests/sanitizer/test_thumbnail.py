"""A thumbnail looks like its file and holds nothing else of it, whatever the file."""

import io
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from sanitizer import thumbnailer
from sanitizer.check.check import check_file
from sanitizer.jail import Jail
from sanitizer.outcome import FileReason, FileRefused
from sanitizer.thumbnail import make_thumbnail
from tests.sanitizer.samples import CANARY, encoded, exif_with_gps, gradient, hostile_pictures
from tests.sanitizer.test_pdf import pdf_of


def made(untrusted: bytes, side: int, jail: Jail) -> Image.Image:
    """Return a thumbnail that passed the check, opened."""
    data = make_thumbnail(untrusted, side=side, jail=jail).data
    check_file("image/jpeg", data)
    assert CANARY not in data
    return Image.open(io.BytesIO(data), formats=["JPEG"])


def difference(one: Image.Image, other: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_a_picture_becomes_small_and_stays_itself(kind: str, jail: Jail) -> None:
    original = gradient((1200, 900))
    small = made(encoded(original, kind), 256, jail)
    assert small.size == (256, 192)
    assert difference(small.convert("RGB"), original.resize((256, 192))) < 8


def test_a_small_picture_is_not_made_larger(jail: Jail) -> None:
    assert made(encoded(gradient((64, 48)), "PNG"), 256, jail).size == (64, 48)


def test_a_picture_lying_on_its_side_is_put_upright(jail: Jail) -> None:
    original = gradient((1200, 900))
    lying = encoded(original, "JPEG", exif=exif_with_gps(orientation=6), quality=95)
    small = made(lying, 256, jail)
    assert small.size == (192, 256)
    upright = original.transpose(Image.Transpose.ROTATE_270).resize((192, 256))
    assert difference(small.convert("RGB"), upright) < 8


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_who_draws_a_picture_knows_its_size_however_small_it_is_drawn(
    kind: str, jail: Jail
) -> None:
    picture = encoded(gradient((1200, 900)), kind)
    assert make_thumbnail(picture, side=256, jail=jail).pixels == (1200, 900)


def test_a_picture_lying_on_its_side_has_the_size_in_which_it_is_seen(jail: Jail) -> None:
    lying = encoded(gradient((1200, 900)), "JPEG", exif=exif_with_gps(orientation=6))
    assert make_thumbnail(lying, side=256, jail=jail).pixels == (900, 1200)


def test_a_document_has_no_size_in_pixels(jail: Jail) -> None:
    page = pdf_of(b"0 0 595 842 re f")
    assert make_thumbnail(page, side=256, jail=jail).pixels is None


def test_what_can_be_seen_through_lies_on_paper(jail: Jail) -> None:
    glass = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    assert made(encoded(glass, "PNG"), 256, jail).convert("RGB").getpixel((9, 9)) == (255,) * 3


@pytest.mark.parametrize("name", sorted(hostile_pictures()))
def test_nothing_hidden_comes_along(name: str, jail: Jail) -> None:
    made(hostile_pictures()[name], 256, jail)


def test_a_pdf_shows_its_first_page(jail: Jail) -> None:
    small = made(pdf_of(b"0.8 0 0 rg 0 0 595 842 re f"), 256, jail)
    assert small.size == (181, 256)
    red, green, blue = ImageStat.Stat(small.convert("RGB")).mean
    assert red > 190
    assert max(green, blue) < 15


@pytest.mark.parametrize(
    ("untrusted", "reason"),
    [
        (b"MZ" + bytes(100), FileReason.NOT_SUPPORTED),
        ("ただの文".encode(), FileReason.NOT_SUPPORTED),
        (encoded(gradient(), "PNG")[:100], FileReason.BROKEN),
        (encoded(Image.new("1", (20_000, 20_000)), "PNG"), FileReason.TOO_MANY_PIXELS),
        (b"", FileReason.NOT_SUPPORTED),
    ],
)
def test_what_has_no_looks_is_refused(untrusted: bytes, reason: FileReason, jail: Jail) -> None:
    with pytest.raises(FileRefused) as refusal:
        make_thumbnail(untrusted, side=256, jail=jail)
    assert refusal.value.reason is reason


@contextmanager
def thumbnailer_process() -> Iterator[socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-m", thumbnailer.__name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
            )
        ours.settimeout(60)
        yield ours
    assert process.wait(60) == 0


def ask(control: socket.socket, source: Path, target: Path) -> bytes:
    with source.open("rb") as read, target.open("wb") as write:
        socket.send_fds(control, [b"256"], [read.fileno(), write.fileno()])
        return control.recv(100)


def test_the_thumbnailer_makes_one_after_the_other_and_ends_with_its_owner(tmp_path: Path) -> None:
    photo, text, small = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    photo.write_bytes(encoded(gradient((1200, 900)), "JPEG"))
    text.write_bytes(b"x")
    with thumbnailer_process() as control:
        assert ask(control, photo, small) == thumbnailer.MADE + b" 1200 900"
        with Image.open(small) as picture:
            assert picture.size == (256, 192)
        assert ask(control, text, small) == b"not-supported"
        assert ask(control, photo, small) == thumbnailer.MADE + b" 1200 900"
        os.truncate(photo, 500)
        assert ask(control, photo, small) == b"broken"
