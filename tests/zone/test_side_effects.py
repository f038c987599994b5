"""What an event brings with it is one list: what runs it knows none of it, and it costs no more."""

import ast
import importlib
from pathlib import Path
from typing import Any

import pytest

from lgwan_side.zone import SIDE
from tests.zone.events import FRONTEND, ROOMS, TENANT, USERS
from tests.zone.halves import Half, Time
from wire.bodies import MessagePost, RoomPut
from wire.events import Author, Event
from wire.lane import Zone
from zone.store import notifications, side_effects, writing
from zone.store.writing import Writing

AUTHOR = Author(USERS[0], TENANT, FRONTEND)


def imported(module: Any) -> set[str]:
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    return {
        f"{node.module}.{name.name}" if is_package(node.module) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for name in node.names
    }


def is_package(name: str) -> bool:
    return hasattr(importlib.import_module(name), "__path__")


def test_what_runs_the_side_effects_imports_no_side_effect_of_the_zone() -> None:
    found = {name for name in imported(writing) if name.partition(".")[0] == "zone"}
    copy = {f"zone.copy.{name}" for name in ("deliveries", "journal", "side", "views")}
    assert found == copy | {"zone.store.table_facts"}


def test_side_effects_run_in_their_order_with_the_zone_in_which_the_event_was_made() -> None:
    half, ran = Half(SIDE, Time()), list[tuple[str, Zone]]()

    def noting(name: str) -> writing.SideEffect:
        return lambda _, __, zone: ran.append((name, zone))

    effects = [noting("one"), noting("other")]
    one = Writing(half.db, 1, SIDE, half.clock, half.time.mint, effects, half.facts)
    one.act(AUTHOR, RoomPut(name="室"), room=ROOMS[0], crosses=False)
    one.receive(Event("ac_" + "0" * 26, 9, 1, ROOMS[0], AUTHOR, RoomPut(name="室")))
    assert ran == [
        ("one", Zone.LGWAN),
        ("other", Zone.LGWAN),
        ("one", Zone.INTERNET),
        ("other", Zone.INTERNET),
    ]


# What comes once for each commit, however much is in it.
_OF_A_GROUP = ("BEGIN", "COMMIT", "UPDATE counter")


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize("is_late", [False, True])
def test_a_post_costs_three_statements_where_it_was_made_and_two_or_three_where_it_arrives(
    count: int, is_late: bool
) -> None:
    """The message, and the journal that repairs are made from.

    Where it was made: that it leaves.  Where it arrives behind something later: how it came.
    """
    here, statements = Half(SIDE, Time()), list[str]()
    for is_ours in (True, False):

        def post(writing: Writing, is_ours: bool = is_ours) -> None:
            for _ in range(count):
                name = writing.mint("ms", writing.now)
                body = MessagePost("一")
                if is_ours:
                    event = writing.act(AUTHOR, body, room=ROOMS[0], crosses=True, id=name)
                else:
                    hlc = 1 if is_late else writing.clock.hlc + 1
                    event = Event(name, hlc, writing.now, ROOMS[0], AUTHOR, body)
                    writing.receive(event)
                notifications.tell(writing, event, SIDE.zone if is_ours else SIDE.far)

        statements.clear()
        here.db.set_trace_callback(statements.append)
        here.write(post)
        here.db.set_trace_callback(None)
        made = [text for text in statements if not text.startswith(_OF_A_GROUP)]
        assert len(made) == (3 if is_ours or is_late else 2) * count


def test_each_side_effect_is_there_once() -> None:
    assert len(set(side_effects.SIDE_EFFECTS)) == len(side_effects.SIDE_EFFECTS) > 0
