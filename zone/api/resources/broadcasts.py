"""Routes of broadcasts (安否確認): made, listed, counted, and who is still to be phoned.

What they share with other items, to look at one, answer it, close or remove it, is in
zone/api/resources/items.py.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta, Struct, field

from wire.answers import Reply
from wire.fields import Count, Name, Text
from wire.ids import BROADCAST
from wire.items import Audience, Choices
from wire.items import Broadcast as CallContent
from wire.reasons import Reason, Refused
from zone.api.http.api_request import ApiRequest, json_response, read_body
from zone.api.http.downloads import attachment_header
from zone.api.http.problems import language_of
from zone.api.resources.items import Items
from zone.api.resources.request_bodies import Limit, RequestQuery
from zone.conversation.broadcasts import as_said
from zone.conversation.items import make_item
from zone.copy.directory_views import UserView
from zone.items import broadcasts
from zone.items.items import broadcasts_for, item_place
from zone.items.spreadsheets import Charset, write_csv
from zone.reminders.phone_list import in_phoning_order, telephone_cell
from zone.store.visibility import section_of


class NewBroadcast(RequestQuery, frozen=True, kw_only=True):
    """A broadcast to make: whom it reaches, and what they are to do.

    Whoever has not done it `escalate_after_s` after it is told again; 0 is never.
    """

    title: Name
    audience: Audience
    require: Literal["read", "ack", "answer"]
    text: Text = ""
    choices: Choices = field(default_factory=list)
    deadline: Count = 0
    escalate_after_s: Annotated[int, Meta(ge=0, le=86_400)] = broadcasts.ESCALATE_AFTER_S
    training: bool = False


class BroadcastsQuery(RequestQuery, frozen=True):
    """Which broadcasts: the latest, or those before a page."""

    limit: Limit = 50
    next: Annotated[str, Meta(pattern="^[0-9a-f]{14}[il][0-9a-f]$")] | None = None


class MissingQuery(RequestQuery, frozen=True):
    """The format of the answer: JSON, or a table for a spreadsheet."""

    format: Literal["json", "csv"] = "json"
    charset: Charset = "utf-8"


class ChoiceCount(Struct, frozen=True):
    """A choice, and how many people gave it."""

    choice: str
    count: int


class BroadcastStatus(Struct, frozen=True, kw_only=True):
    """How a broadcast stands.  `missing` have not done what it asks for.

    Its author counts once they have done it.  `unchosen` have answered without one of its choices.
    """

    id: str
    title: str
    training: bool
    require: Literal["read", "ack", "answer"]
    deadline: int
    closed: bool
    addressees: int
    seen: int
    answered: int
    missing: int
    choices: list[ChoiceCount]
    unchosen: int


class MissingView(Struct, frozen=True, kw_only=True):
    """Somebody to phone.  `telephone` is null for askers who may not phone."""

    user: str
    name: str
    kana: str
    section: str
    title: str
    telephone: str | None
    seen: bool


class Missing(Struct, frozen=True):
    """Who has not done what a broadcast asks for, in the order in which to phone them."""

    items: list[MissingView]


async def create_broadcast(request: ApiRequest) -> web.Response:
    """Broadcast to people.  202: it has yet to cross, and can still be held or refused."""
    body = await request.body()
    wanted = read_body(body, NewBroadcast)
    said = CallContent(
        title=wanted.title,
        text=wanted.text,
        audience=wanted.audience,
        require=wanted.require,
        choices=wanted.choices,
        deadline=wanted.deadline,
        escalate_after_s=wanted.escalate_after_s,
        training=wanted.training,
    )
    return await request.write_once(
        lambda actor: make_item(actor, None, as_said(said)),
        status=202,
        question=body,
        place="/v1/items",
    )


async def list_broadcasts(request: ApiRequest) -> web.Response:
    """Return the broadcasts that reach the asker or are theirs.

    With the duty `broadcast` also all others of their municipality.
    """
    query, side, uid = request.query(BroadcastsQuery), request.context.side, request.who.uid
    directory, now = request.context.store.directory, request.context.clock()
    names = directory.broadcasts_seen(uid)
    found = await request.context.store.read(
        lambda db: broadcasts_for(
            db, side, uid, names, limit=query.limit, before=query.next, now=now
        )
    )
    return json_response(Items(found, found[-1].stamp if len(found) == query.limit else None))


async def get_broadcast_status(request: ApiRequest) -> web.Response:
    """Return how many have heard a broadcast, and what they answered."""
    found = await _looked_at(request, "broadcast")
    return json_response(found.status())


async def list_unread(request: ApiRequest) -> web.Response:
    """Return who has not done what a broadcast asks for, in the order in which to phone them."""
    query = request.query(MissingQuery)
    found = await _looked_at(request, "broadcast", "phone")
    directory, uid = request.context.store.directory, request.who.uid
    may_phone = directory.has_duty(uid, "broadcast") or directory.has_duty(uid, "phone")

    def view(user: UserView) -> MissingView:
        number = telephone_cell(directory.telephone(user.id)) if may_phone else None
        return MissingView(
            user=user.id,
            name=user.name,
            kana=user.kana,
            section=section_of(directory, user),
            title=user.title,
            telephone=number,
            seen=user.id in found.seen,
        )

    missing = [view(user) for user in in_phoning_order(directory, found.missing)]
    if query.format == "json":
        return json_response(Missing(missing))
    language = language_of(request.http.headers.get("Accept-Language", "ja"))
    table = await asyncio.to_thread(write_csv, _rows(missing, language), query.charset)
    charset = "UTF-8" if query.charset == "utf-8" else "Shift_JIS"
    headers = attachment_header(f"{found.item}.csv", f"text/csv; charset={charset}")
    return web.Response(body=table, headers=headers)


_HEADINGS = {
    "ja": ("所属", "氏名", "かな", "役職", "電話番号", "既読"),
    "en": ("section", "name", "reading", "title", "telephone", "read"),
}
_READ = {"ja": ("既読", "未読"), "en": ("yes", "no")}


def _rows(missing: Iterable[MissingView], language: str) -> list[tuple[object, ...]]:
    read, unread = _READ[language]
    rows: list[tuple[object, ...]] = [_HEADINGS[language]]
    rows += [
        (one.section, one.name, one.kana, one.title, one.telephone, read if one.seen else unread)
        for one in missing
    ]
    return rows


class _Looked(Struct, frozen=True):
    """A broadcast, whom it reaches, and what they have done."""

    item: str
    said: CallContent
    addressees: list[str]
    seen: set[str]
    replies: dict[str, Reply]
    missing: list[str]

    def status(self) -> BroadcastStatus:
        said, choices = self.said, self.said.choices or []
        given = Counter(self.replies[uid].choice for uid in self.addressees if uid in self.replies)
        answered = given.total()
        counts = [ChoiceCount(choice, given[n]) for n, choice in enumerate(choices)]
        return BroadcastStatus(
            id=self.item,
            title=said.title or "",
            training=bool(said.training),
            require=said.require or "read",
            deadline=said.deadline or 0,
            closed=bool(said.closed),
            addressees=len(self.addressees),
            seen=sum(uid in self.seen for uid in self.addressees),
            answered=answered,
            missing=len(self.missing),
            choices=counts,
            unchosen=answered - sum(one.count for one in counts),
        )


async def _looked_at(request: ApiRequest, *duties: str) -> _Looked:
    """Return a broadcast and all that was done, to its author and holders of `duties`."""
    item, directory = request.id(BROADCAST, "item"), request.context.store.directory
    where, said, seen, given = await request.context.store.read(
        lambda db: (
            item_place(db, item),
            broadcasts.content(db, item),
            broadcasts.seen_by(db, item),
            broadcasts.replies(db, item),
        )
    )
    uid = request.who.uid
    if where is None:
        raise Refused(Reason.NOT_FOUND)
    is_for_him = any(directory.has_duty(uid, duty, where.author) for duty in duties)
    if where.author != uid and not is_for_him:
        # Whom a broadcast reaches knows that there is one; for anybody else there is none.
        is_known = directory.is_addressed(item, uid)
        raise Refused(Reason.FORBIDDEN if is_known else Reason.NOT_FOUND)
    if said is None or said.audience is None:
        raise Refused(Reason.CONFLICT, "it was removed")
    heard = seen if said.require == "read" else given.keys()
    # Whoever calls knows of it: nobody phones them, and they count once they have answered.
    called = directory.addressees(said.audience, where.author)
    everybody = [user for user in called if user != where.author or user in heard]
    missing = [user for user in everybody if user not in heard]
    return _Looked(item, said, everybody, seen, given, missing)
