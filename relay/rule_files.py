"""The two files that say what may cross on a lane, and the one hash that stands for both.

`policy.toml` judges what people do; `profile.toml` says what becomes of their files.  They lie in a
folder of their own, beside those of the lane's two stages: each stage may read it while it runs,
and nothing of the other stage.  What is in them is read elsewhere.
"""

import hashlib
from pathlib import Path

from runtime.settings import SettingsFault, read_guarded

POLICY, PROFILE = "policy.toml", "profile.toml"


def rules_folder(stage: Path) -> Path:
    """Return where the rules of the lane lie whose stage has the folder `stage`."""
    return stage.parent / "rules"


def rules_digest(folder: Path) -> str:
    """Return the SHA-256 of the policy with the profile behind it: `cat policy.toml profile.toml`.

    Raises `SettingsFault` where one is missing or others may change it, and `OSError` where it
    cannot be read.
    """
    digest = hashlib.sha256()
    for name in (POLICY, PROFILE):
        try:
            digest.update(read_guarded(folder / name))
        except FileNotFoundError:
            raise SettingsFault(
                f"{folder / name} is missing: run `sekisho init` or restore it"
            ) from None
    return digest.hexdigest()
