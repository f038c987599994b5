"""A lane's policy and profile as both stages read them, and what the audit log says of them."""

import os
import shutil
from pathlib import Path
from typing import Any

import msgspec

from runtime.settings import SettingsFault
from sekisho.site import statutes_of
from wire.lane import Lane


def policy_path(site: Path, lane: str) -> Path:
    """Return where the policy of a lane lies."""
    from relay.rule_files import POLICY

    return site / statutes_of(Lane(lane)) / POLICY


def read_by_both(text: bytes, path: Path) -> dict[str, int]:
    """Return how many kinds, lists of words and rules a policy has, which the file `path` holds.

    Raises `SettingsFault` with what keeps either stage from going by it.
    """
    from relay.transform.policy import read_policy
    from relay.transform.rules import rules_of
    from relay.verify.policy.lane_policy import read_lane_policy

    rules_of(policy := read_policy(path))
    read_lane_policy(text, path)
    return {"kinds": len(policy.kinds), "words": len(policy.words), "rules": len(policy.rules)}


def troubles_of(folder: Path) -> list[tuple[Path, str]]:
    """Return what keeps either stage from going by what lies in `folder`: which file, and why."""
    from relay.rule_files import POLICY, PROFILE
    from relay.transform.policy import read_policy
    from relay.transform.profiles import read_profile

    path = folder / POLICY
    try:
        files = read_policy(path).files
        read_by_both(path.read_bytes(), path)
        path = folder / PROFILE
        read_profile(folder, files)
    except SettingsFault as fault:
        return [(path, str(fault))]
    return []


def put_policy(site: Path, lane: str, text: bytes, source: Path) -> str:
    """Write a policy that both stages can go by, and return the hash that stands for it then.

    It is there at once or not at all, and is whose the one before was.
    """
    from relay.rule_files import rules_digest

    read_by_both(text, source)
    path = policy_path(site, lane)
    draft = path.with_suffix(".new")
    draft.write_bytes(text)
    shutil.copymode(path, draft)
    owner = path.stat()
    if os.geteuid() == 0:
        os.chown(draft, owner.st_uid, owner.st_gid)
    draft.replace(path)
    return rules_digest(path.parent)


def waiting_stages(site: Path, lane: str, sha256: str) -> list[str]:
    """Return which stages of a lane run on another policy than that, by what they say."""
    from sekisho import node_statuses

    stages = [
        each for each in node_statuses.readings(site) if each.node.lane == lane and each.answer
    ]
    return [each.node.name for each in stages if (each.answer or {})["policy_sha256"] != sha256]


def policies_on_record(site: Path, lane: str) -> list[dict[str, Any]]:
    """Return the records of policies that came into force on a lane, from its published log."""
    from runtime.audit_reader import iter_records
    from runtime.audit_verify import verify_log
    from sekisho.audit_place import of_lane
    from sekisho.clock import now_ms

    place = of_lane(site, Lane(lane), now=now_ms())
    size = verify_log(place.folder, place.log).head.size
    found: list[dict[str, Any]] = []
    for _, encoded in iter_records(place.folder, size):
        record = msgspec.json.decode(encoded)
        sha256 = record.get("policy_sha256")
        is_of_policy = record["ev"] in ("stage.started", "policy.read") and sha256 is not None
        if is_of_policy and (not found or found[-1]["policy_sha256"] != sha256):
            members = ("idx", "t", "policy_sha256", "policy")
            found.append({member: record.get(member) for member in members})
    return found
