"""Runs pytest time and again, each time in a child in which pytest is imported already.

Started by `tests.mutants.workshop` with the copy's Python, in the copy:

    in   a line of JSON: the file for what is printed, and pytest's arguments
    out  a line: how pytest ended

Nothing of the tree under test is imported here, so that a child finds it as it is by then.
"""

import json
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import cryptography.hazmat.primitives.asymmetric.ed25519
import hypothesis.stateful
import msgspec
import pytest
import pytest_asyncio.plugin
import structlog

# What nearly every test imports, and what takes longest to.
PREPARED = (cryptography, hypothesis, msgspec, structlog)


def main() -> None:
    """Run what is asked for until nothing more is."""
    for line in sys.stdin:
        output, *arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(output, arguments)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(output: str, arguments: Sequence[str]) -> NoReturn:
    """Be a process that runs pytest and nothing else, and that reads and answers nobody."""
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, written), (2, written)):
        os.dup2(source, target)
    code = pytest.main(list(arguments), plugins=[pytest_asyncio.plugin])
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
