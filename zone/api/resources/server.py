"""Routes about the server itself."""

from aiohttp import web
from msgspec import Struct

from wire.fields import MAX_EVENTS, MAX_FILES, MAX_TEXT
from zone.api.http.api_request import ApiRequest, json_response
from zone.api.resources.request_bodies import MAX_PAGE, MAX_WAIT_S
from zone.copy.link_views import LinkView
from zone.link.link_states import link_view

API_VERSION = 1
FEATURES = ["batch", "files", "long-poll", "search", "sse", "tus", "websocket"]


class ApiVersion(Struct, frozen=True):
    """The version served, and the oldest one still understood."""

    current: int
    min: int


class ServerLimits(Struct, frozen=True):
    """How much may be asked for at once."""

    text: int
    files: int
    file_bytes: int
    batch: int
    page: int
    wait_s: int


class ServerView(Struct, frozen=True):
    """What a frontend should know before it asks for more.  `time` is in milliseconds.

    `link` says whether the other zone can be reached; it is as it was last told by event, with
    what waits now.
    """

    api: ApiVersion
    zone: str
    tenant: str
    features: list[str]
    limits: ServerLimits
    time: int
    link: LinkView


CONTRACT: web.AppKey[bytes] = web.AppKey("contract", bytes)


async def get_server(request: ApiRequest) -> web.Response:
    """Return what this server is."""
    settings = request.context.settings
    store, side = request.context.store, request.context.side
    limits = ServerLimits(
        MAX_TEXT, MAX_FILES, settings.limits.file_bytes, MAX_EVENTS, MAX_PAGE, MAX_WAIT_S
    )
    return json_response(
        ServerView(
            ApiVersion(API_VERSION, API_VERSION),
            settings.zone.value,
            settings.tenant,
            FEATURES,
            limits,
            request.context.clock(),
            await store.read(lambda db: link_view(db, side.leaving, now=store.now())),
        )
    )


async def get_contract(request: ApiRequest) -> web.Response:
    """Return the OpenAPI document."""
    return web.Response(body=request.http.app[CONTRACT], content_type="application/json")
