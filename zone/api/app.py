"""The application behind api.sock: the gate, and the routes of the table."""

from aiohttp import web
from aiohttp.typedefs import Handler

from zone.api.context import Context
from zone.api.door import Door
from zone.api.files import THUMBNAILS
from zone.api.frontends import Frontends
from zone.api.gate import CALL, gate
from zone.api.openapi import contract
from zone.api.route import Endpoint
from zone.api.routes import ROUTES
from zone.api.server import CONTRACT
from zone.api.uploads import BUSY
from zone.thumbnails import Thumbnails

# 256 messages of 1,000 kanji in one batch are 768 KiB.
MAX_BODY_BYTES = 1024 * 1024


def build(context: Context, frontends: Frontends, door: Door) -> web.Application:
    """Return the application that frontends talk to."""
    app = web.Application(
        middlewares=[gate(context, frontends, door)], client_max_size=MAX_BODY_BYTES
    )
    app[CONTRACT] = contract(ROUTES, title="Sekisho")
    app[BUSY] = set()
    app[THUMBNAILS] = Thumbnails(context.store.blobs, context.settings.limits.thumbnail_bytes)
    app.on_cleanup.append(_close)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _handler(route.endpoint))
    return app


async def _close(app: web.Application) -> None:
    await app[THUMBNAILS].close()


def _handler(endpoint: Endpoint) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await endpoint(request[CALL])

    return handle
