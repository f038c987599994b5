"""Have a zone that `sekisho` runs be held against the contract: Python imports this before it.

Where `tests.sekisho.daemons.watched` names this folder and a file, whatever a zone tells or answers
that the contract does not have is written into that file.  A contract beside it, under the same
name with `.json`, is held in place of the product's own.
"""

import os
import sys
from pathlib import Path

_ZONES = {"lgwan", "internet"}

if "sekisho.main" in sys.orig_argv and _ZONES & {*sys.orig_argv}:
    from tests.contract_watch import ContractWatch, contract_in, stand_by

    broken = Path(os.environ["SEKISHO_CONTRACT_BROKEN"])
    stand_by(ContractWatch(contract_in(broken.with_suffix(".json")), broken))
