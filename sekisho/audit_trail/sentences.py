"""A record of the audit log as a person reads it."""

from collections.abc import Iterator
from typing import Any

from sekisho.audit_trail import words
from sekisho.audit_trail.names import SHOWN, Names
from sekisho.audit_trail.queries import Record
from sekisho.audit_trail.words import Language

_OF_EVENTS = ("event.released", "event.barred")


def sentence_of(record: Record, language: Language) -> str:
    """Return what happened, in one sentence."""
    occurrence, kind = record.get("ev"), record.get("kind")
    if occurrence not in _OF_EVENTS or kind is None:
        happened = words.told(words.OCCURRENCES, occurrence, language)
        return f"{happened}。" if language == "ja" else f"{_capital(happened)}."
    subject = words.told(words.KINDS, kind, language)
    if language == "ja":
        return f"{subject}を{_decided(record, language)}。"
    return f"{_capital(subject)}: {_decided(record, language)}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _decided(record: Record, language: Language) -> str:
    reason = str(record.get("reason"))
    if record.get("decision") == "refused" and reason in words.REASONS:
        return words.told(words.REASONS, reason, language)
    return words.told(words.DECISIONS, record.get("decision"), language)


def details_of(record: Record, names: Names, language: Language) -> Iterator[tuple[str, str]]:
    """Yield what else the record says: what it is called, and what it is."""
    for member in words.MEMBERS:
        said = record.get(member)
        if said not in (None, [], ""):
            yield words.told(words.MEMBERS, member, language), _detail(member, said, names)
    for file in record.get("files") or ():
        if isinstance(file, dict):
            name = "ファイル" if language == "ja" else "file"
            yield name, file_sentence(file, names, language)


def _detail(member: str, said: object, names: Names) -> str:
    match member, said:
        case "actor", _:
            return names.person(said)
        case "approvers", list():
            return ", ".join(names.person(each) for each in said)
        case (("room" | "frontend"), _):
            return names.called(said)
        case _, list():
            return ", ".join(map(str, said))
        case _:
            text = str(said)
            return f"{text[:SHOWN]}…" if member.endswith("_sha256") else text


def file_sentence(file: dict[str, Any], names: Names, language: Language) -> str:
    """Return which file became what: what came in, what went out, what was taken out."""
    became = words.told(words.FILE_STATES, file.get("state"), language)
    parts = [names.called(file.get("fid")), became]
    if came := _bytes(file, "in"):
        parts.append(came + (f" → {goes}" if (goes := _bytes(file, "out")) else ""))
    if removed := _removed(file):
        taken = "取り除いたもの" if language == "ja" else "taken out"
        parts.append(f"{taken}: {removed}")
    return " / ".join(parts)


def _bytes(file: dict[str, Any], way: str) -> str:
    media, size, sha256 = (file.get(f"{member}_{way}") for member in ("media", "size", "sha256"))
    return f"{media or '?'} {size} B sha256:{str(sha256)[:SHOWN]}…" if sha256 else ""


def _removed(file: dict[str, Any]) -> str:
    found = file.get("removed")
    pairs = [each for each in found if isinstance(each, list)] if isinstance(found, list) else []
    return ", ".join(f"{word} x{count}" for word, count in (pair[:2] for pair in pairs if pair[1:]))
