"""A lying internet zone, in short; `python3 dev.py liar` is the long form."""

from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.zone.liar import BODIES, Liar, as_sent
from tests.zone.lying_zone import LyingZone
from tests.zone.rights.city import City
from wire.events import is_well_formed

CHANCE = st.randoms(use_true_random=False)
PICK = st.integers(0, 99)
WORDS = st.sampled_from(["はい", "避難所", "訂正します"])


class Lies(RuleBasedStateMachine):
    """The internet says anything; LGWAN goes on, and finds all that is its own."""

    def __init__(self) -> None:
        super().__init__()
        self.zone = LyingZone(Random(0))

    @rule(chance=CHANCE, count=st.integers(5, 20))
    def lie(self, chance: Random, count: int) -> None:
        self.zone.lie(count, chance)

    @rule(pick=PICK, text=WORDS)
    def post(self, pick: int, text: str) -> None:
        self.zone.post(pick, text)

    @rule(pick=PICK, text=WORDS)
    def edit(self, pick: int, text: str) -> None:
        self.zone.edit(pick, text)

    @rule(pick=PICK)
    def withdraw(self, pick: int) -> None:
        if len(self.zone.said) > len(self.zone.withdrawn) + 1:
            self.zone.withdraw(pick)

    @rule()
    def ask(self) -> None:
        self.zone.ask()

    @rule()
    def open_direct(self) -> None:
        self.zone.open_direct()

    @invariant()
    def what_is_lgwans_is_as_it_was_left(self) -> None:
        self.zone.check()


def test_lgwan_goes_on_whatever_the_internet_says() -> None:
    run_state_machine_as_test(
        Lies,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_thousand_lies_of_an_unguided_liar_change_nothing() -> None:
    zone = LyingZone(Random(7))
    for _ in range(80):
        zone.lie(25)
        zone.act()
    zone.check()
    assert zone.refused > zone.applied // 2


def test_the_liar_says_every_body_and_only_what_the_wire_takes() -> None:
    liar = Liar(City(), Random(1))
    events = [as_sent(liar.lie()) for _ in range(600)]
    assert {type(event.body) for event in events} == set(BODIES)
    assert all(is_well_formed(event) for event in events)
