"""Examples and documentation of settings are what the types say, and the types say everything."""

import subprocess
import sys
from pathlib import Path

import click
import msgspec
import pytest

from runtime.settings import read_settings
from sekisho import annotated, japanese, write_docs
from sekisho.annotated import sections_of
from sekisho.programs import EXAMPLES, settings_type
from sekisho.site import Program
from tests.conftest import ROOT


@pytest.mark.parametrize("path", write_docs.written())
def test_what_is_printed_from_the_code_is_as_the_code_is(path: str) -> None:
    """In a process of its own: click keeps a command's help as it was first asked for it."""
    program = f"from sekisho import write_docs; print(end=write_docs.written()[{path!r}]())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    expected = done.stdout.decode("utf-8")
    assert (ROOT / path).read_text() == expected, "run: python3 -m sekisho.write_docs"


@pytest.mark.parametrize("program", list(Program))
def test_every_setting_says_what_it_is_for(program: Program) -> None:
    silent = [
        f"{section.path}.{each.key}"
        for section in sections_of(settings_type(program))
        for each in section.settings
        if not each.meaning
    ]
    assert silent == []


@pytest.mark.parametrize("program", list(Program))
def test_an_example_is_read_as_the_defaults_it_shows(program: Program, tmp_path: Path) -> None:
    form, path = settings_type(program), tmp_path / "a.toml"
    path.write_text(annotated.toml(form, EXAMPLES[program]))
    as_shipped = read_settings(path, form)
    uncommented = [
        line[2:] if line.startswith("# ") and " = " in line else line
        for line in path.read_text().splitlines()
        if not line.startswith("# ") or " = " in line
    ]
    path.write_text("\n".join(uncommented))
    assert read_settings(path, form) == as_shipped
    assert as_shipped == msgspec.convert(EXAMPLES[program], form)


def test_a_command_without_a_japanese_sentence_is_an_error_that_names_it() -> None:
    with pytest.raises(KeyError, match="no sentence for help of sekisho nothing"):
        japanese.commands_of({"sekisho nothing": click.Command("nothing", help="Do nothing.")})


def test_a_japanese_sentence_for_a_setting_that_is_gone_is_an_error_that_names_it() -> None:
    with pytest.raises(KeyError, match=r"what is gone: .*settings\.zone\.toml\.limits\.file_bytes"):
        japanese.settings_of({})
