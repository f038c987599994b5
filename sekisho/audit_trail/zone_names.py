"""What the zones on this host can add to a log: names of people, rooms and files.

A zone that runs is asked through its admin socket, of one that does not the store is read.
Where there is none, ids stay ids.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from sekisho.local_socket import ask_node
from sekisho.read_store import InUse, open_read_only
from sekisho.site import zone_node
from wire.lane import Zone
from wire.reasons import Refused, Unavailable
from zone.store import audit_labels
from zone.store.audit_labels import MAX_ASKED, MAX_NAME, LabelAnswer, LabelQuestion, MessageEnd


def labels_of(site: Path | None, ids: Iterable[str]) -> dict[str, str]:
    """Return the names that the zones of a site have for these ids."""
    wanted = sorted({each for each in ids if 0 < len(each) <= MAX_NAME})
    labels: dict[str, str] = {}
    for first in range(0, len(wanted), MAX_ASKED):
        asked = LabelQuestion(wanted[first : first + MAX_ASKED])
        for _, answer in _answers(site, asked):
            labels |= answer.labels
    return labels


def ids_named(site: Path | None, name: str) -> set[str]:
    """Return the ids of whoever, or whatever, is called so."""
    answers = _answers(site, LabelQuestion(names=[name]))
    return {found for _, answer in answers for found in answer.found.get(name, ())}


def ends_of(site: Path | None, message: str) -> dict[Zone, MessageEnd]:
    """Return where a message stands in each zone that knows it."""
    answers = _answers(site, LabelQuestion(message=message))
    return {zone: answer.message for zone, answer in answers if answer.message is not None}


def _answers(site: Path | None, asked: LabelQuestion) -> Iterator[tuple[Zone, LabelAnswer]]:
    if site is None:
        return
    for zone in Zone:
        answer = _ask(site, zone, asked)
        if answer is not None:
            yield zone, answer


def _ask(site: Path, zone: Zone, asked: LabelQuestion) -> LabelAnswer | None:
    node = zone_node(zone)
    if not (site / node.store).exists():
        return None
    try:
        with open_read_only(site / node.store) as db:
            return audit_labels.answer(db, asked)
    except InUse:
        pass
    except sqlite3.Error:
        return None
    try:
        body = msgspec.json.encode(asked)
        said = ask_node(site / node.admin_socket, "POST", "/v1/audit:labels", body)
    except (Refused, Unavailable):
        return None
    return msgspec.convert(said, LabelAnswer)
