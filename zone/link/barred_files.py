"""Files that the relay has released without a record: refused here until there is one.

Every function runs inside a transaction.
"""

import sqlite3

from wire.bodies import FileReady
from wire.reasons import Reason


def bar(db: sqlite3.Connection, fid: str) -> None:
    """Refuse a file until the release of it is on record, also one that is still on its way."""
    db.execute(
        "UPDATE file SET outcome = 'refused', reason = ?,"
        " state = CASE state WHEN 'arriving' THEN state ELSE 'refused' END"
        " WHERE fid = ? AND state IN ('arriving', 'clean', 'altered')",
        (Reason.NO_RECORD.value, fid),
    )


def unbar(db: sqlite3.Connection, ready: FileReady) -> None:
    """Show a file again that was barred, as the relay has said that it is."""
    db.execute(
        "UPDATE file SET outcome = ?1, reason = ?2,"
        " state = CASE state WHEN 'arriving' THEN state ELSE ?1 END"
        " WHERE fid = ?3 AND state IN ('arriving', 'refused') AND reason = ?4",
        (ready.state, ready.reason, ready.file, Reason.NO_RECORD.value),
    )
