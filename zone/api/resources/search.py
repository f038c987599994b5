"""The route of the search: what may be asked, and what is answered.

A room that the asker does not see is not found, whether there is one or not; an author
whom the asker does not know has said nothing.
"""

from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta, Struct

from wire.reasons import Reason, Refused
from zone.api.http.api_request import ApiRequest, json_response
from zone.api.resources.request_bodies import Limit, RequestQuery
from zone.search.documents import KINDS
from zone.search.finding import EVER, IndexQuery
from zone.search.query_words import MAX_QUERY, read_words
from zone.search.results import SearchResult, read_found, search_results

Name = Annotated[str, Meta(min_length=29, max_length=29)]
Time = Annotated[int, Meta(ge=0, le=EVER)]


class SearchQuery(RequestQuery, frozen=True):
    """What to look for: words (all of them), "phrases", -words that must not be there.

    `since` and `until` (which is no longer part) are milliseconds since 1970.
    """

    q: Annotated[str, Meta(max_length=MAX_QUERY)] = ""
    room: Name | None = None
    author: Name | None = None
    since: Time = 0
    until: Time = EVER
    has: Literal["file"] | None = None
    type: Annotated[str, Meta(pattern=f"^({'|'.join(KINDS)})$")] | None = None
    limit: Limit = 20
    next: Annotated[str, Meta(pattern="^[0-9a-f]{1,16}$")] | None = None


class Results(Struct, frozen=True):
    """A page of what was found, newest first.

    It may hold fewer than asked for, or none, and still lead on by `next`.  While
    `is_complete` is false, what was said long ago is still being indexed.
    """

    items: list[SearchResult]
    next: str | None
    is_complete: bool


async def get_search(request: ApiRequest) -> web.Response:
    """Return a page of what the asker may see and looks for."""
    query, context = request.query(SearchQuery), request.context
    asked = _asked(request, query)
    if not asked.words.wanted and not (query.author or query.has or query.type):
        raise Refused(Reason.INVALID, "look for a word, an author, a type, or what has a file")
    hits = await context.search.find(asked)
    documents = await context.store.read(lambda db: read_found(db, hits.items))
    items = list(search_results(asked, hits.items, documents))
    following = None if hits.next is None else f"{hits.next:x}"
    return json_response(Results(items, following, context.search.is_complete))


def _asked(request: ApiRequest, query: SearchQuery) -> IndexQuery:
    return IndexQuery(
        rooms=_rooms(request, query.room),
        words=read_words(query.q),
        author=query.author,
        type=query.type,
        has_file=query.has is not None,
        since=query.since,
        until=query.until,
        limit=query.limit,
        below=None if query.next is None else int(query.next, 16),
    )


def _rooms(request: ApiRequest, room: str | None) -> dict[str, int]:
    """Return where to look, and from when on the asker sees what is there."""
    directory, uid, now = request.context.store.directory, request.who.uid, request.context.clock()
    rooms = directory.rooms_of(uid) if room is None else [room]
    seen = {
        name: since for name in rooms if (since := directory.since(uid, name, now=now)) is not None
    }
    if room is None:  # all whom a broadcast reaches find what it says
        seen |= dict.fromkeys(directory.broadcasts_to(uid), 0)
    if room is not None and room not in seen:
        raise Refused(Reason.NOT_FOUND)
    return seen
