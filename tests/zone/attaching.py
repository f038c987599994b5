"""A message with a file, as the store of a zone has it before anything crosses."""

from tests.zone.conftest import GUEST, ROOM, author
from tests.zone.events import an_id
from wire.bodies import MessagePost
from wire.ids import MESSAGE
from zone.copy import blobs, files
from zone.store.store import ZoneStore
from zone.store.writing import Writing

FILE = an_id("fl", 9)


async def attach(store: ZoneStore, name: str, media: str, data: bytes) -> tuple[str, str]:
    """Have the guest post a message with a file; return its id and the file's SHA-256, as hex."""
    draft = blobs.BlobDraft(store.blobs, limit=len(data))
    draft.write(data)
    size, sha256 = draft.size, draft.keep()

    def work(writing: Writing) -> str:
        files.put(
            writing.db,
            fid=FILE,
            uploader=GUEST,
            name=name,
            media=media,
            size=size,
            sha256=sha256,
            password=None,
            at=writing.now,
        )
        refs = files.references(writing.db, [FILE], uploader=GUEST)
        message = writing.mint(MESSAGE, writing.now)
        body = MessagePost("添付します")
        writing.act(author(GUEST), body, room=ROOM, crosses=True, id=message, files=refs)
        return message

    return await store.write(work), sha256
