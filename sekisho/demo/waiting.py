"""How long the demo waits, and for what: an answer of a zone that is as it is wanted."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from sekisho_client import Problem

# A busy laptop delivers a sentence in a tenth of a second; a jail starts in one, LibreOffice in
# four.  On two cores with everything else at work too the demo is slow, not wrong.
PATIENCE_S: Final = 40.0
_PAUSE_S: Final = 0.02
# What somebody is told of what has not arrived yet.
_NOT_YET: Final = frozenset({401, 403, 404})

T = TypeVar("T")


async def wait_until(
    look: Callable[[], Awaitable[T]], holds: Callable[[T], object] = lambda _: True
) -> T:
    """Look until there is an answer and it `holds`; return it.  Raises `TimeoutError`."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                found = await look()
                if holds(found):
                    return found
            except Problem as problem:
                if problem.status not in _NOT_YET:
                    raise
            await asyncio.sleep(_PAUSE_S)
