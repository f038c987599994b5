"""What the internet zone alone is, and that the two sides are not twins."""

from internet_side.zone import SIDE
from lgwan_side.zone import SIDE as LGWAN
from wire.lane import Lane, Zone


def test_it_speaks_on_the_import_lane_and_listens_on_the_export_lane() -> None:
    assert (SIDE.zone, SIDE.leaving, SIDE.arriving) == (Zone.INTERNET, Lane.IMPORT, Lane.EXPORT)
    assert SIDE.far is Zone.LGWAN


def test_it_makes_no_staff() -> None:
    assert "staff" not in SIDE.admits
    assert "guest" in SIDE.admits


def test_each_side_believes_of_the_other_what_the_other_may_admit() -> None:
    assert SIDE.believes == LGWAN.admits
    assert LGWAN.believes == SIDE.admits


def test_the_sides_share_no_key_and_no_scope() -> None:
    ours, theirs = ({side.source_key, side.witness_key, side.tls_key} for side in (SIDE, LGWAN))
    assert not ours & theirs
    assert SIDE.own_scope != LGWAN.own_scope
