"""A drawing comes out as a picture, and nothing in it acts or points outward."""

import io
from pathlib import Path

import pytest
from PIL import Image

from sanitizer.jail import Jail
from sanitizer.outcome import FileReason, Removed
from sanitizer.sanitize import sanitize_file

NAMES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
HEAD = f'<svg {NAMES} width="20" height="10">'
RED = '<rect width="20" height="10" fill="red"/>'


def drawn(jail: Jail, body: str, head: str = HEAD) -> tuple[Image.Image, dict[Removed, int]]:
    outcome = sanitize_file(f"{head}{body}</svg>".encode(), name="図.svg", jail=jail)
    assert outcome.state != "refused", outcome.reason
    assert (outcome.name, outcome.media) == ("図.png", "image/png")
    picture = Image.open(io.BytesIO(outcome.data)).convert("RGBA")
    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture).convert("RGB"), dict(outcome.receipt.removed)


def test_a_drawing_is_drawn(jail: Jail) -> None:
    picture, removed = drawn(jail, RED)
    assert picture.size == (1600, 800)
    assert picture.getpixel((800, 400)) == (255, 0, 0)
    assert not removed


def test_its_text_is_drawn(jail: Jail) -> None:
    if not Path("/usr/share/fonts/truetype").is_dir():
        pytest.skip("there is not one font on this machine")
    picture, _ = drawn(jail, '<text x="1" y="8" font-size="8">HHHH</text>')
    assert picture.convert("L").getextrema() == (0, 255)


@pytest.mark.parametrize(
    ("hostile", "removed"),
    [
        ("<script>alert(1)</script>", Removed.SCRIPT),
        ('<g onload="alert(1)"/>', Removed.SCRIPT),
        ("<foreignObject><p>x</p></foreignObject>", Removed.EMBEDDED_FILE),
        ('<image width="20" height="10" href="/etc/hostname"/>', Removed.EXTERNAL_LINK),
        ('<image width="9" height="9" xlink:href="file:///etc/hosts"/>', Removed.EXTERNAL_LINK),
        ('<image width="20" height="10" href="http://192.0.2.1/x.png"/>', Removed.EXTERNAL_LINK),
        ('<use href="other.svg#a"/>', Removed.EXTERNAL_LINK),
        ("<style>@import url(http://192.0.2.1/x.css);</style>", Removed.EXTERNAL_LINK),
        ('<g style="fill:url(http://192.0.2.1/x)"/>', Removed.EXTERNAL_LINK),
        ("<metadata>secret</metadata>", Removed.METADATA),
    ],
)
def test_what_acts_or_points_outward_is_cut_away(
    jail: Jail, hostile: str, removed: Removed
) -> None:
    picture, counted = drawn(jail, RED + hostile)
    assert picture.getpixel((5, 5)) == (255, 0, 0)
    assert counted == {removed: 1}


def test_a_million_laughs_are_not_funny(jail: Jail) -> None:
    entities = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(12))
    bomb = f'<!DOCTYPE svg [<!ENTITY l0 "ha">{entities}]>{HEAD}<text>&l12;</text></svg>'
    assert sanitize_file(bomb.encode(), name="x.svg", jail=jail).reason is FileReason.BROKEN


def test_a_file_in_an_entity_is_not_read(jail: Jail) -> None:
    kind = '<!DOCTYPE svg [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
    drawing = f"{kind}{HEAD}<text>&f;</text>{RED}</svg>"
    outcome = sanitize_file(drawing.encode(), name="x.svg", jail=jail)
    assert outcome.state == "clean"


@pytest.mark.parametrize("end", ["</svg", "</g></svg>", "<svg>" * 300 + "</svg>" * 301])
def test_an_impossible_drawing_is_refused(jail: Jail, end: str) -> None:
    outcome = sanitize_file(f"{HEAD}{RED}{end}".encode(), name="x.svg", jail=jail)
    assert outcome.reason in {FileReason.BROKEN, FileReason.TOO_MANY_PARTS}


def test_what_would_take_for_ever_is_drawn_more_coarsely(jail: Jail) -> None:
    slow = '<filter id="f" primitiveUnits="objectBoundingBox"><feMorphology radius="0.1"/></filter>'
    head = f'<svg {NAMES} width="200" height="200">'
    picture, _ = drawn(jail, f'{slow}<rect width="160" height="160" filter="url(#f)"/>', head)
    assert picture.width < 1600
    assert picture.getpixel((picture.width // 2, picture.width // 2)) == (0, 0, 0)
