"""How a file and what came of it look is compared, and stands in the receipt."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from sanitizer.jail import Jail
from sanitizer.media import PDF
from sanitizer.profile import DEFAULT_PROFILE, Profile, Similarity
from sanitizer.profile_file import read_profile
from sanitizer.redraw import redraw_file
from sanitizer.sampling import MAX_COMPARED, sampled_pages
from sanitizer.sanitize import sanitize_file
from sanitizer.sentences import ALIKE
from sanitizer.session import Passage, Redrawn
from sanitizer.shared_memory import Parcel
from sanitizer.similarity import SIDE, measure_similarity, shrink_picture
from sanitizer.treatment.compared import compare_looks, looks_of
from tests.sanitizer.faithfulness import files, similarities
from tests.sanitizer.samples import encoded, gradient
from tests.sanitizer.test_office import word
from tests.sanitizer.test_pdf import WORDS, pdf_of
from tests.sanitizer.test_profile import two_pages


def page(*lines: str, size: tuple[int, int] = (1654, 2339)) -> Image.Image:
    picture = Image.new("L", size, 255)
    for number, line in enumerate(lines):
        place = (150, 150 + 90 * number)
        ImageDraw.Draw(picture).text(place, line, fill=0, font_size=size[0] // 30)
    return picture


LINES = [f"Line {number} of a letter to the citizens of the town" for number in range(20)]


def alike(one: Image.Image, other: Image.Image) -> float:
    return measure_similarity(shrink_picture(one), shrink_picture(other))


def test_what_is_the_same_is_alike_and_what_is_not_is_not() -> None:
    letter = page(*LINES)
    assert alike(letter, letter) == pytest.approx(1)
    assert alike(letter, Image.open(io.BytesIO(encoded(letter, "JPEG", quality=75)))) > 0.95
    assert alike(letter, page(*reversed(LINES))) < 0.8
    assert alike(letter, page()) < 0.2
    assert alike(page(), page()) == 1


def test_the_less_is_left_the_less_alike() -> None:
    letter = page(*LINES)
    found = [alike(letter, page(*LINES[:left])) for left in (20, 19, 15, 10, 0)]
    assert found == sorted(found, reverse=True)
    assert found[1] < 0.99  # a line is missed though most of the page is paper


def test_it_is_the_measure_of_the_paper_where_nothing_is_blank() -> None:
    """Against the formula of the paper written out, on one block."""
    one = [(7 * x + 3 * y) % 256 for y in range(8) for x in range(8)]
    other = [(5 * x + 11 * y + 40) % 256 for y in range(8) for x in range(8)]
    mean_a, mean_b = sum(one) / 64, sum(other) / 64
    variance_a = sum((a - mean_a) ** 2 for a in one) / 64
    variance_b = sum((b - mean_b) ** 2 for b in other) / 64
    covariance = sum((a - mean_a) * (b - mean_b) for a, b in zip(one, other, strict=True)) / 64
    c1, c2 = 6.5025, 58.5225
    expected = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    expected /= (mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2)
    pictures = (Image.frombytes("L", (8, 8), bytes(pixels)) for pixels in (one, other))
    assert measure_similarity(*pictures) == pytest.approx(max(0.0, expected), abs=1e-4)


@given(st.integers(1, 5000))
def test_few_pages_are_compared_the_first_and_the_last_among_them(total: int) -> None:
    chosen = sampled_pages(total)
    assert len(chosen) == min(total, MAX_COMPARED)
    assert chosen == sorted(set(chosen))
    assert (chosen[0], chosen[-1]) == (0, total - 1)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_what_is_compared_is_gray_and_small(mode: str) -> None:
    looked = shrink_picture(gradient((3000, 4000)).convert(mode))
    assert looked.mode == "L"
    assert min(looked.size) == SIDE


SAMPLES: dict[str, Callable[[], bytes]] = {
    "a.jpg": lambda: encoded(gradient((900, 700)), "JPEG"),
    "a.png": lambda: encoded(gradient((900, 700), "RGBA"), "PNG"),
    "a.webp": lambda: encoded(gradient((900, 700)), "WEBP"),
    "a.gif": lambda: encoded(gradient((200, 100), "P"), "GIF"),
    "a.bmp": lambda: encoded(gradient((200, 100)), "BMP"),
    "a.tiff": lambda: encoded(gradient((200, 100)), "TIFF"),
    "b.tiff": two_pages,
    "a.pdf": lambda: pdf_of(WORDS),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_what_comes_out_looks_like_what_came_in(jail: Jail, name: str) -> None:
    receipt = sanitize_file(SAMPLES[name](), name=name, jail=jail).receipt
    assert receipt.similarity is not None
    assert receipt.similarity > 0.9
    assert "類似度" not in receipt.sentence("ja")


def test_frames_that_an_encoder_leaves_out_are_not_missed(jail: Jail) -> None:
    frames = [Image.new("L", (200, 100), shade) for shade in (0, 0, 200, 200)]
    animation = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)
    assert sanitize_file(animation, name="a.gif", jail=jail).receipt.similarity == 1


@pytest.mark.parametrize("count", [1, 3])
def test_what_is_clear_in_a_gif_stays_clear(jail: Jail, count: int) -> None:
    frames = []
    for number in range(count):
        frame = gradient((200, 100), "RGBA")
        ImageDraw.Draw(frame).rectangle((20 * number, 10, 120, 60), fill=(0, 0, 0, 0))
        frames.append(frame)
    clear = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], disposal=2)
    outcome = sanitize_file(clear, name="a.gif", jail=jail)
    drawn = Image.open(io.BytesIO(outcome.data)).convert("RGBA")
    assert drawn.getpixel((80, 30))[3] == 0  # type: ignore[index]  # of an RGBA picture
    assert drawn.getpixel((150, 80))[3] == 255  # type: ignore[index]
    assert (outcome.receipt.similarity or 0) > 0.9


def test_the_receipt_tells_people_to_look_where_it_may_look_other(jail: Jail) -> None:
    receipt = sanitize_file(SAMPLES["a.jpg"](), name="a.jpg", jail=jail).receipt
    doubtful = replace(receipt, similarity=ALIKE - 0.01)
    assert f"類似度{ALIKE - 0.01:.2f}" in doubtful.sentence("ja")
    assert f"similarity {ALIKE - 0.01:.2f}" in doubtful.sentence("en")


def seen_and_made(jail: Jail, before: bytes, after: bytes) -> int | None:
    passage = Passage(jail, DEFAULT_PROFILE, redraw_file)
    with Parcel.of(before) as source:
        compare_looks(passage, looks_of(passage, source, PDF), Redrawn(PDF, after))
    return passage.report.similarity


def test_pages_that_differ_are_told_in_the_jail(jail: Jail) -> None:
    letter, other = pdf_of(WORDS), pdf_of(b"100 100 300 500 re f")
    assert seen_and_made(jail, letter, letter) == 1000
    assert (seen_and_made(jail, letter, other) or 0) < 200


def test_a_profile_can_leave_it_out_and_words_have_no_looks(jail: Jail) -> None:
    quick = read_profile("[similarity]\npages = false\n")
    assert (
        sanitize_file(pdf_of(WORDS), name="a.pdf", jail=jail, profile=quick).receipt.similarity
        is None
    )
    assert sanitize_file(b"words", name="a.txt", jail=jail).receipt.similarity is None


@pytest.mark.needs("soffice")
def test_office_files_are_compared_where_the_profile_asks(jail: Jail) -> None:
    outcome = sanitize_file(word("<w:p><w:r><w:t>関所</w:t></w:r></w:p>"), name="a.docx", jail=jail)
    assert outcome.receipt.similarity is None
    document = outcome.data  # LibreOffice opens no package as bare as the sample
    asked = Profile(similarity=Similarity(office=True))
    receipt = sanitize_file(document, name="a.docx", jail=jail, profile=asked).receipt
    assert receipt.similarity is not None
    assert receipt.similarity > 0.95


@pytest.mark.parametrize(("group", "every", "least"), [("pictures", 25, 0.9), ("pdf", 50, 0.9)])
def test_real_files_keep_their_looks(
    jail: Jail, corpus: Path, group: str, every: int, least: float
) -> None:
    found = dict(similarities(files(group, every, corpus), jail))
    assert len(found) >= 3
    assert median(found.values()) > least, found
