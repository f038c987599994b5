"""Break each guard in turn and see that a test notices: `python3 dev.py mutants`."""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from tests.mutants.catalogue import read_mutants
from tests.mutants.run import Trial, attempt_all, draw_sample
from tests.mutants.workshop import Outcome

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Try the mutants that were asked for.  Ends with 1 unless a test has noticed every one."""
    arguments = _parser().parse_args()
    mutants = [each for each in read_mutants() if arguments.only in each.file]
    seed = time.time_ns() // 1_000_000 if arguments.seed is None else arguments.seed
    if arguments.sample is not None:
        mutants = draw_sample(mutants, arguments.sample, seed)
        print(f"a sample of {len(mutants)}, drawn with --seed {seed}")
    began = time.monotonic()
    trials = attempt_all(mutants, ROOT, _tell)
    counts = Counter(trial.outcome for trial in trials)
    said = ", ".join(f"{counts[each]} {each}" for each in Outcome if counts[each])
    print(f"{len(trials)} mutants in {time.monotonic() - began:.0f} s: {said}")
    sys.exit(counts[Outcome.KILLED] != len(trials) or not trials)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py mutants", description=__doc__)
    parser.add_argument("--sample", type=int, metavar="N", help="so many of them, drawn by lot")
    parser.add_argument("--seed", type=int, metavar="S", help="which lot: the same again")
    parser.add_argument("--only", default="", metavar="PATH", help="in files whose path has this")
    return parser


def _tell(trial: Trial) -> None:
    mutant = trial.mutant
    becomes = " ".join(mutant.becomes.split())
    print(f"{trial.outcome:9} {mutant.file}: {becomes}", flush=True)
    if trial.outcome is not Outcome.KILLED or trial.detail:
        print(f"          {trial.detail}\n          {mutant.test}", flush=True)


if __name__ == "__main__":
    main()
