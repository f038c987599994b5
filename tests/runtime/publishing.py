"""A log's folder, brought up to date in one go; the relay does it step by step, with a witness."""

import sqlite3
from pathlib import Path

from runtime import audit_log, audit_publish
from runtime.audit_publish import published_head
from wire.audit.note import Signer
from wire.audit.tlog import TreeHead


def publish(db: sqlite3.Connection, folder: Path, signer: Signer) -> TreeHead:
    """Bring `folder` up to date with the store and return the head that is published.

    Raises `Refused` where the store is older than the folder or tells another history.
    """
    published = published_head(folder, signer.verifier())
    audit_log.check_published(db, published)
    while True:
        step = audit_publish.gather(db, published.size)
        audit_publish.write(folder, step, signer)
        published = step.head
        if published.size == audit_log.head(db).size:
            return published
