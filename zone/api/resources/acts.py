"""Routes of acts: what the asker has changed, taken back or sent again where it was refused."""

from collections.abc import Sequence
from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta

from wire.ids import ACT, MESSAGE
from wire.item_kinds import kind_of
from wire.reasons import Reason, Refused
from zone.api.http.api_request import ApiRequest, json_response, read_body
from zone.api.http.scopes import scope_of_act
from zone.api.resources.request_bodies import Limit, NoQuery, RequestQuery
from zone.conversation.actor import Actor
from zone.conversation.acts import event_of, find_act, list_acts, own_row
from zone.conversation.recalls import withdraw_act
from zone.conversation.resending import Correction, resend_act

_STANDINGS = ("held", "refused")


class ActsQuery(RequestQuery, frozen=True):
    """Which acts: what is held, or what was refused; both if none is named."""

    standing: Literal["held", "refused"] | None = None
    limit: Limit = 50
    next: Annotated[str, Meta(pattern="^[0-9]{1,16}$")] | None = None


def standings_of(query: ActsQuery) -> Sequence[str]:
    """Return what is asked for: both where nothing is named."""
    return _STANDINGS if query.standing is None else (query.standing,)


def before_of(query: ActsQuery) -> int | None:
    """Return behind which act the page begins, or None for the first one."""
    return None if query.next is None else int(query.next)


async def list_own_acts(request: ApiRequest) -> web.Response:
    """Return what the asker has done that is held or was refused, the latest first."""
    query = request.query(ActsQuery)
    standings, before = standings_of(query), before_of(query)
    side, uid = request.context.side, request.who.uid
    found = await request.context.store.read(
        lambda db: list_acts(db, side, uid, standings, before=before, limit=query.limit)
    )
    return json_response(found)


async def get_act(request: ApiRequest) -> web.Response:
    """Return something that the asker has done."""
    request.query(NoQuery)
    act, side, uid = _act(request), request.context.side, request.who.uid
    return json_response(await request.context.store.read(lambda db: find_act(db, side, uid, act)))


async def withdraw_own_act(request: ApiRequest) -> web.Response:
    """Take back what was refused: this zone shows again what both last knew."""
    act, hours = _act(request), request.context.settings.limits.withdraw_hours
    body = await request.body()
    return await request.write_once(
        lambda actor: withdraw_act(_in_scope(request, actor, act), act, hours=hours),
        status=200,
        question=body,
    )


async def resend_own_act(request: ApiRequest) -> web.Response:
    """Say once more what was refused, corrected if it is to be.  202: as whatever is said."""
    act = _act(request)
    body = await request.body()
    better = read_body(body or b"{}", Correction)
    return await request.write_once(
        lambda actor: resend_act(_in_scope(request, actor, act), act, better),
        status=202,
        question=body,
        place="/v1/acts",
    )


def _in_scope(request: ApiRequest, actor: Actor, act: str) -> Actor:
    """Return `actor`, if the frontend may be used for what the act was."""
    request.demand(scope_of_act(event_of(actor, own_row(actor.writing.db, actor.who.uid, act))))
    return actor


def _act(request: ApiRequest) -> str:
    """Return the id of the act in the path: its own, or that of what it made."""
    untrusted = request.http.match_info["act"]
    if untrusted[:2] not in (ACT, MESSAGE) and kind_of(untrusted) is None:
        raise Refused(Reason.NOT_FOUND)
    return request.id(untrusted[:2], "act")
