"""The matrix of rights: for every route what to ask, whom it is for, and of what it speaks.

A route that is not here fails the test: whoever adds one says who may ask it.
"""

from dataclasses import dataclass
from typing import Any

from zone.api.resources.routes import ROUTES


@dataclass(frozen=True)
class Row:
    """How to ask a route.  `{name}` in a path, a query or a form is the id of something.

    `of` says whose it is: a room's members' ("room"), its author's alone ("author"), those
    with a duty ("duty"), or everybody's own ("own").
    """

    of: str
    form: Any = None
    query: str = ""
    body: bytes | None = None
    streams: bool = False


ROOM, AUTHOR, DUTY, OWN = "room", "author", "duty", "own"
NOTE = {"content": {"type": "note", "title": "x"}}

MATRIX: dict[str, Row] = {
    "GET /v1/rooms/{room}/messages": Row(ROOM),
    "POST /v1/rooms/{room}/messages": Row(ROOM, {"text": "x"}),
    "GET /v1/server": Row(OWN),
    "GET /v1/openapi.json": Row(OWN),
    "GET /v1/me": Row(OWN),
    "PATCH /v1/me": Row(OWN, {"status": "x"}),
    "GET /v1/users": Row(OWN),
    "GET /v1/users/{user}": Row(OWN),
    "GET /v1/people": Row(OWN, query="q=x"),
    "GET /v1/users/{user}/contact": Row(DUTY),
    "GET /v1/tenants": Row(OWN),
    "GET /v1/orgs": Row(OWN),
    "GET /v1/guests": Row(OWN),
    "POST /v1/guests": Row(DUTY, {"name": "x", "expires": 1}),
    "PATCH /v1/guests/{user}": Row(AUTHOR, {"expires": 1}),
    "POST /v1/direct": Row(OWN, {"user": "{user}"}),
    "POST /v1/rooms/{room}/members:batch": Row(ROOM, {"members": [{"user": "{user}"}]}),
    "GET /v1/rooms": Row(OWN),
    "POST /v1/rooms": Row(OWN, {"name": "x"}),
    "GET /v1/rooms/{room}": Row(ROOM),
    "PATCH /v1/rooms/{room}": Row(ROOM, {"topic": "x"}),
    "GET /v1/rooms/{room}/members": Row(ROOM),
    "GET /v1/rooms/{room}/revisions": Row(ROOM),
    "PUT /v1/rooms/{room}/members/{user}": Row(ROOM, {"role": "member"}),
    "DELETE /v1/rooms/{room}/members/{user}": Row(ROOM),
    "POST /v1/messages:batch": Row(OWN, {"messages": [{"room": "{room}", "client_key": "k"}]}),
    "GET /v1/messages/{message}": Row(ROOM),
    "PATCH /v1/messages/{message}": Row(ROOM, {"text": "x"}),
    "POST /v1/messages/{message}/withdraw": Row(ROOM, {}),
    "POST /v1/messages/{message}/forward": Row(ROOM, {"room": "{own}", "confirm": True}),
    "GET /v1/messages/{message}/replies": Row(ROOM),
    "GET /v1/messages/{message}/revisions": Row(ROOM),
    "PUT /v1/messages/{message}/pin": Row(ROOM),
    "DELETE /v1/messages/{message}/pin": Row(ROOM),
    "GET /v1/rooms/{room}/pins": Row(ROOM),
    "POST /v1/rooms/{room}/later-messages": Row(ROOM, {"text": "x", "due": 1_800_000_900_000}),
    "GET /v1/later-messages": Row(OWN),
    "DELETE /v1/later-messages/{later_message}": Row(AUTHOR),
    "GET /v1/stickers": Row(OWN),
    "GET /v1/stickers/{set}/{name}": Row(OWN),
    "PUT /v1/messages/{message}/reactions/{reaction}": Row(ROOM),
    "DELETE /v1/messages/{message}/reactions/{reaction}": Row(ROOM),
    "GET /v1/rooms/{room}/read": Row(ROOM),
    "PUT /v1/rooms/{room}/read": Row(ROOM, {"message": "{message}"}),
    "GET /v1/messages/{message}/readers": Row(ROOM),
    "GET /v1/acts": Row(OWN),
    "GET /v1/acts/{act}": Row(AUTHOR),
    "POST /v1/acts/{act}/withdraw": Row(AUTHOR, {}),
    "POST /v1/acts/{act}/resend": Row(AUTHOR, {}),
    "GET /v1/clearances": Row(OWN),
    "GET /v1/clearances/{clearance}": Row(AUTHOR),
    "GET /v1/clearances/{clearance}/thumbnail": Row(AUTHOR),
    "POST /v1/clearances/{clearance}/decision": Row(AUTHOR, {"decision": "approve"}),
    "GET /v1/rooms/{room}/items": Row(ROOM),
    "POST /v1/rooms/{room}/items": Row(ROOM, NOTE),
    "GET /v1/items/{item}": Row(ROOM),
    "PATCH /v1/items/{item}": Row(ROOM, NOTE),
    "GET /v1/items/{item}/revisions": Row(ROOM),
    "POST /v1/items/{item}/remove": Row(ROOM, {}),
    "PUT /v1/items/{item}/answer": Row(ROOM, {"answer": {"type": "vote", "choices": [0]}}),
    "GET /v1/items/{item}/answers": Row(ROOM),
    "GET /v1/items/{item}/tally": Row(ROOM),
    "GET /v1/items/{item}/export": Row(ROOM, query="format=csv"),
    "GET /v1/items/{item}/readers": Row(ROOM, query="state=read"),
    "GET /v1/items/{item}/bookings": Row(ROOM, query="since=1800000000000&until=1800090000000"),
    "POST /v1/rooms/{room}/forms": Row(
        ROOM,
        {
            "template": {
                "format": "sekisho-form/1",
                "title": "x",
                "fields": [{"key": "a", "label": "a", "kind": "line"}],
            }
        },
    ),
    "GET /v1/rooms/{room}/folders": Row(ROOM),
    "GET /v1/rooms/{room}/categories": Row(ROOM),
    "GET /v1/rooms/{room}/agenda": Row(ROOM, query="since=0&until=100"),
    "GET /v1/rooms/{room}/agenda.ics": Row(ROOM, query="since=0&until=100"),
    "GET /v1/me/agenda": Row(OWN, query="since=0&until=100"),
    "GET /v1/me/agenda.ics": Row(OWN, query="since=0&until=100"),
    "GET /v1/me/tasks": Row(OWN),
    "POST /v1/freebusy": Row(OWN, {"users": ["{user}"], "since": 0, "until": 100}),
    "GET /v1/broadcasts": Row(OWN),
    "POST /v1/broadcasts": Row(
        DUTY, {"content": {"type": "broadcast", "title": "x", "audience": {}, "require": "read"}}
    ),
    "GET /v1/broadcasts/{call}/status": Row(DUTY),
    "GET /v1/broadcasts/{call}/unread": Row(DUTY),
    "POST /v1/files": Row(OWN, query="name=a.txt", body=b"x"),
    "GET /v1/rooms/{room}/files": Row(ROOM),
    "GET /v1/files/{file}": Row(ROOM),
    "GET /v1/files/{file}/content": Row(ROOM),
    "GET /v1/files/{file}/thumbnail": Row(ROOM),
    "OPTIONS /v1/uploads": Row(OWN),
    "POST /v1/uploads": Row(OWN, body=b""),
    "HEAD /v1/uploads/{upload}": Row(AUTHOR),
    "PATCH /v1/uploads/{upload}": Row(AUTHOR, body=b""),
    "POST /v1/uploads/{upload}": Row(AUTHOR, body=b""),
    "DELETE /v1/uploads/{upload}": Row(AUTHOR),
    "GET /v1/search": Row(OWN, query="q=x"),
    "GET /v1/snapshot": Row(OWN),
    "GET /v1/events": Row(OWN),
    "GET /v1/bots/me/events": Row(OWN),
    "POST /v1/ack": Row(OWN, {"cursor": "x"}),
    "GET /v1/stream": Row(OWN, streams=True),
}

# A HEAD is for whoever may GET.
for route in ROUTES:
    path = route.path.replace("broadcasts/{item}", "broadcasts/{call}")
    if route.method == "HEAD" and f"GET {path}" in MATRIX:
        MATRIX[f"HEAD {path}"] = MATRIX[f"GET {path}"]
