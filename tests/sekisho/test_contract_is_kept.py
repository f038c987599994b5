"""A zone that `sekisho` runs is held against the contract, and what it says otherwise is seen."""

import os
from pathlib import Path

import pytest

from sekisho.local_socket import ask_node
from tests.contract_watch import lacking
from tests.sekisho.daemons import running


def ask(site: Path, name: str) -> None:
    """Have LGWAN's zone say who it is."""
    form = {"name": name, "uids": [os.geteuid()]}
    token = ask_node(site / "lgwan/run/admin.sock", "POST", "/v1/frontends", form)["token"]
    headers = {"Authorization": f"Bearer {token}"}
    said = ask_node(site / "lgwan/run/api.sock", "GET", "/v1/server", headers=headers)
    assert said["zone"] == "lgwan"


def test_what_the_contract_does_not_have_is_noticed(site: Path, short_path: Path) -> None:
    logs = short_path / "logs"
    logs.mkdir()
    with running(logs, [("lgwan", site)]):
        ask(site, "one")
    (logs / "bell").unlink()
    (logs / "contract.json").write_bytes(lacking("ServerView"))
    with pytest.raises(AssertionError, match="salary"), running(logs, [("lgwan", site)]):
        ask(site, "two")
