"""Settings: what is wrong with a file is said with its name, the key, and what was expected."""

from pathlib import Path
from typing import Annotated

import pytest
from msgspec import Meta, Struct

from runtime.settings import SettingsFault, read_settings


class Limits(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    per_minute: Annotated[int, Meta(ge=1)] = 60


class Form(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    site: str
    limits: Limits = Limits()


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "zone.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_becomes_one_value(tmp_path: Path) -> None:
    path = written(tmp_path, 'site = "葛飾区"\n[limits]\nper_minute = 5\n')
    assert read_settings(path, Form) == Form(site="葛飾区", limits=Limits(per_minute=5))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the top level: .*missing required field `site`"),
        ('site = "a"\ncolour = 1', "the top level: .*unknown field `colour`"),
        ("site = 1", "site: Expected `str`, got `int`"),
        ('site = "a"\n[limits]\nper_minute = 0', "limits.per_minute: Expected `int` >= 1"),
        ('site = "a"\n[limits]\nper_hour = 1', "limits: .*unknown field `per_hour`"),
        ("site = ", "is not TOML"),
        ('site = "a"\nsite = "b"', "is not TOML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, complaint: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsFault, match=complaint) as caught:
        read_settings(path, Form)
    assert str(caught.value).startswith(str(path))


def test_a_file_in_shift_jis_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "zone.toml"
    path.write_bytes('site = "葛飾区"'.encode("cp932"))
    with pytest.raises(SettingsFault, match="save it as UTF-8"):
        read_settings(path, Form)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="does not exist: run `sekisho init`"):
        read_settings(tmp_path / "zone.toml", Form)


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="cannot be read"):
        read_settings(tmp_path, Form)
