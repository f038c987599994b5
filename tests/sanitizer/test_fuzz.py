"""Each parser outside the jail, fuzzed for a moment; `python3 dev.py fuzz` does it for longer."""

import pytest

from tests.sanitizer import fuzz_run

SECONDS = 3


def test_the_fuzzer_finds_what_was_planted() -> None:
    held, _, said = fuzz_run.fuzzed("planted", 30)
    assert not held
    assert "ZeroDivisionError: planted" in said


def test_every_parser_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz_run.main(["--seconds", str(SECONDS)]) == 0, capsys.readouterr().out
    assert capsys.readouterr().out.count("held") == len(fuzz_run.targets())
