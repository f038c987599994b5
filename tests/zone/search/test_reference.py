"""The index against the plainest search there is, over anything that can happen to a store."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zone.events import FRONTEND, NOW, TENANT, an_id
from wire.bodies import (
    Body,
    ItemPut,
    ItemRemove,
    MessageEdit,
    MessagePost,
    MessageWithdraw,
    RoomPurge,
)
from wire.events import Author, Event, FileRef
from wire.ids import mint_id
from wire.items import Note, Survey
from wire.lane import Zone
from zone.copy.apply import apply_event
from zone.copy.files import announce_files
from zone.copy.removal import withdrawn_files
from zone.search import finding, index
from zone.search.documents import read_documents
from zone.search.finding import EVER, IndexQuery
from zone.search.folding import fold_text
from zone.search.query_words import SearchWords
from zone.store.store import SCHEMA

ROOMS = [an_id("rm", n) for n in range(3)]
USERS = [an_id("us", n) for n in range(2)]
WHAT = ("post", "post", "file", "note", "survey", "edit", "gone", "purge")
LETTERS = "避難訓練アイー々Aa1 　"

texts = st.text(alphabet=LETTERS, max_size=7)
words = st.text(alphabet=LETTERS, min_size=1, max_size=3).map(fold_text).filter(bool)


@dataclass
class Thing:
    """What the reference keeps of a message, an item or a file."""

    id: str
    room: str
    author: str
    at: int
    kinds: set[str]
    has_file: bool
    text: str


class World:
    """A store and its index, and the same as a list."""

    def __init__(self, db: sqlite3.Connection, found: sqlite3.Connection) -> None:
        self.db, self.index = db, found
        self.now = index.progress(found)
        self.count = 0
        self.things: dict[str, Thing] = {}
        self.files: dict[str, Thing] = {}

    def say(self, body: Body, room: str, user: str, prefix: str, file: str = "") -> Event:
        self.count += 1
        at = NOW + 10 * self.count
        name = mint_id(prefix, now=at, entropy=self.count.to_bytes(10))
        files = [FileRef(an_id("fl", self.count), file, "", 0, None)] if file else []
        author = Author(user, TENANT, FRONTEND)
        event = Event(name, self.count, at, room, author, body, files)
        announce_files(self.db, event)
        apply_event(self.db, event, Zone.LGWAN)
        withdrawn_files(self.db, event)
        return event

    def reindex(self, owners: list[str]) -> None:
        documents = read_documents(self.db, owners)
        self.now = index.replace(self.index, owners, documents, self.now)

    def fitting(self, asked: IndexQuery, unwanted: tuple[str, ...]) -> set[str]:
        """Search by looking at everything."""
        return {
            thing.id
            for thing in [*self.things.values(), *self.files.values()]
            if thing.at >= max(asked.rooms.get(thing.room, EVER), asked.since)
            and thing.at < asked.until
            and asked.author in (None, thing.author)
            and (asked.type is None or asked.type in thing.kinds)
            and (thing.has_file or not asked.has_file)
            and all(word in fold_text(thing.text) for word in asked.words.wanted)
            and not any(word in fold_text(thing.text) for word in unwanted)
        }


@contextmanager
def world() -> Iterator[World]:
    with (
        TemporaryDirectory() as folder,
        closing(sqlite3.connect(":memory:")) as db,
        closing(index.create(Path(folder) / "search.db", "tag", 0)) as found,
    ):
        db.executescript(SCHEMA.read_text(encoding="utf-8"))
        yield World(db, found)


def act(here: World, data: st.DataObject) -> None:
    """Have something happen."""
    room, user = data.draw(st.sampled_from(ROOMS)), data.draw(st.sampled_from(USERS))
    known = sorted(here.things)
    what = data.draw(st.sampled_from(WHAT))
    text = data.draw(texts)
    match what:
        case "post" | "file":
            name = data.draw(texts.filter(bool)) if what == "file" else ""
            event = here.say(MessagePost(text), room, user, "ms", name)
            keep(here, event, {"message"}, text, name)
        case "note":
            event = here.say(ItemPut(Note(title="題", text=text)), room, user, "nt")
            keep(here, event, {"item", "note"}, f"題\n{text}", "")
        case "survey":
            choices = [text or "a", "難"]
            event = here.say(ItemPut(Survey(title="題", choices=choices)), room, user, "sv")
            keep(here, event, {"item", "survey"}, "\n".join(["題", *choices]), "")
        case "edit" | "gone" if known:
            change(here, data.draw(st.sampled_from(known)), text, is_edit=what == "edit")
        case "purge":
            purge(here, room, NOW + 10 * data.draw(st.integers(0, here.count)))


def keep(here: World, event: Event, kinds: set[str], text: str, file: str) -> None:
    room = event.room or ""
    here.things[event.id] = Thing(
        event.id, room, event.author.uid, event.at, kinds, bool(file), text
    )
    if file:
        fid = event.files[0].fid
        here.files[event.id] = Thing(fid, room, event.author.uid, event.at, {"file"}, True, file)
    here.reindex([event.id])


def change(here: World, name: str, text: str, *, is_edit: bool) -> None:
    thing = here.things[name]
    body: Body
    if name.startswith("ms"):
        body = MessageEdit(name, text) if is_edit else MessageWithdraw(name)
    elif name.startswith("nt") and is_edit:
        body = ItemPut(Note(text=text), name)
    else:
        is_edit, body = False, ItemRemove(name)
    here.say(body, thing.room, thing.author, "ac")
    if is_edit:
        thing.text = text if name.startswith("ms") else f"題\n{text}"
    else:
        forget(here, name)
    here.reindex([name])


def purge(here: World, room: str, before: int) -> None:
    here.say(RoomPurge(before), room, USERS[0], "ac")
    for name, thing in list(here.things.items()):
        if name.startswith("ms") and thing.room == room and thing.at < before:
            forget(here, name)
    here.reindex(index.owners_before(here.index, room, before))


def forget(here: World, name: str) -> None:
    here.things.pop(name)
    here.files.pop(name, None)


@st.composite
def questions(draw: st.DrawFn) -> tuple[dict[str, Any], SearchWords]:
    """Yield what to ask."""
    wanted = SearchWords(
        tuple(draw(st.lists(words, max_size=2, unique=True))),
        tuple(draw(st.lists(words, max_size=1))),
    )
    times = st.integers(NOW, NOW + 400)
    rooms = draw(st.dictionaries(st.sampled_from(ROOMS), st.one_of(st.just(0), times)))
    asked = {
        "rooms": rooms,
        "words": wanted,
        "author": draw(st.sampled_from([None, *USERS])),
        "type": draw(st.sampled_from([None, "message", "file", "item", "note"])),
        "has_file": draw(st.booleans()),
        "since": draw(st.one_of(st.just(0), times)),
        "until": draw(st.one_of(st.just(EVER), times)),
    }
    if not (wanted.wanted or asked["author"] or asked["type"] or asked["has_file"]):
        asked["type"] = "message"
    return asked, wanted


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_is_found_is_what_is_there_whatever_happened(data: st.DataObject) -> None:
    with world() as here:
        for _ in range(data.draw(st.integers(1, 25))):
            act(here, data)
        for more, wanted in data.draw(st.lists(questions(), min_size=1, max_size=6)):
            asked = IndexQuery(limit=data.draw(st.integers(1, 4)), **more)
            found: list[int] = []
            ids: list[str] = []
            following: int | None = None
            while True:
                page = finding.find(
                    here.index, IndexQuery(**{**vars_of(asked), "below": following})
                )
                found += [hit.n for hit in page.items]
                ids += [hit.id for hit in page.items]
                if page.next is None:
                    break
                following = page.next
            assert set(ids) == here.fitting(asked, wanted.unwanted)
            assert found == sorted(set(found), reverse=True)
        here.index.execute("INSERT INTO term (term) VALUES ('integrity-check')")


def vars_of(asked: IndexQuery) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in IndexQuery.__slots__}
