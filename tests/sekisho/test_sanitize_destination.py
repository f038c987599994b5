"""Where `sekisho sanitize` writes: beside whatever is there, and leaving no pieces."""

from pathlib import Path, PurePath

import pytest

from sekisho.sanitising.destination import Destination

HERE = PurePath()


def test_a_name_taken_by_another_program_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    destination = Destination(tmp_path)
    assert destination.write(b"1", HERE, "a.txt") == PurePath("a.txt")
    (tmp_path / "b.txt").write_bytes(b"theirs")
    (tmp_path / "b(2).txt").symlink_to("nowhere")
    assert destination.write(b"2", HERE, "b.txt") == PurePath("b(3).txt")
    assert (tmp_path / "b.txt").read_bytes() == b"theirs"
    assert not (tmp_path / "nowhere").exists()


def test_names_that_some_system_takes_for_one_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "PHOTO.JPG").touch()
    assert Destination(tmp_path).write(b"1", HERE, "photo.jpg") == PurePath("photo(2).jpg")


def test_what_cannot_be_put_in_its_place_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="too long"):
        Destination(tmp_path).write(b"1", HERE, "長" * 90 + ".txt")
    assert list(tmp_path.iterdir()) == []
