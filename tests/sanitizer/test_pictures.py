"""Pictures come out upright, in their colours, and with nothing else in them."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat

from sanitizer.check.check import check_file
from sanitizer.jail import Jail
from sanitizer.kinds import Kind
from sanitizer.outcome import FileReason, Outcome, Removed
from sanitizer.profile import FileAction, FileLimits, Profile
from sanitizer.sanitize import sanitize_file
from tests.sanitizer.samples import CANARY, encoded, exif_with_gps, gradient, hostile_pictures

HOSTILE = hostile_pictures()


def opened(outcome: Outcome) -> Image.Image:
    assert outcome.state != "refused", outcome.reason
    return Image.open(io.BytesIO(outcome.data))


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures, 0 to 255."""
    stat = ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB")))
    return max(stat.mean)


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_hidden_crosses(jail: Jail, name: str) -> None:
    outcome = sanitize_file(HOSTILE[name], name=name, jail=jail)
    assert outcome.state == "altered"
    assert CANARY not in outcome.data
    assert b"Exif" not in outcome.data
    check_file(outcome.media, outcome.data)


@pytest.mark.parametrize(
    ("name", "removed"),
    [
        ("metadata.jpg", {Removed.EXIF, Removed.GPS, Removed.XMP, Removed.COMMENT}),
        ("trailing.jpg", {Removed.TRAILING_DATA}),
        ("app15.jpg", {Removed.METADATA}),
        ("metadata.png", {Removed.EXIF, Removed.GPS}),
        ("text.png", {Removed.COMMENT}),
        ("private.png", {Removed.METADATA}),
        ("trailing.png", {Removed.TRAILING_DATA}),
        ("metadata.webp", {Removed.EXIF, Removed.GPS, Removed.XMP}),
        ("trailing.webp", {Removed.TRAILING_DATA}),
    ],
)
def test_the_receipt_names_what_was_removed(jail: Jail, name: str, removed: set[Removed]) -> None:
    outcome = sanitize_file(HOSTILE[name], name=name, jail=jail)
    assert removed <= {what for what, _ in outcome.receipt.removed}


@pytest.mark.parametrize("suffix", ["png", "webp", "jpg"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_plain_picture_is_clean_and_looks_the_same(jail: Jail, suffix: str, mode: str) -> None:
    picture = gradient(mode=mode)
    name = {"png": "PNG", "webp": "WEBP", "jpg": "JPEG"}[suffix]
    outcome = sanitize_file(encoded(picture, name), name=f"写真.{suffix}", jail=jail)
    assert outcome.state == "clean"
    assert outcome.name == f"写真.{'png' if suffix == 'png' else 'jpg'}"
    assert difference(opened(outcome), picture) < 3


@pytest.mark.parametrize(
    ("mode", "lossless", "expected"),
    [("RGB", False, "x.jpg"), ("RGB", True, "x.png"), ("RGBA", False, "x.png")],
)
def test_a_webp_becomes_what_loses_nothing_that_it_has(
    jail: Jail, mode: str, lossless: bool, expected: str
) -> None:
    picture = gradient(mode=mode)
    if mode == "RGBA":
        picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    data = encoded(picture, "WEBP", lossless=lossless)
    outcome = sanitize_file(data, name="x.webp", jail=jail)
    assert outcome.name == expected
    assert difference(on_white(opened(outcome)), on_white(picture)) < 6


def on_white(picture: Image.Image) -> Image.Image:
    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture.convert("RGBA")).convert("RGB")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright(jail: Jail, orientation: int) -> None:
    data = encoded(gradient(), "JPEG", exif=exif_with_gps(orientation), quality=95)
    outcome = opened(sanitize_file(data, name="photo.jpg", jail=jail))
    assert outcome.size == ((64, 48) if orientation < 5 else (48, 64))
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation)
    expected = gradient() if turn is None else gradient().transpose(turn)
    assert difference(outcome, expected) < 3


