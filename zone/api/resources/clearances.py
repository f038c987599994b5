"""Routes of clearances: what waits for a superior's word, what it looks like, and the word."""

from typing import Literal

from aiohttp import web
from msgspec import Struct

from wire.fields import Line
from wire.ids import FILE
from zone.api.http import downloads
from zone.api.http.api_request import ApiRequest, json_response, read_body
from zone.api.http.downloads import attachment_header
from zone.api.http.route import MADE, Route
from zone.api.resources.files import THUMBNAILS, sha256_of
from zone.api.resources.request_bodies import NoQuery, RequestQuery, ThumbnailQuery
from zone.clearances.approvers import Approvers
from zone.clearances.clearance_views import ClearancesPage, ClearanceView, ClearanceWord
from zone.conversation.clearances import ClearanceReader, decide_on
from zone.copy.thumbnails import MEDIA


class ClearancesQuery(RequestQuery, frozen=True):
    """Which: what waits for the asker's word, what they sent, or what they decided upon."""

    of: Literal["waiting", "sent", "decided"] = "waiting"


class ClearanceDecision(Struct, frozen=True, forbid_unknown_fields=True):
    """承認, 否認 or 差戻し; who does not approve says why."""

    decision: ClearanceWord
    reason: Line = ""


async def list_clearances(request: ApiRequest) -> web.Response:
    """Return what waits for the asker's word, what they sent, or what they decided upon."""
    query, reader = request.query(ClearancesQuery), _reader(request)
    read = {"waiting": reader.waiting, "sent": reader.sent, "decided": reader.decided}[query.of]
    return json_response(await request.context.store.read(read))


async def get_clearance(request: ApiRequest) -> web.Response:
    """Return something that waits for a superior's word, or did."""
    request.query(NoQuery)
    return json_response(await _found(request))


async def get_clearance_thumbnail(request: ApiRequest) -> web.StreamResponse:
    """Return what a file that is to leave looks like, drawn in this zone's own jail."""
    size = request.query(ThumbnailQuery).size
    subject, reader = request.id(FILE, "clearance"), _reader(request)
    found, row = await request.context.store.read(lambda db: reader.find_with_row(db, subject))
    path = await request.http.app[THUMBNAILS].get(sha256_of(found.file), size)
    return await downloads.send(
        request,
        path,
        f"{found.file.sha256}-{size}",
        attachment_header(f"{found.file.name}.{size}.jpg", MEDIA),
        lambda: _reader(request).objection(found, row),
    )


async def decide_on_clearance(request: ApiRequest) -> web.Response:
    """Approve of something, deny it or return it, for good: signed, and on record."""
    subject, seal = request.id(FILE, "clearance"), request.context.seal
    body = await request.body()
    said = read_body(body, ClearanceDecision)
    return await request.write_once(
        lambda actor: decide_on(actor, _reader(request), seal, subject, said.decision, said.reason),
        status=202,
        question=body,
        place="/v1/clearances",
    )


def _reader(request: ApiRequest) -> ClearanceReader:
    context = request.context
    approvers = Approvers(
        context.store.directory, context.settings.approvals, context.side.zone, context.clock()
    )
    return ClearanceReader(context.side, request.who.uid, approvers)


async def _found(request: ApiRequest) -> ClearanceView:
    subject, reader = request.id(FILE, "clearance"), _reader(request)
    return await request.context.store.read(lambda db: reader.find(db, subject))


CLEARANCE_ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/v1/clearances",
        list_clearances,
        200,
        ClearancesPage,
        "上長承認を待つもの",
        "What waits for a superior's word",
        query=ClearancesQuery,
    ),
    Route(
        "GET",
        "/v1/clearances/{clearance}",
        get_clearance,
        200,
        ClearanceView,
        "承認を待つファイル",
        "A file that waits for a superior's word",
    ),
    Route(
        "GET",
        "/v1/clearances/{clearance}/thumbnail",
        get_clearance_thumbnail,
        200,
        None,
        "承認を待つファイルの縮小画像",
        "What a file that waits looks like",
        query=ThumbnailQuery,
        media=["image/jpeg"],
        headers=downloads.ASKED,
        answered=downloads.ANSWERED,
    ),
    Route(
        "POST",
        "/v1/clearances/{clearance}/decision",
        decide_on_clearance,
        202,
        ClearanceView,
        "承認・否認・差戻し",
        "Approve, deny or return",
        body=ClearanceDecision,
        answered=MADE,
    ),
)
