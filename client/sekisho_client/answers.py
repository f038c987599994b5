"""What people answer to items: one dataclass for each type of answer."""

from dataclasses import dataclass
from typing import Literal

from sekisho_client.decoding import Raw, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Somebody has read it."""

    type: Literal["seen"] = "seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Somebody has done it, or has not after all."""

    type: Literal["done"] = "done"
    done: bool = True
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """The numbers of the choices that somebody takes, from 0."""

    type: Literal["vote"] = "vote"
    choices: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rsvp:
    """Whether somebody comes."""

    type: Literal["rsvp"] = "rsvp"
    reply: Literal["yes", "no", "maybe"] | Unknown
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was filled in at one field; several choices are lines."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAnswer:
    """A form, filled in."""

    type: Literal["form"] = "form"
    values: list[Filled]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Yes or no at one step of an approval, from 0."""

    type: Literal["decision"] = "decision"
    step: int
    verdict: Literal["approve", "deny"] | Unknown
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegate:
    """Somebody else decides at one step of an approval."""

    type: Literal["delegate"] = "delegate"
    step: int
    to: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer to a broadcast: that it was heard, or the number of a choice, from 0."""

    type: Literal["reply"] = "reply"
    choice: int | None = None
    text: str = ""


GivenAnswer = Seen | Done | Vote | Rsvp | FormAnswer | Decision | Delegate | Reply | Raw
