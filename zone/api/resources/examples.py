"""An example of each request's body: in the contract, and in docs/api.md.

A test reads each with the type that reads requests, and sees that every form has one.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_USER, _OTHER = "us_01kb3w5q8r0000000000000000", "us_01kb3w5q8r0000000000000001"
_ROOM = "rm_01kb3w5q8r0000000000000000"
_MESSAGE = "ms_01kb3w5q8r0000000000000000"
_FILE = "fl_01kb3w5q8r0000000000000000"
_ORG = "og_01kb3w5q8r0000000000000000"
_DUE = 1_790_000_000_000

# By method and path, as in the table of routes.
EXAMPLES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "POST /v1/rooms/{room}/messages": {
            "text": "第二小学校に着きました",
            "mentions": [_OTHER],
            "files": [_FILE],
        },
        "POST /v1/messages:batch": {
            "messages": [{"room": _ROOM, "client_key": "1", "text": "国道は片側通行です"}]
        },
        "PATCH /v1/messages/{message}": {"text": "第二小学校に着きました。鍵は開いています"},
        "POST /v1/messages/{message}/withdraw": {"reason": "誤送信"},
        "POST /v1/messages/{message}/forward": {
            "room": _ROOM,
            "text": "共有します",
            "confirm": True,
        },
        "POST /v1/rooms/{room}/later-messages": {"text": "訓練を始めます", "due": _DUE},
        "PUT /v1/rooms/{room}/read": {"message": _MESSAGE},
        "POST /v1/direct": {"user": _OTHER},
        "POST /v1/rooms/{room}/members:batch": {
            "members": [{"user": _USER, "role": "moderator"}, {"user": _OTHER}]
        },
        "POST /v1/rooms": {
            "name": "災害対策本部",
            "icon": "🏠",
            "scope": "shared",
            "members": [{"user": _OTHER}],
        },
        "PATCH /v1/rooms/{room}": {"topic": "台風10号", "archived": False},
        "PUT /v1/rooms/{room}/members/{user}": {"role": "member", "until": _DUE},
        "PATCH /v1/me": {"status": "在宅勤務", "status_emoji": "🏠", "status_until": _DUE},
        "POST /v1/guests": {
            "name": "青葉建設 佐藤",
            "kana": "あおばけんせつ さとう",
            "expires": _DUE,
        },
        "PATCH /v1/guests/{user}": {"expires": _DUE},
        "POST /v1/rooms/{room}/items": {
            "content": {"type": "task", "title": "鍵を開ける", "assignees": [_OTHER], "due": _DUE}
        },
        "PATCH /v1/items/{item}": {"content": {"type": "task", "due": _DUE}},
        "POST /v1/items/{item}/remove": {"reason": "重複"},
        "PUT /v1/items/{item}/answer": {"answer": {"type": "done", "done": True}},
        "POST /v1/rooms/{room}/forms": {
            "template": {
                "format": "sekisho-form/1",
                "title": "避難所の物資",
                "fields": [{"key": "water", "label": "水（本）", "kind": "number"}],
            },
            "deadline": _DUE,
        },
        "POST /v1/freebusy": {
            "users": [_USER, _OTHER],
            "since": _DUE,
            "until": _DUE + 86_400_000,
        },
        "POST /v1/broadcasts": {
            "title": "震度6弱 安否確認",
            "audience": {"orgs": [_ORG]},
            "require": "answer",
            "choices": ["無事", "負傷"],
            "training": True,
        },
        "POST /v1/acts/{act}/resend": {"text": "第二小学校に着きました"},
        "POST /v1/clearances/{clearance}/decision": {
            "decision": "return",
            "reason": "宛先を確認してください",
        },
        "POST /v1/ack": {"cursor": "9f3a1c2b4e"},
    }
)
