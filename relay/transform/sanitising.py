"""Cleaning: files whose bytes are here are taken apart and rebuilt, a few at a time.

What comes of one is durable before its source bytes go.  A file that is withdrawn
meanwhile is cleaned in vain; nobody waits for it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import structlog

from relay.normal_form import FileOutcome
from relay.transform import file_bytes
from relay.transform.contents import (
    ContentFinding,
    ContentRule,
    content_rules,
    judge_contents,
    rules_about,
)
from relay.transform.files import file_rows, lane_files
from relay.transform.files.file_rows import CleanedFile, FileRow
from relay.transform.files.lane_files import MAX_ATTEMPTS
from relay.transform.policy import Action
from relay.transform.rules import reason_of
from relay.transform.statutes import Statutes, StatutesInForce
from relay.transform.store import TransformStore
from runtime import failpoints
from sanitizer import outcome as sanitizers
from sanitizer.jail import Jail
from sanitizer.outcome import Outcome
from sanitizer.sanitize import sanitize_file
from wire.choices import FileState
from wire.reasons import Reason, Unavailable

REST_S = 1.0  # before trying again what failed for no fault of the file
# For the words of one file: a book of a thousand pages takes a second.
JUDGING_S = 60.0

# What the sender is told for each word of the sanitizer's.
REASONS: Mapping[sanitizers.FileReason, Reason | None] = MappingProxyType(
    {
        sanitizers.FileReason.NONE: None,
        sanitizers.FileReason.EMPTY: Reason.FILE_BROKEN,
        sanitizers.FileReason.TOO_LARGE: Reason.FILE_TOO_LARGE,
        sanitizers.FileReason.UNKNOWN_KIND: Reason.FILE_KIND,
        sanitizers.FileReason.KIND_MISMATCH: Reason.FILE_MISMATCH,
        sanitizers.FileReason.NOT_SUPPORTED: Reason.FILE_KIND,
        sanitizers.FileReason.PROGRAM_MISSING: Reason.FILE_KIND,
        sanitizers.FileReason.PROGRAM_UNSAFE: Reason.FILE_KIND,
        sanitizers.FileReason.NO_WORDS: Reason.FILE_KIND,
        sanitizers.FileReason.AGAINST_POLICY: Reason.FILE_KIND,
        sanitizers.FileReason.NEEDS_APPROVAL: Reason.HELD_BY_RULE,
        sanitizers.FileReason.ENCRYPTED: Reason.FILE_ENCRYPTED,
        sanitizers.FileReason.BROKEN: Reason.FILE_BROKEN,
        sanitizers.FileReason.TOO_MANY_PIXELS: Reason.FILE_TOO_LARGE,
        sanitizers.FileReason.TOO_MANY_PARTS: Reason.FILE_TOO_LARGE,
        sanitizers.FileReason.TOO_DEEP: Reason.FILE_TOO_LARGE,
        sanitizers.FileReason.OUT_OF_MEMORY: Reason.FILE_TOO_LARGE,
        sanitizers.FileReason.TIME_OUT: Reason.FILE_TIME_OUT,
        sanitizers.FileReason.FORBIDDEN_CALL: Reason.FILE_NOT_CLEANED,
        sanitizers.FileReason.JAIL_FAILED: Reason.FILE_NOT_CLEANED,
        sanitizers.FileReason.CHECK_FAILED: Reason.FILE_NOT_CLEANED,
    }
)

logger = structlog.get_logger()


class Sanitising:
    """The workers."""

    def __init__(
        self, store: TransformStore, statutes: StatutesInForce, jail: Jail, cleaners: int
    ) -> None:
        """Clean up to `cleaners` files at a time in `jail`, as `statutes` say."""
        self._store = store
        self._statutes = statutes
        self._rules: tuple[str, tuple[ContentRule, ...]] = "", ()  # by the hash of the statutes
        self._jail = jail
        self._cleaners = cleaners
        self._busy: set[tuple[int, int]] = set()

    async def run(self) -> None:
        """Clean whatever there is to clean, until cancelled."""
        bell = self._store.cleaning_bell
        async with asyncio.TaskGroup() as group:
            while True:
                bell.clear()
                # Those at work are among the oldest, so that this many hold the next ones.
                waiting = await self._store.read(
                    lambda db: file_rows.to_clean(db, 2 * self._cleaners)
                )
                for file in waiting:
                    place = (file.seq, file.file)
                    if place not in self._busy and len(self._busy) < self._cleaners:
                        self._busy.add(place)
                        group.create_task(self._attempt(file))
                await bell.wait()

    async def _attempt(self, file: FileRow) -> None:
        try:
            await self._clean(file)
        except Unavailable as trouble:
            logger.warning("file.postponed", seq=file.seq, file=file.file, trouble=str(trouble))
            await asyncio.sleep(REST_S)
        finally:
            self._busy.discard((file.seq, file.file))
            self._store.cleaning_bell.set()

    def _content_rules(self, statutes: Statutes) -> tuple[ContentRule, ...]:
        """Return the rules for words in files, made once for each policy."""
        if self._rules[0] != statutes.sha256:
            self._rules = statutes.sha256, content_rules(statutes.policy)
        return self._rules[1]

    async def _judged(
        self, file: FileRow, untrusted: bytes, statutes: Statutes
    ) -> tuple[Outcome, ContentFinding | None]:
        """Return what the sanitizer made of a file, and what rules find in its words."""
        profile = statutes.profile
        if file.consents is not None:
            profile = profile.released()
        outcome = await asyncio.to_thread(
            sanitize_file,
            untrusted,
            name=file.name,
            jail=self._jail,
            profile=profile,
            password=file.password or "",
            with_contents=True,
        )
        rules = rules_about(file, self._content_rules(statutes))
        try:
            found = await asyncio.to_thread(judge_contents, outcome.contents, rules, JUDGING_S)
        except TimeoutError:
            return too_slow(outcome), None
        return outcome, found

    async def _clean(self, file: FileRow) -> None:
        store = self._store
        failpoints.reach("transform.file.cleaning")
        untrusted = await asyncio.to_thread(file_bytes.read, store.arriving, file.sha256, file.size)
        statutes = self._statutes.current
        outcome, found = await self._judged(file, untrusted, statutes)
        is_ours = outcome.reason is sanitizers.FileReason.JAIL_FAILED
        if is_ours and file.attempts + 1 < MAX_ATTEMPTS:
            await store.write(lambda ledger: lane_files.count_attempt(ledger, file))
            raise Unavailable("the jail did not work")
        made = made_of(file, outcome, found)
        if made.sha256 is not None:
            await asyncio.to_thread(file_bytes.keep, store.cleaned, made.sha256, outcome.data)
        failpoints.reach("transform.file.cleaned")
        await store.write(
            lambda ledger: lane_files.clean(ledger, file, made, statutes.policy),
            policy_sha256=statutes.sha256,
        )
        failpoints.reach("transform.outcome.written")
        logger.info(
            "file.cleaned",
            seq=file.seq,
            file=file.file,
            state=made.state,
            reason=made.reason,
            rule=found and found.rule,
            found=found and found.times,
        )


def too_slow(outcome: Outcome) -> Outcome:
    """Return `outcome` for a file whose words could not be judged in time: refused."""
    return replace(outcome, state="refused", reason=sanitizers.FileReason.TIME_OUT, data=b"")


def made_of(file: FileRow, outcome: Outcome, found: ContentFinding | None) -> CleanedFile:
    """Return what the far zone and the audit log are told of an outcome.

    `found`: in what came out.  Where that is to be held, a file that was released passes.
    """
    receipt = outcome.receipt
    told = FileOutcome(
        file.fid,
        receipt.media_in,
        receipt.in_size,
        receipt.in_sha256,
        receipt.engine,
        receipt.elapsed_ms,
    )
    if outcome.state == "refused":
        is_held = outcome.reason is sanitizers.FileReason.NEEDS_APPROVAL
        state: FileState = "held" if is_held else "refused"
        return CleanedFile(state, REASONS[outcome.reason], file.media, None, 0, [], told)
    if found is not None and (found.action is Action.REFUSE or file.consents is None):
        judged: FileState = "refused" if found.action is Action.REFUSE else "held"
        reason = reason_of(found.action)
        return CleanedFile(judged, reason, file.media, None, 0, [], told, *found[1:])
    removed = [(kind.value, count) for kind, count in receipt.removed]
    size = len(outcome.data)
    return CleanedFile(outcome.state, None, outcome.media, receipt.out_sha256, size, removed, told)
