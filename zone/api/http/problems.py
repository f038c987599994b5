"""Problem documents (RFC 9457): every answer that is not what was asked for.

One table says with which status a reason is answered and how it reads in Japanese
and in English.  What is forbidden to see is answered as what does not exist.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec
from aiohttp import web
from msgspec import Struct

from wire.reasons import Reason, Refused, Unavailable
from zone.items.forms import Unfit

UNAVAILABLE: Final = "unavailable"


class Title(NamedTuple):
    """How a problem is answered and what it is called."""

    status: int
    ja: str
    en: str


TITLES: dict[str, Title] = {
    Reason.NOT_SIGNED_IN: Title(401, "認証が必要です", "Not signed in"),
    Reason.FORBIDDEN: Title(403, "権限がありません", "Not allowed"),
    Reason.FOREIGN_ORIGIN: Title(403, "ブラウザからは使えません", "Not for browsers"),
    Reason.NOT_FOUND: Title(404, "見つかりません", "Not found"),
    Reason.UNSUPPORTED: Title(405, "この操作には対応していません", "Not supported here"),
    Reason.TOO_SLOW: Title(408, "送信が遅すぎます", "Sent too slowly"),
    Reason.CONFLICT: Title(409, "現在の状態ではできません", "Not as things stand"),
    Reason.NEEDS_CONFIRM: Title(409, "確認が必要です", "To be confirmed"),
    Reason.CHANGED: Title(412, "先に変更されています", "Changed meanwhile"),
    Reason.CURSOR_GONE: Title(410, "位置が失われました", "The cursor is gone"),
    Reason.TOO_LARGE: Title(413, "大きすぎます", "Too large"),
    Reason.MALFORMED: Title(400, "読み取れません", "Malformed"),
    Reason.INVALID: Title(422, "内容が正しくありません", "Invalid"),
    Reason.OUT_OF_BOUNDS: Title(422, "値が許される範囲にありません", "Out of bounds"),
    Reason.KEY_REUSED: Title(
        422, "同じキーが別の内容に使われました", "Key used for something else"
    ),
    Reason.WRONG_HASH: Title(422, "ハッシュ値が一致しません", "The hash does not match"),
    Reason.ROOM_NOT_ALLOWED: Title(422, "このルームでは使えません", "Not in this room"),
    Reason.QUOTA: Title(429, "回数の上限を超えました", "Too much at once"),
    UNAVAILABLE: Title(503, "いまは処理できません", "Not now: ask again"),
}

# How long to wait before asking again, where nothing better is known.
_RETRY_AFTER_S = 1


class FieldFault(Struct, frozen=True):
    """One member of a request that is not as it must be: RFC 6901 pointer, and why."""

    pointer: str
    code: str


class Problem(Struct, frozen=True, omit_defaults=True):
    """A problem document; `code` is the reason, `retry_after` is in seconds."""

    type: str
    title: str
    status: int
    code: str
    instance: str
    detail: str | None = None
    errors: list[FieldFault] = []
    retry_after: int | None = None


class Invalid(Refused):
    """A request whose body or query is not of its form."""

    def __init__(self, reason: Reason, detail: str, faults: list[FieldFault]) -> None:
        """`faults` says where."""
        super().__init__(reason, detail)
        self.faults = faults


class Impatient(Refused):
    """Somebody asks too much; they may ask again after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        """Say how long to wait."""
        super().__init__(Reason.QUOTA)
        self.retry_after = retry_after


class WithStatus(Refused):
    """A refusal for which HTTP or tus has a status of its own, and perhaps headers."""

    def __init__(
        self, status: int, reason: Reason, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        """`status` is answered in place of the reason's own."""
        super().__init__(reason, detail)
        self.status = status
        self.headers = headers or {}


def problem(trouble: Exception, *, instance: str, language: str) -> web.Response:
    """Return the answer to a request that came to `trouble`."""
    document = describe(trouble, instance=instance, language=language)
    headers = {"Content-Type": "application/problem+json", "Content-Language": language}
    if document.retry_after is not None:
        headers["Retry-After"] = str(document.retry_after)
    if isinstance(trouble, WithStatus):
        headers.update(trouble.headers)
    if document.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(body=msgspec.json.encode(document), status=document.status, headers=headers)


def describe(trouble: Exception, *, instance: str, language: str) -> Problem:
    """Return what there is to say about `trouble`."""
    code = code_of(trouble)
    title = TITLES[code]
    # A detail on what is not to be found would tell what is hidden from what is absent.
    detail = None if code == Reason.NOT_FOUND else detail_of(trouble)
    after = _RETRY_AFTER_S if code == UNAVAILABLE else getattr(trouble, "retry_after", None)
    status = trouble.status if isinstance(trouble, WithStatus) else title.status
    return Problem(
        type=f"/reasons#{code}",
        title=title.ja if language == "ja" else title.en,
        status=status,
        code=code,
        instance=instance,
        detail=detail,
        errors=faults_of(trouble),
        retry_after=after,
    )


def faults_of(trouble: Exception) -> list[FieldFault]:
    """Return which members of a request are not as they must be."""
    match trouble:
        case Invalid():
            return trouble.faults
        case Unfit():
            return [FieldFault(each.pointer, each.code) for each in trouble.misfits]
        case _:
            return []


def code_of(trouble: Exception) -> str:
    """Return the word for `trouble` in problem documents and outcomes."""
    match trouble:
        case Refused() if trouble.reason in TITLES:
            return trouble.reason.value
        case Unavailable():
            return UNAVAILABLE
        case web.HTTPNotFound():
            return Reason.NOT_FOUND.value
        case web.HTTPMethodNotAllowed():
            return Reason.UNSUPPORTED.value
        case web.HTTPRequestEntityTooLarge():
            return Reason.TOO_LARGE.value
        case _:
            raise trouble


def detail_of(trouble: Exception) -> str | None:
    """Return what else there is to say, in English."""
    match trouble:
        case Refused():
            return trouble.detail or None
        case Unavailable():
            return str(trouble)
        case _:
            return None


def language_of(accept_language: str) -> str:
    """Return which of `ja` and `en` comes first in an Accept-Language header."""
    for choice in accept_language.lower().split(","):
        tag, _, quality = choice.strip().partition(";q=")
        if tag[:2] in ("ja", "en") and quality != "0":
            return tag[:2]
    return "en"
