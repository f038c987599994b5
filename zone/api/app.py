"""The application behind api.sock: the gate, and the routes of the table."""

from aiohttp import web
from aiohttp.typedefs import Handler

from zone.api.http import gate
from zone.api.http.context import ApiContext
from zone.api.http.door import SocketDoor
from zone.api.http.frontends import Frontends
from zone.api.http.gate import API_REQUEST
from zone.api.http.openapi import contract_document
from zone.api.http.route import Route
from zone.api.http.scopes import scope_of
from zone.api.resources.files import THUMBNAILS, keep_size
from zone.api.resources.people import PEOPLE
from zone.api.resources.routes import ROUTES
from zone.api.resources.server import CONTRACT
from zone.api.resources.uploads import BUSY
from zone.copy.thumbnailer import Thumbnailer
from zone.copy.thumbnails import Thumbnails
from zone.search.people import PeopleFinder

# 256 messages of 1,000 kanji in one batch are 768 KiB.
MAX_BODY_BYTES = 1024 * 1024


def build(
    context: ApiContext, frontends: Frontends, door: SocketDoor, thumbnailer: Thumbnailer
) -> web.Application:
    """Return the application that frontends talk to."""
    app = web.Application(
        middlewares=[gate.gate(context, frontends, door)], client_max_size=MAX_BODY_BYTES
    )
    app[CONTRACT] = contract_document(ROUTES, title="Sekisho")
    app[BUSY] = set()
    app[PEOPLE] = PeopleFinder(context.store.directory)
    app[THUMBNAILS] = Thumbnails(
        context.store.blobs,
        context.settings.limits.thumbnail_bytes,
        lambda sha256, pixels: keep_size(context.store, sha256, pixels),
        thumbnailer,
    )
    app.on_cleanup.append(_close)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _handler(route))
    return app


async def _close(app: web.Application) -> None:
    await app[THUMBNAILS].close()


def _handler(route: Route) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        asked = request[API_REQUEST]
        asked.demand(scope_of(route.method, route.path, request.match_info))
        return await route.endpoint(asked)

    return handle
