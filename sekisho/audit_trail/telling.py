"""One message's life, line by line, for people."""

import datetime
from collections.abc import Iterator, Mapping, Sequence

from sekisho.audit_trail import sentences, words
from sekisho.audit_trail.local_time import written_time
from sekisho.audit_trail.names import Names
from sekisho.audit_trail.trace import TraceStep
from sekisho.audit_trail.words import Language
from wire.lane import Zone
from zone.store.audit_labels import MessageEnd

_ZONES = {Zone.LGWAN: "LGWAN", Zone.INTERNET: "インターネット"}


def tell_life(
    event: str,
    steps: Sequence[TraceStep],
    ends: Mapping[Zone, MessageEnd],
    names: Names,
    zone: datetime.tzinfo,
    language: Language,
) -> Iterator[str]:
    """Yield lines: what happened when, what is on record of it, and how it ended."""
    yield event
    for each in steps:
        record = each.record
        t = record.get("t")
        lane = words.told(words.LANES, record.get("lane"), language)
        number = f"記録 {each.index}" if language == "ja" else f"record {each.index}"
        time = written_time(t, zone) if isinstance(t, int) else "?"
        yield ""
        yield f"{time}  {lane}  {number}"
        yield f"  {sentences.sentence_of(record, language)}"
        for name, said in sentences.details_of(record, names, language):
            yield f"    {name}: {said}"
    for where, end in ends.items():
        yield ""
        yield from _end(where, end, names, zone, language)


def _end(
    where: Zone, end: MessageEnd, names: Names, zone: datetime.tzinfo, language: Language
) -> Iterator[str]:
    made, readable = written_time(end.made_at, zone), written_time(end.readable_at, zone)
    who, room = names.called(end.author), names.called(end.room)
    is_home = end.zone == where
    verdict = "" if end.verdict is None else words.told(words.VERDICTS, end.verdict, language)
    reason = "" if end.reason is None else f" ({end.reason})"
    if language == "ja":
        yield f"{_ZONES[where]}ゾーン"
        yield (
            f"    {made} に {who} が {room} に書きました"
            if is_home
            else (f"    {readable} から {room} で読めます")
        )
        if end.is_withdrawn:
            yield "    書いた人が取り消しました"
        if verdict:
            yield f"    送信者への結果: {verdict}{reason}"
        return
    yield f"The {where} zone"
    yield (
        f"    written at {made} by {who} in {room}"
        if is_home
        else (f"    readable since {readable} in {room}")
    )
    if end.is_withdrawn:
        yield "    taken back by its author"
    if verdict:
        yield f"    its sender was told: {verdict}{reason}"
