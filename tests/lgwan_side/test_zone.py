"""What LGWAN alone is."""

from lgwan_side.zone import SIDE
from wire.lane import Lane, Zone


def test_it_speaks_on_the_export_lane_and_listens_on_the_import_lane() -> None:
    assert (SIDE.zone, SIDE.leaving, SIDE.arriving) == (Zone.LGWAN, Lane.EXPORT, Lane.IMPORT)
    assert SIDE.far is Zone.INTERNET


def test_staff_are_admitted_here_and_believed_from_nowhere_else() -> None:
    assert "staff" in SIDE.admits
    assert "staff" not in SIDE.believes


def test_its_own_rooms_stay() -> None:
    assert SIDE.own_scope == "lgwan-only"
