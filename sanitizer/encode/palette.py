"""The colours of a picture in order, each once, and for each pixel which of them it has."""

from collections.abc import Sequence

from PIL import Image

Colour = tuple[int, ...]


def in_order(indexed: Image.Image, colours: Sequence[Colour]) -> tuple[list[Colour], Image.Image]:
    """Return the colours of `indexed` that pixels have, sorted, and their numbers as a picture.

    `indexed`: one byte a pixel, a number in `colours`.
    """
    counts = indexed.histogram()
    used = sorted({colour for colour, count in zip(colours, counts, strict=False) if count})
    places = {colour: place for place, colour in enumerate(used)}
    table = [places.get(colour, 0) for colour in colours]
    table += [0] * (256 - len(table))
    numbers = Image.frombytes("L", indexed.size, indexed.tobytes())
    return used, numbers.point(table)


def palette_of(indexed: Image.Image) -> list[Colour]:
    """Return the colours of a picture with a palette: red, green, blue, alpha."""
    flat = indexed.getpalette("RGBA") or []
    return [tuple(flat[at : at + 4]) for at in range(0, len(flat), 4)]
