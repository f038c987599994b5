"""The admin socket: how the lane stands, what is held, and what an operator decides.

HTTP on a Unix socket that only the stage's own user can open.  A handler reads, calls
and answers; it decides nothing.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Meta, Struct

from relay.normal_form import OperatorAct
from relay.transform import held_things, holds
from relay.transform.deciders import Deciders
from relay.transform.ledger import Ledger
from relay.transform.receipt_sender import ReceiptSender
from relay.transform.stage_link import VerifyLink
from relay.transform.store import TransformStore
from relay.transform.zone_link import NearZoneLink
from wire.consents import MAX_BYTES, decode_consent
from wire.reasons import Reason, Refused, Unavailable

MAX_NAME = 200
MAX_BODY_BYTES = MAX_BYTES  # a consent, or a name

STORE = web.AppKey("store", TransformStore)
DOOR = web.AppKey("door", NearZoneLink)
SPEAKER = web.AppKey("speaker", ReceiptSender)
HANDOVER = web.AppKey("handover", VerifyLink)
POLICY = web.AppKey("policy", str)
DECIDERS = web.AppKey("deciders", Deciders)

_STATUS_CODES = {Reason.NOT_FOUND: 404, Reason.CONFLICT: 409, Reason.NO_AUTHORITY: 403}

logger = structlog.get_logger()
routes = web.RouteTableDef()


class OperatorDecision(Struct, frozen=True, forbid_unknown_fields=True):
    """Who has decided."""

    approver: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]


@asynccontextmanager
async def listen(
    sock: socket.socket,
    store: TransformStore,
    door: NearZoneLink,
    handover: VerifyLink,
    policy_sha256: str,
    deciders: Deciders,
) -> AsyncIterator[None]:
    """Serve on `sock`, which is bound."""
    app = web.Application(middlewares=[refusals], client_max_size=MAX_BODY_BYTES)
    app[STORE], app[DOOR], app[SPEAKER] = store, door, door.receipt_sender
    app[HANDOVER], app[POLICY], app[DECIDERS] = handover, policy_sha256, deciders
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, sock).start()
        yield
    finally:
        await runner.cleanup()


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every `Refused` and `Unavailable` alike (RFC 9457), so that no handler has to."""
    try:
        return await handler(request)
    except Refused as refusal:
        return _problem(_STATUS_CODES.get(refusal.reason, 422), refusal.reason, refusal.detail)
    except Unavailable as trouble:
        return _problem(503, "unavailable", str(trouble))


def _problem(status: int, code: str, detail: str) -> web.Response:
    body = {"status": status, "code": code, "detail": detail}
    return _answer(body, status, "application/problem+json")


def _answer(body: Any, status: int = 200, media: str = "application/json") -> web.Response:
    return web.Response(body=msgspec.json.encode(body), status=status, content_type=media)


@routes.get("/v1/status")
async def get_status(request: web.Request) -> web.Response:
    """Return how far the lane has come and what is in its way."""
    store, receipt_sender, handover = (
        request.app[STORE],
        request.app[SPEAKER],
        request.app[HANDOVER],
    )
    position = store.position
    held = await store.read(holds.waiting)
    return _answer(
        {
            "site": request.app[DOOR].link.site,
            "lane": request.app[DOOR].link.lane,
            "epoch": position.epoch,
            "high": position.high,
            "chain": position.head,
            "tick": position.tick,
            "halted": position.halt,
            "flags": [flag.name for flag in receipt_sender.flags()],
            "waiting": store.waiting,
            "holds": held.number,
            "refused_consents": request.app[DECIDERS].refused,
            "disk_full": store.is_full,
            "arriving_bytes": store.source_bytes,
            "near_connected": receipt_sender.is_connected,
            "verify_connected": handover.is_connected,
            "verify_trouble": handover.trouble,
            "policy_sha256": request.app[POLICY],
            "refused_at_door": request.app[DOOR].turned,
        }
    )


@routes.get("/v1/holds")
async def get_holds(request: web.Request) -> web.Response:
    """Return what waits for a person, without what it says."""
    return _answer({"holds": await request.app[STORE].read(held_things.listed)})


@routes.post("/v1/holds/looks")
async def look(request: web.Request) -> web.Response:
    """Return what is held to somebody who has signed that they look."""
    deciders, signed = request.app[DECIDERS], decode_consent(await request.read())
    return _answer(await deciders.look(signed))


@routes.post("/v1/holds/consents")
async def consent(request: web.Request) -> web.Response:
    """Take in somebody's yes or no, and say what it has come to."""
    deciders, signed = request.app[DECIDERS], decode_consent(await request.read())
    return _answer(await deciders.take(signed))


@routes.post("/v1/lane/resume")
async def resume(request: web.Request) -> web.Response:
    """Let a halted lane go on."""
    operator = await _approver(request)
    was = await request.app[STORE].write(lambda ledger: _resume(ledger, operator))
    logger.warning("lane.resumed", was=was)
    return _answer({"was": was})


def _resume(ledger: Ledger, operator: str) -> str:
    was = ledger.position.halt
    if was is None:
        raise Refused(Reason.CONFLICT, "the lane is not halted")
    ledger.position.halt = None
    ledger.put_on_record(OperatorAct("lane.resumed", operator))
    return was


async def _approver(request: web.Request) -> str:
    try:
        return msgspec.json.decode(await request.read(), type=OperatorDecision).approver
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(Reason.INVALID, 'expected {"approver": "who decided"}') from None
