"""A session that fails does not end the loop that restarts it, nor hide a cancellation."""

import asyncio

import pytest

from runtime.sessions import run_session
from wire.reasons import Reason, Refused, Unavailable


async def fails(trouble: Exception) -> None:
    raise trouble


async def group_that_fails_while_it_is_left(trouble: Exception) -> None:
    """What a link does when its peer dies: the reader ends, and then a writer fails."""
    async with asyncio.TaskGroup() as group:
        group.create_task(fails(trouble))


@pytest.mark.parametrize(
    "trouble", [Refused(Reason.FORK), Unavailable("gone"), TimeoutError(), ConnectionResetError()]
)
async def test_what_a_peer_did_wrong_is_returned_also_out_of_groups(trouble: Exception) -> None:
    assert await run_session(fails(trouble)) is trouble
    assert await run_session(group_that_fails_while_it_is_left(trouble)) is trouble


async def test_a_session_that_ends_well_says_nothing() -> None:
    assert await run_session(asyncio.sleep(0)) is None


async def test_a_bug_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        await run_session(group_that_fails_while_it_is_left(ZeroDivisionError()))


async def test_no_cancellation_stays_behind_in_the_loop_that_goes_on() -> None:
    await run_session(group_that_fails_while_it_is_left(Unavailable("gone")))
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_being_cancelled_ends_the_session_and_is_not_swallowed() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def session() -> None:
        try:
            began.set()
            await asyncio.sleep(60)
        finally:
            ended.set()
            raise Unavailable("the link broke meanwhile")  # as a group's task may

    task = asyncio.create_task(run_session(session()))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
