"""Events for tests: a small cast, so that events meet on the same objects."""

from hypothesis import strategies as st

from wire.bodies import (
    Body,
    FileReady,
    MemberSet,
    MessageEdit,
    MessagePost,
    MessageWithdraw,
    ProfileSet,
    ReactionSet,
    ReadSet,
    RelayNotice,
    RoomPut,
)
from wire.events import Author, Event, FileRef
from wire.fields import OtherReader
from wire.ids import mint_id
from wire.lane import Zone

NOW = 1_790_000_000_000


def an_id(prefix: str, number: int) -> str:
    """Return the id of the `number`-th of the cast."""
    return mint_id(prefix, now=NOW, entropy=number.to_bytes(10))


USERS = [an_id("us", n) for n in range(3)]
ROOMS = [an_id("rm", n) for n in range(2)]
MESSAGES = [an_id("ms", n) for n in range(4)]
FILES = [an_id("fl", n) for n in range(4)]
TENANT, FRONTEND = an_id("tn", 0), an_id("fe", 0)

_texts = st.sampled_from(["はい", "避難所", "訂正します", ""])
_revisions = st.integers(1, 3)


def _bodies(own_message: str) -> st.SearchStrategy[tuple[str | None, Body]]:
    """Yield (id where the kind fixes it, body)."""
    message = st.sampled_from(MESSAGES)
    user = st.sampled_from(USERS)
    free = st.one_of(
        st.builds(MessageEdit, message, _texts),
        st.builds(MessageWithdraw, message, st.sampled_from(["", "誤送信"])),
        st.builds(ReactionSet, message, st.sampled_from(["ok", "thanks"]), st.booleans()),
        st.builds(
            ReadSet,
            message,
            st.integers(0, 30),
            st.integers(0, 30),
            st.integers(NOW, NOW + 3),
            st.lists(st.builds(OtherReader, user, st.integers(NOW, NOW + 3)), max_size=2),
            st.lists(message, max_size=2, unique=True),
        ),
        st.builds(RoomPut, name=st.sampled_from([None, "防災", "総務"]), scope=st.just("shared")),
        st.builds(MemberSet, user, st.sampled_from(["owner", "member", "none"])),
        st.builds(ProfileSet, user, name=st.sampled_from([None, "山田", "佐藤"])),
        st.builds(
            FileReady,
            message,
            st.sampled_from(FILES),
            st.just("altered"),
            _revisions,
            st.just("写真.jpg"),
            sha256=st.just("ab" * 32),
        ),
        message.flatmap(_notice),
    )
    post = st.builds(MessagePost, _texts)
    return st.one_of(
        post.map(lambda body: (own_message, body)), free.map(lambda body: (None, body))
    )


def _notice(message: str) -> st.SearchStrategy[RelayNotice]:
    said = (st.just(message), st.just("held"), _revisions, st.just("message.post"))
    return st.builds(RelayNotice, *said, st.just("word-list"))


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Event, Zone]]:
    """Yield what was done in both zones: each zone counts its events once."""
    done = []
    for zone in Zone:
        # Each message is posted in one zone, by one event.
        own = [m for i, m in enumerate(MESSAGES) if i % 2 == (zone is Zone.LGWAN)]
        for hlc in draw(st.lists(st.integers(1, 60), max_size=14, unique=True)):
            fixed, body = draw(_bodies(own[0]))
            if fixed is not None and not own[1:]:
                continue
            if fixed is not None:
                fixed = own.pop(0)
            files = [FileRef(FILES[0], "写真.jpg", "", 0, None)] if fixed == MESSAGES[0] else []
            room = ROOMS[0] if fixed else draw(st.sampled_from(ROOMS))
            author = Author(draw(st.sampled_from(USERS)), TENANT, FRONTEND)
            name = fixed or an_id("ac", 1000 * (zone is Zone.LGWAN) + hlc)
            done.append((Event(name, hlc, NOW + hlc, room, author, body, files), zone))
    return done
