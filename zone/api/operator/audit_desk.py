"""What an operator who reads the audit log asks: what its ids are called here."""

from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler

from zone.api.http.api_request import json_response, read_body
from zone.api.http.context import ApiContext
from zone.store import audit_labels
from zone.store.audit_labels import LabelQuestion


class AuditDesk:
    """Names for what the audit log has ids of."""

    def __init__(self, context: ApiContext) -> None:
        """Answer from the store of `context`."""
        self._context = context

    def table(self) -> list[tuple[str, str, Handler]]:
        """Return the routes."""
        return [("POST", "/v1/audit:labels", self.labels)]

    async def labels(self, request: web.Request) -> web.Response:
        """Return the names of ids, the ids of names, and where a message stands."""
        asked = read_body(await request.read(), LabelQuestion)
        store = self._context.store
        return json_response(await store.read(partial(audit_labels.answer, asked=asked)))
