"""HEAD, of whatever can be listed or downloaded: what GET would say of it, and not the thing."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from zone.api.http.frames import EventBatch
from zone.api.http.route import Route


def heads_of(routes: Iterable[Route]) -> Iterator[Route]:
    """Yield the HEAD of each list and of each download among `routes`.

    aiohttp leaves out the body of an answer to HEAD, and a download sends none.
    """
    for route in routes:
        if route.method == "GET" and (_is_list(route) or _is_download(route)):
            yield replace(
                route,
                method="HEAD",
                answer=None,
                media=(),
                ja=f"{route.ja}（HEAD）",
                en=f"HEAD of: {route.en}",
                supplies=None,
            )


def _is_list(route: Route) -> bool:
    fields = getattr(route.answer, "__struct_fields__", ())
    return "items" in fields and route.answer is not EventBatch


def _is_download(route: Route) -> bool:
    return bool(route.media) and route.answer is not EventBatch
