"""What the process that holds the release key has loaded: no decoder, and not the other stage."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# The language, and the five that the architecture allows, with what they are made of.
ALLOWED = {
    "msgspec",
    "regex",
    "structlog",
    "aiosqlite",
    "typing_extensions",
    "cryptography",
    "cffi",
    "_cffi_backend",
    "_openssl",
}


def loaded_by(module: str) -> set[str]:
    """Return the modules that a new process has loaded once it has imported `module`."""
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def top_levels(modules: set[str]) -> set[str]:
    names = {name.partition(".")[0] for name in modules}
    return names - sys.stdlib_module_names - {"__mp_main__", "sitecustomize"}


def test_no_library_is_loaded_that_decodes_what_people_send() -> None:
    # To print to a terminal structlog loads rich, if it is there, and what rich loads.
    ours = top_levels(loaded_by("relay.verify.service")) - top_levels(loaded_by("structlog"))
    before = top_levels(loaded_by("sys"))
    assert ours - before <= ALLOWED | {"confinement", "wire", "runtime", "relay", "sanitizer"}


def test_of_ours_neither_the_other_stage_nor_the_sanitizer_is_loaded() -> None:
    loaded = loaded_by("relay.verify.service")
    assert not [name for name in loaded if name.startswith("relay.transform")]
    assert {
        name for name in loaded if name.startswith("sanitizer.") and "check" not in name
    } == set()


def test_the_words_are_not_checked_with_the_code_that_made_them_clean() -> None:
    assert "wire.text" not in loaded_by("relay.verify.service")
