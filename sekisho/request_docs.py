"""Prints the bodies of requests into docs/api.md, from the types that read them.

For each form: what it is, which of its members must be there, and an example.
"""

import re
import textwrap
from typing import Any, Final

import msgspec

from zone.api.http.route import Route
from zone.api.resources.examples import EXAMPLES
from zone.api.resources.routes import ROUTES

BEGIN: Final = "<!-- request bodies, printed from the code: python3 -m sekisho.write_docs -->"
WIDTH: Final = 100
END: Final = "<!-- end of request bodies -->"


def with_bodies(document: str) -> str:
    """Return `document` with the bodies of requests as they are now, between the two marks."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    parts = [_described(route) for route in ROUTES if route.body is not None]
    return f"{before}{BEGIN}\n\n{''.join(parts)}{END}{after}"


def _described(route: Route) -> str:
    label = f"{route.method} {route.path}"
    schema = msgspec.json.schema(route.body)
    form = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    needed = form.get("required", [])
    free = [name for name in form["properties"] if name not in needed]
    members = [f"Must be there: {_named(needed)}."] if needed else []
    members += [f"May be left out: {_named(free)}."] if free else []
    example = msgspec.json.format(msgspec.json.encode(EXAMPLES[label]), indent=2).decode()
    return (
        f"### `{label}`\n\n{_lines([*_sentences(form), *members])}\n\n```json\n{example}\n```\n\n"
    )


def _sentences(form: dict[str, Any]) -> list[str]:
    """Return what a form is: the sentences of its type's description."""
    said = " ".join(str(form["description"]).split())
    return re.split(r"(?<=\.) (?=[A-Z`])", said)


def _lines(sentences: list[str]) -> str:
    """Return each sentence from the beginning of a line on, as all documents have them."""
    return "\n".join(textwrap.fill(each, WIDTH, break_on_hyphens=False) for each in sentences)


def _named(members: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in members)
