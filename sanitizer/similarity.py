"""How alike two pictures of the same thing look: from 0, nothing in common, to 1, the same.

The structural similarity (SSIM) of Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment:
from error visibility to structural similarity", IEEE Transactions on Image Processing 13 (4), 2004,
equation 13 with its constants, of both in gray.  Other than there the windows are blocks of 8 by 8
that do not overlap, and those in which both are blank do not count: on white paper, a line that is
missing would else be lost in the mean.

Runs in the jail.  What is compared, and when, is in `sanitizer.treatment`.
"""

from array import array
from collections.abc import Callable

from PIL import Image, ImageMath

# Of the shorter side: twice what the authors' own program scales to, so that print can be told.
SIDE = 512
BLOCK = 8
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
# Shades of 255 by which a blank block may vary: paper that went through a JPEG.
BLANK = 2.0


def shrink_picture(picture: Image.Image) -> Image.Image:
    """Return `picture` as it is compared: in gray, on white paper, its shorter side `SIDE`."""
    if picture.mode == "RGBA":
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture)
    gray = picture.convert("L")
    factor = min(gray.size) // SIDE
    if factor > 1:
        gray = gray.reduce(factor)
    scale = SIDE / min(gray.size)
    if scale >= 1:
        return gray
    width, height = (max(1, round(side * scale)) for side in gray.size)
    return gray.resize((width, height), Image.Resampling.BOX)


def measure_similarity(one: Image.Image, other: Image.Image) -> float:
    """Return how alike two pictures are that `small` has made, where they are not blank."""
    if other.size != one.size:
        other = other.resize(one.size, Image.Resampling.BOX)
    a, b = one.convert("F"), other.convert("F")
    means = [_means(a), _means(b)]
    squares = [_means(_product(a, a)), _means(_product(b, b)), _means(_product(a, b))]
    found = [_block(*values) for values in zip(*means, *squares, strict=True)]
    counted = [value for value in found if value is not None]
    return max(0.0, sum(counted) / len(counted)) if counted else 1.0


def _block(mean_a: float, mean_b: float, aa: float, bb: float, ab: float) -> float | None:
    """Return the similarity of a block, None where both are blank.  `aa`, …: means of products."""
    variance_a, variance_b = max(0.0, aa - mean_a**2), max(0.0, bb - mean_b**2)
    if max(variance_a, variance_b) < BLANK**2 and abs(mean_a - mean_b) < BLANK:
        return None
    light = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
    structure = (2 * (ab - mean_a * mean_b) + C2) / (variance_a + variance_b + C2)
    return light * structure


def _product(one: Image.Image, other: Image.Image) -> Image.Image:
    multiply: Callable[[dict[str, Image.Image]], Image.Image] = lambda of: of["a"] * of["b"]  # type: ignore[operator] # noqa: E731 - of ImageMath's own operands
    product: Image.Image = ImageMath.lambda_eval(multiply, a=one, b=other)
    return product


def _means(of: Image.Image) -> "array[float]":
    return array("f", of.reduce(BLOCK).tobytes())
