"""Broadcasts (安否確認), counted, and who is still to be phoned."""

from dataclasses import dataclass

from sekisho_client.contents import Require
from sekisho_client.decoding import Unknown
from sekisho_client.items import ChoiceCount


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastStatus:
    """How a broadcast stands.  `missing` people have not done what it asks for.

    `unchosen` people have answered without one of its choices.
    """

    id: str
    title: str
    training: bool
    require: Require | Unknown
    deadline: int
    closed: bool
    addressees: int
    seen: int
    answered: int
    missing: int
    choices: list[ChoiceCount]
    unchosen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Somebody to phone.  `telephone` is None for anyone who may not phone."""

    user: str
    name: str
    kana: str
    section: str
    title: str
    telephone: str | None
    seen: bool
