"""The gate: nobody gets past it without saying who they are and for whom they ask.

One middleware, so that a request passes one function and not five.  It also turns
every refusal, whoever raised it, into a problem document.
"""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from runtime.sockets import peer_credentials
from wire.events import Author
from wire.reasons import Reason, Refused, Unavailable
from zone.api.http import problems
from zone.api.http.api_request import ApiRequest
from zone.api.http.context import ApiContext
from zone.api.http.door import SocketDoor
from zone.api.http.entitlement import ACT_AS, PERSON, Entitlement
from zone.api.http.frontends import Frontend, Frontends
from zone.api.http.problems import Impatient, language_of

# Names by which programs call a Unix socket.  Anything else was made for another server.
HOSTS = frozenset({"localhost", "sekisho"})
# What a frontend can ask for itself.
FOR_ITSELF = frozenset({"/v1/server", "/v1/openapi.json"})

# Whoever asks too much is told so only then: a connection that asks on regardless keeps the
# daemon no busier than this, and those who keep to their rate do not wait behind it.
PAUSE_S = 0.5

API_REQUEST: web.RequestKey[ApiRequest] = web.RequestKey("api_request", ApiRequest)

TROUBLES = (
    Refused,
    Unavailable,
    web.HTTPNotFound,
    web.HTTPMethodNotAllowed,
    web.HTTPRequestEntityTooLarge,
)


def gate(context: ApiContext, frontends: Frontends, door: SocketDoor) -> Middleware:
    """Return the gate of api.sock."""

    @web.middleware
    async def pass_gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        door.greet(request.transport)
        try:
            demand_no_browser(request)
            request[API_REQUEST] = _let_in(request, context, frontends)
            return await handler(request)
        except Impatient as trouble:
            await asyncio.sleep(PAUSE_S)
            return answer_trouble(request, trouble)
        except TROUBLES as trouble:
            return answer_trouble(request, trouble)

    return pass_gate


def demand_no_browser(request: web.Request) -> None:
    """Refuse what a web page could have sent: a local socket is for programs."""
    headers = request.headers
    if "Origin" in headers or "Referer" in headers or headers.get("Host") not in HOSTS:
        raise Refused(Reason.FOREIGN_ORIGIN, "no Origin, no Referer, and Host: localhost")


def peer_uid(request: web.Request) -> int:
    """Return the Unix user at the other end."""
    if request.transport is None:
        raise Unavailable("the connection is gone")
    return peer_credentials(request.transport.get_extra_info("socket"))[1]


def _let_in(request: web.Request, context: ApiContext, frontends: Frontends) -> ApiRequest:
    """Return what is asked, once it is known by whom and for whom, and that they may."""
    _demand_said_once(request)
    frontend, token = frontends.called(request.headers.get("Authorization", ""))
    uid, now = peer_uid(request), context.clock()
    if uid not in frontend.uids:
        raise Refused(Reason.NOT_SIGNED_IN)
    frontend.allowances.take()
    frontend.used = now
    who = _who(request, context, frontend)
    directory, zone = context.store.directory, context.side.zone
    asked = ApiRequest(request, context, Entitlement(frontend, token, uid, who, directory, zone))
    asked.demand()
    if who.uid:
        frontend.allowances.take_for(who.person or who.uid)
    return asked


def _who(request: web.Request, context: ApiContext, frontend: Frontend) -> Author:
    """Return the user for whom a frontend asks, as it says."""
    untrusted = request.headers.get(ACT_AS)
    if untrusted is None and request.path in FOR_ITSELF:
        return frontend.author("", context.settings.tenant)
    if untrusted is None:
        raise Refused(Reason.NOT_SIGNED_IN, f"{ACT_AS} says for which user")
    directory = context.store.directory
    is_shared = directory.is_shared_account(untrusted)
    person = request.headers.get(PERSON, "") if is_shared else None
    tenant = directory.tenant_of(untrusted) or context.settings.tenant
    return frontend.author(untrusted, tenant, person)


def _demand_said_once(request: web.Request) -> None:
    """Refuse who names two users or two tokens: one of them would be passed over in silence."""
    for name in ("Authorization", ACT_AS, PERSON, "Idempotency-Key"):
        if len(request.headers.getall(name, ())) > 1:
            raise Refused(Reason.MALFORMED, f"{name} is there more than once")


def answer_trouble(request: web.Request, trouble: Exception) -> web.Response:
    """Return the problem document for `trouble`."""
    language = language_of(request.headers.get("Accept-Language", ""))
    response = problems.problem(trouble, instance=request.path, language=language)
    if isinstance(trouble, web.HTTPMethodNotAllowed):
        response.headers["Allow"] = trouble.headers["Allow"]
    if not request.content.is_eof():
        response.force_close()  # what is left of the body is not waited for
    return response
