"""A transform stage that has been taken over (threat T14): whatever it does, nothing gets past.

Each behaviour ends in one of three ways, and each is on record with its reason: the item is
barred and the lane goes on; the link is refused; or the lane halts.
"""

from pathlib import Path

import msgspec
import pytest

from relay.normal_form import Decision, Transfer
from relay.verify.check import MAX_HOLD_MS
from tests.relay.verify.log import (
    demand_a_leaf_for_each_release,
    leaves,
    published,
    words,
)
from tests.relay.verify.peers import FarZone, Transform
from tests.relay.verify.place import (
    NOW,
    an_id,
    event,
    file_event,
    item,
    make_node,
    running,
    until,
)
from wire.bodies import (
    KINDS,
    MemberSet,
    MessageEdit,
    MessagePost,
    ProfileSet,
    ReactionSet,
    RelayNotice,
    RoomPut,
)
from wire.events import FileRef, Release
from wire.order import MAX_COUNT
from wire.payload import GENESIS
from wire.reasons import Reason
from wire.receipts import Verdict

SAFE = b"\xe5\xae\x89\xe5\x85\xa8\r\n"
NOTICE = RelayNotice(an_id("ms", 7), "held", 1, "message.post", "my-number", NOW + 1)


def says(text: str) -> Transfer:
    return item(about=event(1, MessagePost(text)))


def is_file(**changes: object) -> Transfer:
    return item(about=file_event(1, SAFE, **changes))


RULE = "file-kinds"


def kept(state: Decision, *, decision: Decision | None = None, **changes: object) -> Transfer:
    """Return what is said of a file that does not come: `held` or `refused`."""
    about = file_event(1, SAFE, state=state, sha256=None, **changes)
    return item(about=about, decision=decision or state)


def named(name: str) -> Transfer:
    return item(
        about=event(1, MessagePost("見てください"), [FileRef(an_id("fl"), name, "", 1, None)])
    )


UNCLEAN_TEXTS = {
    "bidi override": "承認\u202e済み",
    "bidi isolate": "\u2066名前\u2069",
    "zero-width space": "予\u200b算",
    "zero-width joiner between letters": "予\u200d算",
    "word joiner": "予\u2060算",
    "byte order mark": "\ufeff予算",
    "soft hyphen": "bud\u00adget",
    "tag characters": "予算\U000e0048\U000e0069",
    "hangul filler": "予\u3164算",
    "blank braille": "予\u2800算",
    "selector without a registered base": "予\U000e01ef算",
    "selector after a letter": "a\ufe0f",
    "control character": "予\x1b[31m算",
    "next line": "予\x85算",
    "line separator": "予\u2028算",
    "annotation": "\ufff9予\ufffa算\ufffb",
    "noncharacter": "予\ufdd0算",
    "unassigned": "予\U0002fffd算",
    "private use, against the settings": "予\ue000算",
    "not in NFC": "カ\u3099",
    "towering marks": "e" + "\u0330" * 31,
}

