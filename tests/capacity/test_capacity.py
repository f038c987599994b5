"""What a taken-over encoder hides does not pass; the short form of `python3 dev.py capacity`."""

from pathlib import Path

import pytest

from tests.capacity.__main__ import NAMES, every_attack
from tests.capacity.attack import Attack, Channel, accepted

ROOT = Path(__file__).resolve().parents[2]

HIDDEN = {
    f"{NAMES[attack.media]}: {attack.what}": attack
    for attack in every_attack()
    if attack.channel is Channel.HIDDEN
}
TOLD = {
    f"{NAMES[attack.media]}: {attack.what}": attack
    for attack in every_attack()
    if attack.channel is not Channel.HIDDEN
}
# Each way is tried with what fits into the smallest of files, and with a kilobyte.
SHORT = (1024, 64, 4, 1)
# In ten seconds of sound there are 500 packets, of which each says a byte of how it is coded.
MOST = {
    "PDF: in invisible words": 65_536,
    "PDF: in places of words": 65_536,
    "PDF: in addresses of links": 16_384,
    "Ogg: in longer packets, ten seconds": 0,
    "Ogg: instead of sound, ten seconds": 65_536,
    "WebM: behind the frames, ten seconds of 64 by 48": 262_144,
}


@pytest.mark.parametrize("name", HIDDEN)
def test_nothing_hidden_passes(name: str) -> None:
    assert accepted(HIDDEN[name], SHORT) == 0


@pytest.mark.parametrize("name", MOST)
def test_what_is_not_hidden_is_bounded(name: str) -> None:
    attack: Attack = TOLD[name]
    assert accepted(attack, (4 * MOST[name] or 1,)) == 0


def test_words_pass_as_words_and_sound_as_sound() -> None:
    for name in ("PDF: in invisible words", "docx: in a hidden run", "text: in text"):
        assert accepted(TOLD[name], (1024,)) == 1024, name
    assert accepted(TOLD["Ogg: instead of sound, ten seconds"], (1024,)) == 1024


def test_the_table_in_the_documents_names_every_way() -> None:
    text = (ROOT / "docs/sanitising.md").read_text(encoding="utf-8")
    table = text.partition("<!-- capacity: begin -->\n")[2].partition("<!-- capacity: end -->")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:4]] for line in table.splitlines()[2:]]
    assert rows == [[NAMES[a.media], a.what, a.channel] for a in every_attack()]
