"""Tasks: whether one is done, and by whom.  Pure."""

from collections.abc import Iterable

from wire.answers import Done
from wire.items import Task
from zone.copy.states import DoneView, TaskState
from zone.copy.views import AnswerView


def task_state(task: Task, given: Iterable[AnswerView]) -> TaskState:
    """Return the state of a task.

    It is done when all whom it names have done it, or any one of them if `need` is `one`.
    One that names nobody is anybody's to do.
    """
    named = task.assignees or []
    done_by = [
        DoneView(one.user, one.at)
        for one in given
        if isinstance(one.answer, Done)
        and one.answer.done
        and one.user is not None
        and (not named or one.user in named)
    ]
    done_by.sort(key=lambda each: (each.at, each.user))
    who = {each.user for each in done_by}
    waiting = [user for user in named if user not in who]
    needs_all = bool(named) and task.need != "one"
    done = not waiting if needs_all else bool(done_by)
    return TaskState(done=done, done_by=done_by, waiting=[] if done else waiting)
