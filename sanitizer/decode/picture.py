"""Pictures: to upright sRGB pixels, and nothing besides.

Runs in the jail, in the child that sees the file.
"""

import io
from collections import Counter
from collections.abc import Iterator

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from sanitizer import intermediate
from sanitizer.decode.leftovers import GPS_TAG, count_leftovers
from sanitizer.intermediate import Mode, Picture
from sanitizer.kinds import Kind
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Count, Report

# The one decoder for each kind: Pillow tries no other, whatever the bytes look like.
FORMATS = {
    Kind.JPEG: "JPEG",
    Kind.PNG: "PNG",
    Kind.WEBP: "WEBP",
    Kind.GIF: "GIF",
    Kind.BMP: "BMP",
    Kind.TIFF: "TIFF",
    Kind.AVIF: "AVIF",
    Kind.HEIC: "HEIF",
}

# Kinds whose frames are all kept; of any other, the first is the picture.
ANIMATED = {Kind.GIF}
# Ten minutes at the speed of a slide show, or half a minute of film.
MAX_FRAMES = 600
MAX_DURATION_MS = 60_000

# Beyond this a JPEG keeps noise that nobody sees; below that, blocks show.
MAX_JPEG_QUALITY, MIN_JPEG_QUALITY = 88, 60

# Sum of the standard luminance table (T.81, table K.1), which libjpeg scales by its quality.
STANDARD_QUANTISER_SUM = 3688


def decode_picture(
    kind: Kind, untrusted: bytes, max_pixels: int, report: Report
) -> Iterator[intermediate.Record]:
    """Yield the picture in `untrusted`, or the frames of the animation."""
    image = open_picture(kind, untrusted, max_pixels)
    frames: int = getattr(image, "n_frames", 1)
    report.removed.update(count_leftovers(kind, untrusted) + _attached(kind, image))
    report.counts[Count.PICTURES_BEFORE] += frames
    if kind is Kind.TIFF and frames > 1:
        raise FileRefused(FileReason.TOO_MANY_PARTS)
    if kind not in ANIMATED or frames == 1:
        yield as_seen(image, quality=_quality(image, untrusted))
        return
    if frames > MAX_FRAMES or frames * image.width * image.height > max_pixels:
        raise FileRefused(FileReason.TOO_MANY_PIXELS)
    for index in range(frames):
        image.seek(index)
        yield as_seen(image, duration_ms=_duration(image))


def open_picture(kind: Kind, untrusted: bytes, max_pixels: int) -> Image.Image:
    """Return the picture with its pixels read, having looked at its size before."""
    image = open_unread(kind, untrusted, max_pixels)
    image.load()
    return image


def open_unread(kind: Kind, untrusted: bytes, max_pixels: int) -> Image.Image:
    """Return the picture, of a bearable size, with its pixels still to be read."""
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked below, before any pixel is read
    try:
        image = Image.open(io.BytesIO(untrusted), formats=[FORMATS[kind]])
    except UnidentifiedImageError:
        raise FileRefused(FileReason.BROKEN) from None
    if image.width * image.height > max_pixels or max(image.size) > intermediate.MAX_SIDE:
        raise FileRefused(FileReason.TOO_MANY_PIXELS)
    return image


def _duration(image: Image.Image) -> int:
    """Return how long a frame is shown; browsers give a tenth of a second to what names none."""
    return min(MAX_DURATION_MS, max(0, int(image.info.get("duration", 0)))) or 100


def _attached(kind: Kind, image: Image.Image) -> Counter[Removed]:
    """Return what the decoder itself found beside the picture, where we scan no container."""
    if kind not in (Kind.HEIC, Kind.AVIF, Kind.TIFF, Kind.GIF):
        return Counter()
    names = {
        "exif": Removed.EXIF,
        "xmp": Removed.XMP,
        "icc_profile": Removed.ICC,
        "comment": Removed.COMMENT,
        "thumbnails": Removed.THUMBNAIL,
    }
    found = Counter(removed for name, removed in names.items() if image.info.get(name))
    if image.getexif().get_ifd(GPS_TAG):
        found[Removed.GPS] += 1
    return found


def as_seen(image: Image.Image, *, quality: int = 0, duration_ms: int = 0) -> Picture:
    """Return `image` as it is meant to be seen: upright, in sRGB, eight bits a channel."""
    upright = ImageOps.exif_transpose(image)
    plain = _plain(_in_srgb(upright))
    mode = {"L": Mode.GRAY, "RGB": Mode.RGB, "RGBA": Mode.RGBA}[plain.mode]
    return Picture(mode, plain.width, plain.height, quality, duration_ms, plain.tobytes())


def _in_srgb(image: Image.Image) -> Image.Image:
    """Apply the colour profile, if there is one that fits the picture."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    target = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode == "L" or "sRGB" in ImageCms.getProfileDescription(source):
            return image
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode=target
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a profile nobody can use is as good as none
    return converted or image


def _plain(image: Image.Image) -> Image.Image:
    """Return `image` in one of the three modes of the intermediate form."""
    if image.mode in ("L", "RGB", "RGBA"):
        has_key = "transparency" in image.info and image.mode != "RGBA"
        return image.convert("RGBA") if has_key else image
    if image.mode.startswith("I") or image.mode == "F":
        return _sixteen_bits_to_eight(image)
    if image.mode == "1":
        return image.convert("RGBA" if "transparency" in image.info else "L")
    has_alpha = image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")


def _sixteen_bits_to_eight(image: Image.Image) -> Image.Image:
    """Sixteen bits by dropping the lower eight; what Pillow itself does is to clip at 255."""
    if image.mode == "F":
        return image.convert("L")
    return image.convert("I").point(lambda value: value / 256).convert("L")


def _quality(image: Image.Image, untrusted: bytes) -> int:
    """Return the JPEG quality that keeps what this file has; 0 where it was stored without loss."""
    if image.format == "WEBP":
        return 0 if b"VP8L" in untrusted[12:64] else MAX_JPEG_QUALITY
    if image.format in ("HEIF", "AVIF"):
        return MAX_JPEG_QUALITY
    tables: dict[int, list[int]] | None = getattr(image, "quantization", None)
    if not tables:
        return 0
    # libjpeg: percent = 200 - 2q above quality 50, 5000/q below it.
    percent = 100 * sum(tables[min(tables)]) / STANDARD_QUANTISER_SUM
    estimate = round((200 - percent) / 2 if percent <= 100 else 5000 / percent)
    return min(MAX_JPEG_QUALITY, max(MIN_JPEG_QUALITY, estimate))
