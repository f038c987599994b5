"""What can be proved once all is said: both copies alike, and all of it on record."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any, Final

from runtime import audit_reader
from sekisho import audit_check, audit_place
from sekisho.audit_check import Findings
from sekisho.clock import now_ms
from sekisho.demo.city import ROOMS
from sekisho.demo.story import Telling
from sekisho_client import Message
from wire.lane import Lane, Zone

# A checkpoint is published every second while a log grows, and the zones sign it then.
PUBLISHED_WITHIN_S: Final = 10.0
PAUSE_S: Final = 0.2


async def copies(telling: Telling) -> list[Message]:
    """Check that both zones tell every shared room alike; return the messages as LGWAN has them."""
    alike, found = True, []
    for plan in ROOMS:
        if plan.scope == "shared":
            room = telling.town.rooms[plan.key]
            told = [
                (await telling.eyes(zone).client.messages(room)).items
                for zone in ("internet", "lgwan")
            ]
            alike = alike and list(map(_said, told[0])) == list(map(_said, told[1]))
            found += told[1]
    telling.checks.add(
        "両側の会話が同じ（順序・訂正・取消・返信・スタンプ・ファイル）",
        alike and bool(found),
        f"{len(found)} 発言、文 {median(telling.sentences_ms):.0f} ms・"
        f"写真 {median(telling.photos_ms):.0f} ms（中央値）",
    )
    return found


def _said(message: Message) -> tuple[Any, ...]:
    """Return what must be equal in both zones."""
    files = [(file.id, file.state) for file in message.files]
    said = (message.id, message.stamp, message.author, message.text)
    since = (message.reply_to, message.edited, message.withdrawn, message.reactions)
    return (*said, *since, files)


async def audit(telling: Telling, messages: Iterable[Message]) -> None:
    """Check both lanes' logs, that both zones have signed them, and that each message is in one."""
    for lane in Lane:
        said = {each.id for each in messages if each.zone == lane.source}
        findings, missing = await _verified(telling.town.site, lane, said)
        telling.checks.add(
            f"監査ログ {lane}：検証済み、全発言が記録され、両側が立会署名",
            findings.verified and not missing,
            f"{findings.size} 件" if findings.verified else "; ".join(findings.trouble),
        )


async def _verified(site: Path, lane: Lane, said: set[str]) -> tuple[Findings, set[str]]:
    """Return what the auditor's program finds, once what was `said` is published, or in the end."""
    give_up_at = time.monotonic() + PUBLISHED_WITHIN_S
    while True:
        findings, missing = await asyncio.to_thread(_look, site, lane, said)
        is_proved = findings.verified and not missing and len(findings.witnesses) == len(Zone)
        if is_proved or time.monotonic() > give_up_at:
            return findings, missing
        await asyncio.sleep(PAUSE_S)  # the log has no stream: an auditor looks again


def _look(site: Path, lane: Lane, said: set[str]) -> tuple[Findings, set[str]]:
    place = audit_place.of_lane(site, lane, now=now_ms())
    findings = audit_check.verify(place, site, with_witnesses=True)
    if not findings.verified:
        return findings, said
    entries = audit_reader.search(place.folder, place.log, {"kind": "message.post"})
    # The log grows meanwhile: only what was verified counts.
    verified = (entry for entry in entries if entry.index < (findings.size or 0))
    recorded = {entry.record.get("id") for entry in verified}
    return findings, said - recorded