BARRED: dict[str, tuple[Transfer, Reason]] = {
    **{f"says: {name}": (says(text), Reason.UNCLEAN_TEXT) for name, text in UNCLEAN_TEXTS.items()},
    "edits with hidden characters": (
        item(about=event(1, MessageEdit(an_id("ms"), "予\u200b算"))),
        Reason.UNCLEAN_TEXT,
    ),
    "a room's name of two lines": (
        item(about=event(1, RoomPut(name="一\n二"))),
        Reason.UNCLEAN_TEXT,
    ),
    "a person's name with an override": (
        item(about=event(1, ProfileSet(an_id("us"), name="\u202e長町"))),
        Reason.UNCLEAN_TEXT,
    ),
    "a stamp that hides something": (
        item(about=event(1, ReactionSet(an_id("ms"), "\U000e0041", True))),
        Reason.UNCLEAN_TEXT,
    ),
    "a file name that runs backwards": (named("\u202egnp.exe"), Reason.UNCLEAN_TEXT),
    "a change that carries a payload": (
        item(decision="altered", changes=["a\u200bb"]),
        Reason.UNCLEAN_TEXT,
    ),
    "a file that is a path": (is_file(name="../資料.txt"), Reason.UNCLEAN_TEXT),
    **{
        f"a file with a sign of paths in its name: {sign}": (
            is_file(name=f"a{sign}資料.txt"),
            Reason.UNCLEAN_TEXT,
        )
        for sign in '/\\:*?"<>|'
    },
    "a hidden file": (is_file(name=".profile"), Reason.UNCLEAN_TEXT),
    "what was removed is named in tags": (
        is_file(removed=[("\U000e0041", 1)]),
        Reason.UNCLEAN_TEXT,
    ),
    "a kind that is not allowed": (
        item(about=event(1, MemberSet(an_id("us"), "owner"))),
        Reason.KIND_NOT_ALLOWED,
    ),
    "the largest stamp there is": (
        item(about=msgspec.structs.replace(event(1), hlc=MAX_COUNT)),
        Reason.CLOCK_AHEAD,
    ),
    "released by nobody": (item(decision="released"), Reason.NO_AUTHORITY),
    "a release of its own making": (
        item(about=msgspec.structs.replace(event(1), release=Release(0, GENESIS, "pass"))),
        Reason.NO_AUTHORITY,
    ),
    "the password of a file": (
        item(
            about=event(
                1,
                MessagePost("見てください"),
                [FileRef(an_id("fl"), "資料.xlsx", "", 1, None, password="ひらけ")],
            )
        ),
        Reason.NO_AUTHORITY,
    ),
    "a held event itself": (item(decision="held"), Reason.NO_AUTHORITY),
    "a denied event itself": (item(decision="denied"), Reason.NO_AUTHORITY),
    "a notice that passes": (item(about=event(1, NOTICE)), Reason.NO_AUTHORITY),
    "a notice of something else": (
        item(about=event(1, NOTICE), decision="denied"),
        Reason.NO_AUTHORITY,
    ),
    "a notice of an unknown kind": (
        item(about=event(1, msgspec.structs.replace(NOTICE, what="x")), decision="held"),
        Reason.NO_AUTHORITY,
    ),
    "a notice of what is held for ever": (
        item(
            about=event(1, msgspec.structs.replace(NOTICE, until=NOW + MAX_HOLD_MS + 1)),
            decision="held",
        ),
        Reason.NO_AUTHORITY,
    ),
    "a notice of what is held no more": (
        item(about=event(1, msgspec.structs.replace(NOTICE, until=NOW)), decision="held"),
        Reason.NO_AUTHORITY,
    ),
    "a notice of what is denied until later": (
        item(about=event(1, msgspec.structs.replace(NOTICE, state="denied")), decision="denied"),
        Reason.NO_AUTHORITY,
    ),
    "nothing that passes": (item(about=None, event=None), Reason.NO_AUTHORITY),
    "files of a reaction": (
        item(
            about=event(
                1, ReactionSet(an_id("ms"), "+1", True), [FileRef(an_id("fl"), "a", "", 1, None)]
            )
        ),
        Reason.NO_AUTHORITY,
    ),
    "a refused file with bytes": (
        item(about=file_event(1, SAFE, state="refused"), decision="refused"),
        Reason.NO_AUTHORITY,
    ),
    "a clean file that was altered": (
        item(about=file_event(1, SAFE), decision="altered"),
        Reason.NO_AUTHORITY,
    ),
    "a file without bytes": (is_file(sha256=None), Reason.FILE_CHECK),
    "a program as a file": (is_file(media="application/x-msdownload"), Reason.FILE_KIND),
    "a file of no size": (is_file(size=0), Reason.FILE_TOO_LARGE),
    "a file that is too large": (is_file(size=2_000_000), Reason.FILE_TOO_LARGE),
    "a file that is held by no rule": (kept("held", until=NOW + 1), Reason.NO_AUTHORITY),
    "a file that is held without an end": (kept("held", rule=RULE), Reason.NO_AUTHORITY),
    "a file that is held for ever": (
        kept("held", rule=RULE, until=NOW + MAX_HOLD_MS + 1),
        Reason.NO_AUTHORITY,
    ),
    "a file of which something is counted by no rule": (
        kept("refused", found=1),
        Reason.NO_AUTHORITY,
    ),
    "a file that is held no more": (kept("held", rule=RULE, until=NOW), Reason.NO_AUTHORITY),
    "a refused file that waits": (
        kept("refused", decision="denied", rule=RULE, until=NOW + 1),
        Reason.NO_AUTHORITY,
    ),
    "a refused file upon which somebody decides": (
        kept("refused", desk="security"),
        Reason.NO_AUTHORITY,
    ),
    "a clean file by a rule": (is_file(rule=RULE), Reason.NO_AUTHORITY),
    "a clean file that waits": (is_file(until=NOW + 1), Reason.NO_AUTHORITY),
    "a rule with hidden characters": (
        kept("held", rule="a\u200bb", until=NOW + 1),
        Reason.UNCLEAN_TEXT,
    ),
    "a refusal in words of its own": (
        item(
            about=file_event(1, SAFE, state="refused", sha256=None, reason="call-me"),
            decision="refused",
        ),
        Reason.NO_AUTHORITY,
    ),
}


@pytest.fixture
def folder(root: Path) -> Path:
    return make_node(
        root, kinds=sorted(KINDS - {"member.set"}), max_file_bytes=1_000_000, private_use=False
    )


@pytest.mark.parametrize("behaviour", BARRED)
async def test_an_item_is_barred_and_the_lane_goes_on(folder: Path, behaviour: str) -> None:
    bad, reason = BARRED[behaviour]
    transform, far = Transform(folder), FarZone(folder)
    async with running(folder), transform.connected(), far.connected():
        await transform.hand_over(bad, item(about=event(2)))
        await until(lambda: len(transform.verdicts()) == 2)
    assert transform.verdicts() == {1: Verdict.REFUSED, 2: Verdict.DELIVERED}
    assert transform.reason(1) is reason
    assert far.states_told_of(1) == (["refused"] if reason is Reason.FILE_CHECK else [])
    assert words(leaves(folder))[0][1] == reason
    assert published(folder) == 2
    demand_a_leaf_for_each_release(folder, far)
