"""Usage figures: counted once, by group, and never about fewer than five people."""

import pytest

from zone.copy.activity import month_of
from zone.store.usage_figures import OTHERS, CallFigures, Known, usage_of

CITY, OTHER = "tn_1", "tn_2"
MONTHS = ["2026-10", "2026-11"]


def town(**sections: int) -> dict[str, Known]:
    """Return people, so many of each section."""
    return {
        f"{section}{n}": Known(CITY, "staff", section.strip("_"), True)
        for section, count in sections.items()
        for n in range(count)
    }


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        ({"防災": 6, "総務": 5}, {"防災": 6, "総務": 5}),
        ({"防災": 6, "総務": 5, "水道": 3, "議会": 2}, {"防災": 6, "総務": 5, OTHERS: 5}),
        # Of three alone nothing is told, nor could it be had by taking the others from the whole.
        ({"防災": 9, "総務": 6, "水道": 3}, {"防災": 9, OTHERS: 9}),
        ({"防災": 9, "_": 1}, {OTHERS: 10}),
        ({"防災": 3, "総務": 2}, {OTHERS: 5}),
    ],
)
def test_no_figure_is_about_fewer_than_five(sections: dict[str, int], told: dict[str, int]) -> None:
    found = usage_of(CITY, "市", town(**sections), MONTHS, [], [])
    assert {group.section: group.staff for group in found.sections} == told
    assert sum(group.staff for group in found.sections) == found.staff


def test_of_a_municipality_of_four_nothing_is_told() -> None:
    found = usage_of(CITY, "村", town(総務=4), MONTHS, [("2026-11", "総務0", 3)], [])
    assert (found.staff, found.months, found.sections) == (4, [], [])


def test_talks_and_people_are_counted_by_month_and_kind() -> None:
    people = town(防災=5, 総務=5) | {
        "bot": Known(CITY, "bot", "", True),
        "guest": Known(CITY, "guest", "", True),
        "left": Known(CITY, "staff", "防災", False),
        "far": Known(OTHER, "staff", "防災", True),
    }
    acts = [
        ("2026-10", "防災0", 3),
        ("2026-11", "防災0", 4),
        ("2026-11", "防災1", 0),
        ("2026-11", "総務0", 2),
        ("2026-11", "bot", 90),
        ("2026-11", "guest", 7),
        ("2026-11", "left", 5),
        ("2026-11", "far", 11),
    ]
    found = usage_of(CITY, "市", people, MONTHS, acts, [])
    october, november = found.months
    assert (october.talks, october.active, october.share) == (3, 1, 0.1)
    assert (november.talks, november.guest_talks) == (4 + 2 + 5, 7)
    assert (november.staff, november.active, november.share) == (10, 3, 0.3)
    rescue = next(group for group in found.sections if group.section == "防災")
    assert [(each.talks, each.active, each.share) for each in rescue.months] == [
        (3, 1, 0.2),
        (4, 2, 0.4),
    ]


def test_calls_are_counted_by_those_whom_they_reached() -> None:
    people = town(防災=5) | {"far": Known(OTHER, "staff", "防災", True)}
    broadcasts = [
        CallFigures("2026-11", ["防災0", "防災1", "far"], frozenset({"防災1", "far"})),
        CallFigures("2026-11", ["far"], frozenset()),
    ]
    found = usage_of(CITY, "市", people, MONTHS, [], broadcasts)
    october, november = found.months
    assert (october.broadcasts, october.addressees, october.heard) == (0, 0, 0)
    assert (november.broadcasts, november.addressees, november.heard) == (1, 2, 1)


def test_months_are_those_of_japan() -> None:
    assert month_of(1_793_458_799_999) == "2026-10"  # 2026-10-31 23:59:59.999 there
    assert month_of(1_793_458_800_000) == "2026-11"
