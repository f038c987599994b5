"""Chains: whatever a link loses, doubles or turns round, the receiver has all of it once."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.wire.samples import SOURCE, payload_of, said
from wire import payload as payloads
from wire.chain import Arrival, Chain, advance_chain, judge_arrival
from wire.envelope import payload_digest
from wire.payload import GENESIS, Payload
from wire.reasons import Reason, Refused


class Sender:
    """Seals payloads one behind the other, and keeps them until they are acknowledged."""

    def __init__(self, tag: str = "") -> None:
        self.chain = Chain()
        self.sealed: list[tuple[Payload, str]] = []
        self.tag = tag

    def seal(self, size: int) -> None:
        first = self.chain.high + 1
        events = [said(f"{self.tag}{n}", n) for n in range(first, first + size)]
        payload = payload_of(SOURCE, events, seq=first, prev=self.chain.head)
        sha256 = payload_digest(payloads.encode(payload))
        self.sealed.append((payload, sha256))
        self.chain = advance_chain(self.chain, payload, sha256)


class Receiver:
    """Takes in what is next, and remembers under which number it took in what."""

    def __init__(self) -> None:
        self.chain = Chain()
        self.taken: dict[int, str] = {}
        self.events: list[int] = []

    def holder(self, seq: int) -> str | None:
        """Return the hash of the payload that holds an event."""
        return self.taken[max(n for n in self.taken if n <= seq)] if self.taken else None

    def take(self, payload: Payload, sha256: str) -> Arrival:
        arrival = judge_arrival(self.chain, payload, sha256, self.holder(payload.head.seq))
        if arrival is Arrival.NEXT:
            self.taken[payload.head.seq] = sha256
            self.events += [event.hlc for event in payload.events]
            self.chain = advance_chain(self.chain, payload, sha256)
        return arrival


def reason_of(chain: Chain, payload: Payload, taken: str | None = None) -> Reason:
    with pytest.raises(Refused) as caught:
        judge_arrival(chain, payload, payload_digest(payloads.encode(payload)), taken)
    return caught.value.reason


class LossyLink(RuleBasedStateMachine):
    """A link that loses, doubles, delays and reorders, between a sender and a receiver."""

    def __init__(self) -> None:
        super().__init__()
        self.sender, self.receiver = Sender(), Receiver()
        self.flying: list[tuple[Payload, str]] = []

    @rule(size=st.integers(1, 4))
    def say(self, size: int) -> None:
        self.sender.seal(size)
        self.flying.append(self.sender.sealed[-1])

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), stays=st.booleans())
    def arrive(self, data: st.DataObject, stays: bool) -> None:
        index = data.draw(st.integers(0, len(self.flying) - 1))
        payload, sha256 = self.flying[index] if stays else self.flying.pop(index)
        before = self.receiver.chain.high
        arrival = self.receiver.take(payload, sha256)
        first = payload.head.seq
        assert arrival is (
            Arrival.NEXT
            if first == before + 1
            else Arrival.GAP
            if first > before
            else Arrival.DUPLICATE
        )

    @precondition(lambda self: self.flying)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))

    @rule()
    def resend(self) -> None:
        high = self.receiver.chain.high
        self.flying += [sent for sent in self.sender.sealed if sent[0].head.seq > high]

    @rule()
    def restart(self) -> None:
        """Come back with what is durable: the chain, and what was taken in."""
        chain = self.receiver.chain
        self.receiver.chain = Chain(chain.epoch, chain.high, chain.head)

    @invariant()
    def everything_is_there_once_and_in_order(self) -> None:
        assert self.receiver.events == list(range(1, self.receiver.chain.high + 1))

    def teardown(self) -> None:
        for sent in self.sender.sealed:
            self.receiver.take(*sent)
        assert self.receiver.chain == self.sender.chain


TestALossyLinkDeliversAllOnceAndInOrder = LossyLink.TestCase


@given(st.lists(st.integers(1, 3), min_size=1, max_size=6), st.data())
def test_two_contents_in_one_place_are_a_fork(sizes: list[int], data: st.DataObject) -> None:
    """Whoever says one thing here and another there is found out at once (T10)."""
    honest, other = Sender(), Sender("other ")
    receiver = Receiver()
    for size in sizes:
        honest.seal(size)
        other.seal(size)
    for sent in honest.sealed:
        receiver.take(*sent)
    payload, sha256 = data.draw(st.sampled_from(other.sealed))
    with pytest.raises(Refused) as caught:
        receiver.take(payload, sha256)
    assert caught.value.reason is Reason.FORK
    assert receiver.chain == honest.chain


def test_the_next_payload_names_the_one_before() -> None:
    honest, other = Sender(), Sender("other ")
    for sender in (honest, other):
        sender.seal(1)
        sender.seal(1)
    assert reason_of(Chain(1, 1, honest.sealed[0][1]), other.sealed[1][0]) is Reason.FORK


def test_events_cut_otherwise_are_a_fork() -> None:
    receiver, sender = Receiver(), Sender()
    sender.seal(4)
    receiver.take(*sender.sealed[0])
    middle = payload_of(SOURCE, [said("2", 2)], seq=2, prev=GENESIS)
    assert reason_of(receiver.chain, middle, receiver.holder(2)) is Reason.FORK


def test_what_is_too_old_to_compare_is_refused_and_does_not_halt_the_lane() -> None:
    receiver, sender = Receiver(), Sender()
    sender.seal(4)
    receiver.take(*sender.sealed[0])
    assert reason_of(receiver.chain, sender.sealed[0][0], taken=None) is Reason.REPLAYED


@pytest.mark.parametrize("epoch", [1, 3])
def test_another_epoch_is_neither_older_nor_newer_but_refused(epoch: int) -> None:
    payload = payload_of(SOURCE, [said()], epoch=epoch)
    assert reason_of(Chain(epoch=2), payload) is Reason.WRONG_EPOCH


def test_each_payload_follows_the_one_before() -> None:
    sender = Sender()
    for size in (1, 3, 2):
        sender.seal(size)
    assert sender.sealed[0][0].head.prev == GENESIS
    for (earlier, sha256), (later, _) in pairwise(sender.sealed):
        assert later.head.prev == sha256
        assert later.head.seq == earlier.last + 1
