"""Whether the file system lets a frontend's Unix user to the socket that it is registered for.

The daemon asks who connects; before that the kernel asks for execute on every folder of the path
and for write on the socket itself (path_resolution(7), unix(7)).
"""

import grp
import os
import pwd
import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from runtime.node import gid_of
from runtime.settings import SettingsFault
from sekisho.doctor.facts import NodeFacts
from sekisho.local_socket import ask_node
from sekisho.read_store import InUse, open_read_only
from wire.reasons import Refused, Unavailable

ROOT = 0


def read_frontends(facts: NodeFacts) -> list[tuple[str, list[int]]]:
    """Return the frontends of a zone that are not revoked: name and Unix users."""
    if facts.node.zone is None:
        return []
    if facts.is_running:
        try:
            told = ask_node(facts.folder / "run" / "admin.sock", "GET", "/v1/frontends")
        except (Refused, Unavailable):
            return []
        return [(one["name"], one["uids"]) for one in told["items"] if one["revoked"] is None]
    try:
        with open_read_only(facts.folder / facts.node.store.name) as db:
            rows = db.execute("SELECT name, uids FROM frontend WHERE revoked IS NULL").fetchall()
    except (InUse, sqlite3.Error):
        return []  # `doctor.stores` says what is wrong with it
    return [(name, msgspec.json.decode(uids, type=list[int])) for name, uids in rows]


def may_open(path: Path, wanted: Any, uid: int, folder: Path) -> bool:
    """Return whether a Unix user may open the socket at `path`, by settings and folders.

    `wanted` are the settings of the socket; the socket itself need not be there yet, and the
    daemon that makes it runs as the owner of `folder`.
    """
    owner = folder.stat().st_uid if folder.is_dir() else os.geteuid()
    if uid in (ROOT, owner):
        return True
    groups = _groups_of(uid)
    if not all(_may(1, each, uid, groups) for each in path.parents if each.is_dir()):
        return False
    if path.is_socket():
        return _may(2, path, uid, groups)
    try:
        gid = gid_of(wanted.group)
    except SettingsFault:
        return False
    return wanted.mode == "666" or (wanted.mode == "660" and gid in groups)


def _may(bit: int, path: Path, uid: int, groups: set[int]) -> bool:
    """Return whether one of the three classes that a user is of has a permission."""
    stat = path.stat()
    if stat.st_uid == uid:
        return bool(stat.st_mode >> 6 & bit)
    if stat.st_gid in groups:
        return bool(stat.st_mode >> 3 & bit)
    return bool(stat.st_mode & bit)


def _groups_of(uid: int) -> set[int]:
    """Return the groups of a Unix user; one whom this host does not name is in their own."""
    try:
        who = pwd.getpwuid(uid)
    except KeyError:
        return {uid}
    return {who.pw_gid, *(each.gr_gid for each in grp.getgrall() if who.pw_name in each.gr_mem)}
