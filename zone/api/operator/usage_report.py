"""The route of the usage figures, on the operator's socket: as JSON, or as a table for Excel."""

import asyncio
import sqlite3
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from wire.items import Audience
from wire.reasons import Reason, Refused
from zone.api.http.api_request import invalid_body, json_response
from zone.api.http.context import ApiContext
from zone.api.http.downloads import attachment_header
from zone.copy import activity
from zone.items import broadcasts
from zone.items.spreadsheets import Charset, write_csv
from zone.reminders.phone_list import section_of
from zone.store.usage_figures import (
    CallFigures,
    Figures,
    TenantUsage,
    Whole,
    known_person,
    usage_of,
)

MAX_MONTHS = 120

Month = Annotated[str, Meta(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$")]


class UsageQuery(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"first": "from", "last": "to"}
):
    """From which month to which, both included; else the last twelve."""

    first: Month | None = None
    last: Month | None = None
    format: Literal["json", "csv"] = "json"
    charset: Charset = "utf-8"


class UsageReport(Struct, frozen=True):
    """The figures of each municipality, as this zone's copy has them."""

    zone: str
    months: list[str]
    tenants: list[TenantUsage]


async def get_usage(context: ApiContext, request: web.Request) -> web.Response:
    """Return the usage figures."""
    try:
        query = msgspec.convert(dict(request.query), UsageQuery, strict=False)
    except msgspec.ValidationError as trouble:
        raise invalid_body(trouble) from None
    usage = await figures(context, query.first, query.last)
    if query.format == "json":
        return json_response(usage)
    table = await asyncio.to_thread(write_csv, list(_rows(usage)), query.charset)
    charset = "UTF-8" if query.charset == "utf-8" else "Shift_JIS"
    name = f"usage-{usage.months[0]}-{usage.months[-1]}.csv"
    return web.Response(body=table, headers=attachment_header(name, f"text/csv; charset={charset}"))


async def figures(context: ApiContext, first: str | None, last: str | None) -> UsageReport:
    """Count."""
    store, whose = context.store, context.settings.tenant
    months = _months(first, last, activity.month_of(context.clock()))
    acts = await store.read(lambda db: activity.acts(db, months[0], months[-1]))
    made = [(request, activity.month_of(at)) for request, at in await store.read(broadcasts.made)]
    found = [await _call(context, request, month) for request, month in made if month in months]
    directory = store.directory
    people = {u.id: known_person(u, section_of(directory, u), whose) for u in directory.users()}
    tenants = sorted({who.tenant for who in people.values()} | {whose})
    names = {tenant: view.name for tenant in tenants if (view := directory.tenant(tenant))}
    counted = [
        await asyncio.to_thread(usage_of, each, names.get(each, ""), people, months, acts, found)
        for each in tenants
    ]
    return UsageReport(context.side.zone.value, months, counted)


async def _call(context: ApiContext, request: str, month: str) -> CallFigures:
    def look(db: sqlite3.Connection) -> tuple[Audience | None, frozenset[str]]:
        said = broadcasts.content(db, request)
        if said is None:
            return None, frozenset()
        return said.audience, frozenset(broadcasts.heard_from(db, request, said))

    audience, heard = await context.store.read(look)
    reached = context.store.directory.addressees(audience) if audience else []
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
    for tenant in usage.tenants:
        name = tenant.name or tenant.tenant
        for whole in tenant.months:
            counts = (whole.guest_talks, whole.broadcasts, whole.addressees, whole.heard)
            yield (name, "全体", *_of_group(whole), *counts)
        for group in tenant.sections:
            for each in group.months:
                yield (name, group.section, *_of_group(each), "", "", "", "")


def _of_group(each: Figures | Whole) -> tuple[object, ...]:
    return each.month, each.staff, each.talks, each.active, f"{each.share:.3f}"
