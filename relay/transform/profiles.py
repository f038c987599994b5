"""The profile of a lane: what becomes of each kind of file, as `profile.toml` states it."""

from dataclasses import replace
from pathlib import Path

from relay.rule_files import PROFILE
from relay.transform.policy import FilePolicy
from runtime.settings import SettingsFault, read_guarded
from sanitizer.profile import Profile
from sanitizer.profile_file import ProfileInvalid
from sanitizer.profile_file import read_profile as read


def read_profile(folder: Path, files: FilePolicy) -> Profile:
    """Return the profile in the lane's `folder`, for files as large as the policy takes.

    Raises `SettingsFault` saying what is wrong with it.
    """
    path = folder / PROFILE
    try:
        profile = read(read_guarded(path).decode())
    except FileNotFoundError:
        raise SettingsFault(f"{path} is missing: run `sekisho init` or restore it") from None
    except (ProfileInvalid, UnicodeDecodeError) as trouble:
        raise SettingsFault(f"{path}: {trouble}") from None
    max_bytes = min(profile.limits.max_bytes, files.max_bytes)
    return replace(profile, limits=replace(profile.limits, max_bytes=max_bytes))
