"""Many files through one jail, two at a time, their results in the order of the files.

Threads read and sanitize; only the caller's thread writes, so that the same files get the same
new names every time.
"""

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from sanitizer.jail import Jail
from sanitizer.outcome import Outcome
from sanitizer.profile import Profile
from sanitizer.sanitize import sanitize_file
from sekisho.sanitising.destination import Destination
from sekisho.sanitising.results import FileFault, Result
from sekisho.sanitising.sources import IsSymlink, NotAFile, SourceFile, read_source

AT_ONCE = 2
# So that a slow file keeps no thread idle; each may hold 100 MiB, the most a profile can allow.
AHEAD = 4


@dataclass(frozen=True, slots=True)
class Treatment:
    """What a profile and the caller say that is the same for every file."""

    profile: Profile
    password: str = ""


def treat(
    sources: Sequence[SourceFile], treatment: Treatment, destination: Destination
) -> Generator[Result, None, None]:
    """Rebuild `sources` into `destination`, and yield what became of each.

    Close it if you stop early: then the jail goes first, and takes what is under way with it.
    """
    waiting: deque[tuple[SourceFile, Future[Outcome | Result]]] = deque()
    # The jail is started first: the pool has no thread yet.
    with ThreadPoolExecutor(AT_ONCE) as pool, Jail() as jail:
        for source in sources:
            waiting.append((source, pool.submit(_sanitize, source, treatment, jail)))
            if len(waiting) == AHEAD:
                yield _finish(*waiting.popleft(), destination)
        while waiting:
            yield _finish(*waiting.popleft(), destination)


def _sanitize(source: SourceFile, treatment: Treatment, jail: Jail) -> Outcome | Result:
    try:
        content = read_source(source.path, max_bytes=treatment.profile.limits.max_bytes)
    except IsSymlink:
        return Result(source.path, fault=FileFault.SYMLINK)
    except NotAFile:
        return Result(source.path, fault=FileFault.NOT_A_FILE)
    except OSError as trouble:
        return Result(source.path, fault=FileFault.UNREADABLE, detail=trouble.strerror or "")
    outcome = sanitize_file(
        content.untrusted,
        name=source.path.name,
        jail=jail,
        profile=treatment.profile,
        password=treatment.password,
    )
    # Of a file that is too large the sanitizer was given only the beginning.
    receipt = replace(outcome.receipt, in_size=content.size, in_sha256=content.sha256)
    return replace(outcome, receipt=receipt)


def _finish(
    source: SourceFile, sanitized: Future[Outcome | Result], destination: Destination
) -> Result:
    outcome = sanitized.result()
    if isinstance(outcome, Result):
        return outcome
    result = Result(source.path, outcome.receipt)
    if outcome.state == "refused":
        return result
    try:
        written = destination.write(outcome.data, source.place, outcome.name)
    except OSError as trouble:
        return replace(result, fault=FileFault.NOT_WRITTEN, detail=trouble.strerror or "")
    return replace(result, written=written)
