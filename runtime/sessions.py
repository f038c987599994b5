"""One session on a link, in a task of its own, and how it ended.

A session that is a TaskGroup cannot share a task with the loop that restarts it:
on Python 3.11 a group that fails while it is being left keeps a cancellation counted
(`Task.cancelling()`), and one that fails while it is being cancelled swallows it.
"""

import asyncio
from collections.abc import Coroutine

from wire.reasons import Refused, Unavailable


async def run_session(session: Coroutine[object, object, None]) -> Exception | None:
    """Run `session` to its end; return what a peer or the world did wrong, or None.

    Anything else is a bug and is raised.  Being cancelled cancels the session.
    """
    task = asyncio.ensure_future(session)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait([task])
        raise
    if task.cancelled():
        return None
    trouble = task.exception()
    return None if trouble is None else _expected(trouble)


def _expected(trouble: BaseException) -> Exception:
    """Return what went wrong first, out of groups within groups."""
    if isinstance(trouble, BaseExceptionGroup):
        return _expected(trouble.exceptions[0])
    if isinstance(trouble, Refused | Unavailable | TimeoutError | OSError):
        return trouble
    raise trouble
