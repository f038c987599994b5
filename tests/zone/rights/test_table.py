"""The table of rights is whole: each body, each of its fields, friends and liars."""

import subprocess
import sys
from typing import Any, get_args

import msgspec
import pytest

from tests.zone.rights.case import Case
from tests.zone.rights.cases import FREE, FRIENDLY, HOSTILE
from tests.zone.rights.city import City
from wire.bodies import Body
from wire.reasons import Reason
from zone.rights.table import RIGHTS

BODIES: tuple[type[Any], ...] = get_args(Body)
LEAST_HOSTILE = 3
TOLD = {
    Reason.NO_AUTHORITY,
    Reason.ROOM_NOT_ALLOWED,
    Reason.OUT_OF_BOUNDS,
    Reason.CLOCK_AHEAD,
}
# What nobody on the internet ever says: LGWAN alone vouches for staff.
LGWANS = {"tenant.put", "tenant.link", "org.put"}
# What no far zone says: it is for the relay, and goes no further.
NOBODYS = {"consent.give"}


def tag(body: type[Any]) -> str:
    return str(body.__struct_config__.tag)


def flat(cases: dict[type[Any], list[Case]]) -> list[Any]:
    return [
        pytest.param(case, id=f"{tag(body)}: {case.what}")
        for body, some in cases.items()
        for case in some
    ]


def test_the_table_is_pure() -> None:
    """Nothing of a store, a socket or an event loop is loaded with it."""
    code = "import sys, zone.rights.table; print({'sqlite3', 'asyncio', 'socket'} & {*sys.modules})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_every_body_has_a_row_and_no_row_is_of_another() -> None:
    assert set(RIGHTS) == set(BODIES)


@pytest.mark.parametrize("body", BODIES, ids=tag)
def test_every_body_has_a_friend_and_three_liars(body: type[Any]) -> None:
    assert FRIENDLY[body] or tag(body) in LGWANS | NOBODYS
    assert len(HOSTILE[body]) >= LEAST_HOSTILE


@pytest.mark.parametrize("body", BODIES, ids=tag)
def test_every_field_is_lied_in_or_said_to_be_free(body: type[Any]) -> None:
    fields = {field.name for field in msgspec.structs.fields(body)}
    lied_in = {field for case in HOSTILE[body] for field in case.fields}
    free = {field for kind, field in FREE if kind is body}
    assert lied_in | free == fields
    assert not lied_in & free


@pytest.mark.parametrize("case", flat(FRIENDLY))
def test_what_is_theirs_to_say_is_believed(case: Case) -> None:
    city = City()
    city.believes(case.said(city))


@pytest.mark.parametrize("case", flat(HOSTILE))
def test_a_lie_changes_nothing_and_is_put_into_quarantine(case: Case) -> None:
    city = City()
    assert city.refuses(case.said(city)) in TOLD


@pytest.mark.parametrize("body", BODIES, ids=tag)
def test_a_friend_is_of_the_body_and_so_is_a_liar(body: type[Any]) -> None:
    city = City()
    for case in [*FRIENDLY[body], *HOSTILE[body]]:
        assert type(case.said(city).body) is body
