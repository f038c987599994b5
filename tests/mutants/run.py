"""Having every mutant tried, in as many copies of the tree as there are processors."""

import os
import random
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.mutants.catalogue import Mutant
from tests.mutants.workshop import Outcome, Workshop


@dataclass(frozen=True, slots=True)
class Trial:
    """A mutant, what became of it, and what there is to say of that."""

    mutant: Mutant
    outcome: Outcome
    detail: str


Tell = Callable[[Trial], None]


def draw_sample(mutants: Sequence[Mutant], number: int, seed: int) -> list[Mutant]:
    """Return `number` of the mutants, or all where there are fewer; the same for the same seed."""
    return random.Random(seed).sample(mutants, min(number, len(mutants)))


def attempt_all(mutants: Sequence[Mutant], root: Path, tell: Tell) -> list[Trial]:
    """Try `mutants` in copies of the tree at `root`; `tell` of each as its outcome is known."""
    number = max(1, min(os.cpu_count() or 1, len(mutants)))
    # Those of one test go to one copy, which then sees once whether that test is sound.
    ordered = sorted(mutants, key=lambda mutant: mutant.test)
    size = -(-len(ordered) // number)
    shares = [ordered[each * size : (each + 1) * size] for each in range(number)]
    with (
        tempfile.TemporaryDirectory(prefix="sekisho-mutants-") as place,
        ThreadPoolExecutor(number) as pool,
    ):
        folders = [Path(place).resolve() / str(each) for each in range(number)]
        tried = pool.map(partial(_attempt_share, root, tell), folders, shares)
        return [trial for share in tried for trial in share]


def _attempt_share(root: Path, tell: Tell, folder: Path, share: Sequence[Mutant]) -> list[Trial]:
    with closing(Workshop(root, folder)) as workshop:
        failing = _failing_tests(workshop, sorted({mutant.test for mutant in share}))
        trials = []
        for mutant in share:
            if complaint := failing.get(mutant.test):
                trial = Trial(mutant, Outcome.BROKEN, f"fails without it as well: {complaint}")
            else:
                trial = Trial(mutant, *workshop.attempt(mutant))
            tell(trial)
            trials.append(trial)
    return trials


def _failing_tests(workshop: Workshop, tests: Sequence[str]) -> dict[str, str]:
    """Return which tests fail in the tree as it is, and how: they would kill any mutant."""
    if not tests or not workshop.complaint(*tests):
        return {}
    return {test: said for test in tests if (said := workshop.complaint(test))}
