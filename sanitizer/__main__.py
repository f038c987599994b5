"""`python -m sanitizer FILE…`: sanitise files, each beside the one it was made from.

Writes `NAME.harmless.EXT`, never over anything, and prints one sentence for each file.  Ends with
1 if one of them was refused.
"""

import argparse
import sys
from pathlib import Path

from sanitizer.jail import Jail
from sanitizer.profile import DEFAULT_PROFILE
from sanitizer.profile_file import read_profile
from sanitizer.sanitize import sanitize_file


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sanitizer", description="Sanitise files.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--profile", type=Path, help="limits and actions, in TOML")
    parser.add_argument("--lang", choices=("ja", "en"), default="ja")
    given = parser.parse_args()
    profile = read_profile(given.profile.read_text("utf-8")) if given.profile else DEFAULT_PROFILE
    is_refused = False
    with Jail() as jail:
        for path in given.files:
            outcome = sanitize_file(path.read_bytes(), name=path.name, jail=jail, profile=profile)
            print(f"{path.name}: {outcome.receipt.sentence(given.lang)}")
            if outcome.state == "refused":
                is_refused = True
                continue
            stem, _, extension = outcome.name.rpartition(".")
            with (path.parent / f"{stem}.harmless.{extension}").open("xb") as new:
                new.write(outcome.data)
    return int(is_refused)


if __name__ == "__main__":
    sys.exit(main())
