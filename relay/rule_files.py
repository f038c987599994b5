"""The two files that say what may cross on a lane, and the one hash that stands for both.

`policy.toml` judges what people do; `profile.toml` says what becomes of their files.  They lie in
the lane's folder, above its two stages, and what is in them is read elsewhere.
"""

import hashlib
from pathlib import Path

from runtime.settings import SettingsFault

POLICY, PROFILE = "policy.toml", "profile.toml"


def rules_digest(folder: Path) -> str:
    """Return the SHA-256 of the policy with the profile behind it: `cat policy.toml profile.toml`.

    Raises `SettingsFault` where one is missing, and `OSError` where it cannot be read.
    """
    digest = hashlib.sha256()
    for name in (POLICY, PROFILE):
        try:
            digest.update((folder / name).read_bytes())
        except FileNotFoundError:
            raise SettingsFault(
                f"{folder / name} is missing: run `sekisho init` or restore it"
            ) from None
    return digest.hexdigest()
