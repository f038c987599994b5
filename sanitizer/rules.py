"""What a profile says about the inside of a file: what stays that is not its plain content.

    [office]
    comments = "keep"      # or remove
    changes = "keep"       # as they are tracked; or accept, reject
    hidden = "keep"        # sheets, slides and text that are not shown; or remove
    protection = "keep"    # against editing; or remove.  Its password never crosses

    [links]                # of Office files, PDF and mail in HTML
    action = "keep"        # or text: the words stay, the address goes
    schemes = ["http", "https", "mailto"]

There is no word here for macros, embedded files or whatever else acts: those never cross.  What is
kept and not plain to see is told in the receipt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Keeping(StrEnum):
    """What is done with something a reader may not see at once."""

    KEEP = "keep"
    REMOVE = "remove"


class Changes(StrEnum):
    """What is done with tracked changes."""

    KEEP = "keep"
    ACCEPT = "accept"
    REJECT = "reject"


class Links(StrEnum):
    """What is done with links."""

    KEEP = "keep"
    TEXT = "text"


class Scheme(StrEnum):
    """Where a link may lead at all: the second check takes no other."""

    HTTP = "http"
    HTTPS = "https"
    MAILTO = "mailto"


@dataclass(frozen=True, slots=True)
class OfficeRules:
    """What stays in an Office file beside what it shows."""

    comments: Keeping = Keeping.KEEP
    changes: Changes = Changes.KEEP
    hidden: Keeping = Keeping.KEEP
    protection: Keeping = Keeping.KEEP


@dataclass(frozen=True, slots=True)
class LinkRules:
    """Which links stay links."""

    action: Links = Links.KEEP
    schemes: tuple[Scheme, ...] = tuple(Scheme)

    @property
    def kept(self) -> tuple[Scheme, ...]:
        return self.schemes if self.action is Links.KEEP else ()


@dataclass(frozen=True, slots=True)
class ContentRules:
    """All of it.  `parameters` and `given` carry it to a stage in the jail and back."""

    office: OfficeRules = field(default_factory=OfficeRules)
    links: LinkRules = field(default_factory=LinkRules)

    def parameters(self) -> dict[str, str | int]:
        office = self.office
        return {
            "comments": office.comments,
            "changes": office.changes,
            "hidden": office.hidden,
            "protection": office.protection,
            "schemes": " ".join(self.links.kept),
        }


DEFAULT_RULES = ContentRules()


def rules_given(parameters: Mapping[str, str | int]) -> ContentRules:
    """Return the rules in a stage's `parameters`; where they say nothing, the default."""
    if "schemes" not in parameters:
        return DEFAULT_RULES
    word = {name: str(parameters[name]) for name in (*WORDS["office"], "schemes")}
    return ContentRules(
        OfficeRules(
            comments=Keeping(word["comments"]),
            changes=Changes(word["changes"]),
            hidden=Keeping(word["hidden"]),
            protection=Keeping(word["protection"]),
        ),
        LinkRules(schemes=tuple(map(Scheme, word["schemes"].split()))),
    )


# Table of the profile: its keys, each with the words it may have.
WORDS: Mapping[str, Mapping[str, type[StrEnum]]] = {
    "office": {"comments": Keeping, "changes": Changes, "hidden": Keeping, "protection": Keeping},
    "links": {"action": Links, "schemes": Scheme},
}


def read_rules(tables: Mapping[str, object]) -> ContentRules:
    """Return the rules in the tables [office] and [links], or raise `ValueError` saying why not."""
    office, links = (_words(name, tables.get(name, {})) for name in ("office", "links"))
    return ContentRules(
        OfficeRules(**office),  # type: ignore[arg-type]  # by the types in WORDS
        LinkRules(**links),  # type: ignore[arg-type]
    )


def _words(name: str, table: object) -> dict[str, StrEnum | tuple[StrEnum, ...]]:
    if not isinstance(table, dict):
        raise ValueError(f"{name} must be a table, [{name}]")
    known, found = WORDS[name], dict[str, StrEnum | tuple[StrEnum, ...]]()
    for key, value in table.items():
        if key not in known:
            raise ValueError(f"[{name}] has no {key!r}; it may have {', '.join(sorted(known))}")
        is_list = key == "schemes"
        words = value if is_list and isinstance(value, list) else [value]
        if not set(map(str, words)) <= set(known[key]) or isinstance(value, list) != is_list:
            kind = "a list of some of" if is_list else "one of"
            raise ValueError(f"{name}.{key} must be {kind} {', '.join(sorted(known[key]))}")
        found[key] = tuple(map(known[key], words)) if is_list else known[key](value)
    return found
