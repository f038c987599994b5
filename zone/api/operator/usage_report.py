"""The route of the usage figures, on the operator's socket: as JSON, or as a table for Excel."""

import asyncio
import sqlite3
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from wire.fields import Ref
from wire.items import Audience
from wire.reasons import Reason, Refused
from zone.api.http.api_request import invalid_body, json_response
from zone.api.http.context import ApiContext
from zone.api.http.downloads import attachment_header
from zone.copy import activity
from zone.items import broadcasts
from zone.items.spreadsheets import Charset, write_csv
from zone.store.usage_figures import (
    CallFigures,
    Figures,
    TenantUsage,
    Whole,
    known_person,
    usage_of,
)
from zone.store.visibility import section_of

MAX_MONTHS = 120

Month = Annotated[str, Meta(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$")]


class UsageQuery(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"first": "from", "last": "to"}
):
    """From which month to which, both included; else the last twelve.  Of which municipality."""

    first: Month | None = None
    last: Month | None = None
    tenant: Ref | None = None
    format: Literal["json", "csv"] = "json"
    charset: Charset = "utf-8"


class UsageReport(Struct, frozen=True):
    """The figures of a municipality, as this zone's copy has them."""

    zone: str
    months: list[str]
    tenant: TenantUsage


async def get_usage(context: ApiContext, request: web.Request) -> web.Response:
    """Return the usage figures."""
    try:
        query = msgspec.convert(dict(request.query), UsageQuery, strict=False)
    except msgspec.ValidationError as trouble:
        raise invalid_body(trouble) from None
    usage = await figures(context, query)
    if query.format == "json":
        return json_response(usage)
    table = await asyncio.to_thread(write_csv, list(_rows(usage)), query.charset)
    charset = "UTF-8" if query.charset == "utf-8" else "Shift_JIS"
    name = f"usage-{usage.months[0]}-{usage.months[-1]}.csv"
    return web.Response(body=table, headers=attachment_header(name, f"text/csv; charset={charset}"))


async def figures(context: ApiContext, query: UsageQuery) -> UsageReport:
    """Count for one municipality: how another one uses Sekisho is not its business."""
    store, whose = context.store, context.settings.tenant
    months = _months(query.first, query.last, activity.month_of(context.clock()))
    acts = await store.read(lambda db: activity.acts(db, months[0], months[-1]))
    made = [(name, by, activity.month_of(at)) for name, by, at in await store.read(broadcasts.made)]
    found = [await _call(context, name, by, month) for name, by, month in made if month in months]
    directory, tenant = store.directory, query.tenant or whose
    people = {u.id: known_person(u, section_of(directory, u), whose) for u in directory.users()}
    view = directory.municipalities.tenant(tenant)
    if view is None and tenant != whose:
        raise Refused(Reason.NOT_FOUND, f"there is no municipality {tenant}")
    name = "" if view is None else view.name
    counted = await asyncio.to_thread(usage_of, tenant, name, people, months, acts, found)
    return UsageReport(context.side.zone.value, months, counted)


async def _call(context: ApiContext, name: str, caller: str, month: str) -> CallFigures:
    def look(db: sqlite3.Connection) -> tuple[Audience | None, frozenset[str]]:
        said = broadcasts.content(db, name)
        if said is None:
            return None, frozenset()
        return said.audience, frozenset(broadcasts.heard_from(db, name, said))

    audience, heard = await context.store.read(look)
    reached = context.store.directory.addressees(audience, caller) if audience else []
    return CallFigures(month, reached, heard)


def _months(first: str | None, last: str | None, now: str) -> list[str]:
    """Return the months from one to another."""
    end = _number(last or now)
    start = end - 11 if first is None else _number(first)
    if not 0 <= end - start < MAX_MONTHS:
        raise Refused(Reason.INVALID, f"from a month to a later one, {MAX_MONTHS} at most")
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(start, end + 1)]


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


_HEADING = (
    "団体",
    "所属",
    "月",
    "職員数",
    "発言数",
    "利用者数",
    "利用率",
    "ゲストの発言数",
    "呼出し件数",
    "呼出し延べ人数",
    "応答延べ人数",
)


def _rows(usage: UsageReport) -> Iterator[tuple[object, ...]]:
    yield _HEADING
    tenant = usage.tenant
    name = tenant.name or tenant.tenant
    for whole in tenant.months:
        counts = (whole.guest_talks, whole.broadcasts, whole.addressees, whole.heard)
        yield (name, "全体", *_of_group(whole), *counts)
    for group in tenant.sections:
        for each in group.months:
            yield (name, group.section, *_of_group(each), "", "", "", "")


def _of_group(each: Figures | Whole) -> tuple[object, ...]:
    return each.month, each.staff, each.talks, each.active, f"{each.share:.3f}"
