"""What people answer to items: the `answer` of an `answer.set`."""

from typing import Annotated, Literal, assert_never

from msgspec import Meta, Struct

from wire.fields import Key, Ref, Text

MAX_CHOICES = 50
MAX_FIELDS = 100
MAX_STEPS = 10


class _Answer(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False, tag_field="type"
):
    """What somebody answers to an item."""


class Seen(_Answer, frozen=True, tag="seen"):
    """The answerer has read it."""


class Done(_Answer, frozen=True, tag="done"):
    """The answerer has done the task, or has not done it after all."""

    done: bool = True
    text: Text = ""


class Vote(_Answer, frozen=True, tag="vote"):
    """The numbers of the chosen options, from 0."""

    choices: Annotated[
        list[Annotated[int, Meta(ge=0, lt=MAX_CHOICES)]], Meta(max_length=MAX_CHOICES)
    ]


class Rsvp(_Answer, frozen=True, tag="rsvp"):
    """Whether the invited person comes."""

    reply: Literal["yes", "no", "maybe"]
    text: Text = ""


class Filled(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What was filled in at one field; several choices are lines."""

    key: Key
    text: Text


class FormAnswer(_Answer, frozen=True, tag="form"):
    """A form, filled in."""

    values: Annotated[list[Filled], Meta(max_length=MAX_FIELDS)]


class Decision(_Answer, frozen=True, tag="decision"):
    """Yes or no at one step of an approval, from 0."""

    step: Annotated[int, Meta(ge=0, lt=MAX_STEPS)]
    verdict: Literal["approve", "deny"]
    text: Text = ""


class Delegate(_Answer, frozen=True, tag="delegate"):
    """Somebody else decides in the approver's place at one step of an approval."""

    step: Annotated[int, Meta(ge=0, lt=MAX_STEPS)]
    to: Ref
    text: Text = ""


class Reply(_Answer, frozen=True, tag="reply"):
    """An answer to a broadcast: that it was heard, or the number of a choice, from 0."""

    choice: Annotated[int, Meta(ge=0, lt=MAX_CHOICES)] | None = None
    text: Text = ""


Answer = Seen | Done | Vote | Rsvp | FormAnswer | Decision | Delegate | Reply


def tag_of(answer: Answer | type[Answer]) -> str:
    """Return the name of a kind of answer, as frontends know it."""
    return str(answer.__struct_config__.tag)


def part_of(answer: Answer) -> str:
    """Return which answer of somebody to an item this is: a later one replaces it."""
    match answer:
        case Seen():
            return "seen"
        case Decision(step) | Delegate(step):
            return f"step{step}"
        case Done() | Vote() | Rsvp() | FormAnswer() | Reply():
            return "answer"
    assert_never(answer)
