"""A kind of file that has a treatment has all that the treatment asks for."""

import pytest

from sanitizer import stages, treatments
from sanitizer.check import check
from sanitizer.kinds import KINDS, Kind, kind_named
from sanitizer.media import EXTENSIONS
from sanitizer.needed import SOUND_AND_FILM
from sanitizer.profile import FileAction

# What LibreOffice makes another file of, before anything of ours reads it.
CONVERTED = {Kind.DOC, Kind.ODT, Kind.RTF, Kind.XLS, Kind.ODS, Kind.PPT, Kind.ODP, Kind.ODG}
TREATED = [kind for kind in Kind if FileAction.REBUILD in treatments.possible(kind)]


@pytest.mark.parametrize("kind", TREATED)
def test_what_is_rebuilt_can_be_decoded(kind: Kind) -> None:
    is_ours = kind not in CONVERTED | SOUND_AND_FILM
    assert (kind in stages._DECODERS) is is_ours


@pytest.mark.parametrize("kind", TREATED)
def test_what_is_rebuilt_is_known_by_its_extensions(kind: Kind) -> None:
    assert {kind_named(f"a.{extension}") for extension in KINDS[kind].extensions} == {kind}


def test_what_comes_out_has_an_extension_and_a_grammar() -> None:
    assert set(EXTENSIONS) == set(check.MEDIA)
    assert {media: extension for extension, media in check._EXTENSIONS.items()} == EXTENSIONS