def test_transparency_is_kept(jail: Jail) -> None:
    picture = gradient(mode="RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    for suffix, options in (("png", {}), ("webp", {"lossless": True})):
        data = encoded(picture, suffix.upper(), **options)
        outcome = opened(sanitize_file(data, name=f"x.{suffix}", jail=jail))
        alpha = ImageChops.difference(outcome.getchannel("A"), picture.getchannel("A"))
        assert alpha.getextrema() == (0, 0)


@pytest.mark.parametrize(
    "odd",
    [
        lambda: gradient().quantize(200),
        lambda: gradient().convert("1"),
        lambda: gradient(mode="L").convert("LA"),
        lambda: Image.linear_gradient("L").convert("I").point(lambda v: v * 256).convert("I;16"),
    ],
    ids=["palette", "bilevel", "gray with alpha", "sixteen bits"],
)
def test_every_sort_of_png_comes_through(jail: Jail, odd: Callable[[], Image.Image]) -> None:
    picture = odd()
    outcome = opened(sanitize_file(encoded(picture, "PNG"), name="x.png", jail=jail))
    expected = Image.linear_gradient("L") if picture.mode == "I;16" else picture
    assert difference(outcome, expected) < 3


def test_a_drawing_of_few_colours_stays_small(jail: Jail) -> None:
    drawing = Image.new("RGB", (400, 300), "white")
    drawing.paste((200, 0, 0), (50, 50, 300, 200))
    outcome = sanitize_file(encoded(drawing, "PNG"), name="x.png", jail=jail)
    assert opened(outcome).mode == "P"
    assert difference(opened(outcome), drawing) == 0


def test_a_colour_profile_is_applied_and_removed(jail: Jail) -> None:
    lab_like = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    data = encoded(gradient(), "PNG", icc_profile=lab_like)
    outcome = sanitize_file(data, name="x.png", jail=jail)
    assert (Removed.ICC, 1) in outcome.receipt.removed
    assert b"iCCP" not in outcome.data


def test_an_animated_webp_gives_its_first_picture(jail: Jail) -> None:
    frames = [gradient(), gradient().rotate(180), gradient().rotate(90)]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    outcome = sanitize_file(data, name="x.webp", jail=jail)
    assert (Removed.ANIMATION_FRAMES, 3) in outcome.receipt.removed
    assert difference(opened(outcome), frames[0]) < 3


def test_an_animated_gif_stays_animated(jail: Jail) -> None:
    frames = [gradient(), gradient().rotate(180), gradient().rotate(90)]
    options = {"append_images": frames[1:], "duration": [100, 200, 300], "comment": CANARY}
    data = encoded(frames[0], "GIF", save_all=True, **options)
    outcome = sanitize_file(data, name="x.gif", jail=jail)
    assert CANARY not in outcome.data
    assert (outcome.receipt.pictures_before, outcome.receipt.pictures_after) == (3, 3)
    moving, source = opened(outcome), Image.open(io.BytesIO(data))
    for index in range(3):
        moving.seek(index)
        source.seek(index)
        assert difference(moving, source) < 8
        assert moving.info["duration"] == source.info["duration"]


@pytest.mark.parametrize(
    ("name", "suffix", "media"),
    [
        ("GIF", "gif", "image/gif"),
        ("BMP", "bmp", "image/png"),
        ("TIFF", "tif", "image/png"),
        ("AVIF", "avif", "image/jpeg"),
    ],
)
def test_other_pictures_come_through(jail: Jail, name: str, suffix: str, media: str) -> None:
    outcome = sanitize_file(encoded(gradient(), name), name=f"x.{suffix}", jail=jail)
    assert outcome.media == media
    assert difference(opened(outcome), gradient()) < 8


def test_photos_of_telephones_in_heic_come_through(jail: Jail, corpus: Path) -> None:
    for photo in (corpus / "photos").glob("*.HEIC"):
        outcome = sanitize_file(photo.read_bytes(), name=photo.name, jail=jail)
        assert outcome.media == "image/jpeg"
        assert opened(outcome).width > 1000


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(jail: Jail) -> None:
    bomb = encoded(Image.new("1", (20_000, 20_000)), "PNG")
    outcome = sanitize_file(bomb, name="bomb.png", jail=jail)
    assert outcome.reason is FileReason.TOO_MANY_PIXELS


@pytest.mark.parametrize("cut", [4, 20, 60, 200, -30])
@pytest.mark.parametrize("suffix", ["jpeg", "png", "webp"])
def test_a_broken_picture_is_refused(jail: Jail, suffix: str, cut: int) -> None:
    data = encoded(gradient((200, 150)), suffix.upper())[:cut]
    outcome = sanitize_file(data, name=f"x.{suffix}", jail=jail)
    assert outcome.reason in {FileReason.BROKEN, FileReason.UNKNOWN_KIND, FileReason.KIND_MISMATCH}
    assert (outcome.data, outcome.media, outcome.name) == (b"", "", "")


def test_extension_and_content_must_agree(jail: Jail) -> None:
    outcome = sanitize_file(encoded(gradient(), "PNG"), name="x.jpg", jail=jail)
    assert outcome.reason is FileReason.KIND_MISMATCH
    assert (outcome.receipt.kind_named, outcome.receipt.kind_found) == (Kind.JPEG, Kind.PNG)
    assert "JPEG画像" in outcome.receipt.sentence("ja")
    assert "PNG画像" in outcome.receipt.sentence("ja")


def test_a_profile_can_hold_and_refuse_a_kind(jail: Jail) -> None:
    png = encoded(gradient(), "PNG")
    for action, reason in (
        (FileAction.HOLD, FileReason.NEEDS_APPROVAL),
        (FileAction.REFUSE, FileReason.AGAINST_POLICY),
    ):
        profile = Profile(actions={Kind.PNG: action})
        assert sanitize_file(png, name="x.png", jail=jail, profile=profile).reason is reason


def test_limits_are_kept(jail: Jail) -> None:
    png = encoded(gradient(), "PNG")
    small = Profile(FileLimits(max_bytes=100))
    assert sanitize_file(png, name="x.png", jail=jail, profile=small).reason is FileReason.TOO_LARGE
    coarse = Profile(FileLimits(max_pixels=64 * 48 - 1))
    assert (
        sanitize_file(png, name="x.png", jail=jail, profile=coarse).reason
        is FileReason.TOO_MANY_PIXELS
    )
    assert sanitize_file(b"", name="x.png", jail=jail).reason is FileReason.EMPTY


def test_real_photos_come_through_and_carry_nothing(jail: Jail, corpus: Path) -> None:
    photos = sorted(p for p in (corpus / "photos").rglob("*.jp*g") if p.stat().st_size < 3 << 20)
    assert photos
    refused = []
    for photo in photos[:40]:
        outcome = sanitize_file(photo.read_bytes(), name=photo.name, jail=jail)
        if outcome.state == "refused":
            refused.append((photo.name, outcome.reason))
            continue
        check_file(outcome.media, outcome.data)
        assert not opened(outcome).getexif()
    assert not refused
