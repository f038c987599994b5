"""Pieces of SQL with which statements on other tables ask the registers (`zone.copy.registers`).

    f"SELECT id FROM item {joined('s', 'item.id', 'starts')} WHERE {number('s')} < ?"

What is asked for is bound (`?`) in the order in which the pieces stand.  The names that are put
into the text are columns and fields in our own code: the table's partial indexes answer for
fields that are named in the statement only.
"""

from typing import Final

from wire.merge import PIN

# What is pinned to a room (bound): columns `message` and `stamp`, of the word that pinned it.
PINNED: Final = (
    f"(SELECT substr(field, {len(PIN) + 2}) AS message, stamp FROM register"  # noqa: S608 - constants
    f" WHERE object = ? AND field BETWEEN '{PIN}:' AND '{PIN};' AND json_extract(value, '$[0]'))"
)


def joined(alias: str, to: str, field: str) -> str:
    """Return a join to the word on `field` of the object in column `to`; without one, no row."""
    return f"JOIN register AS {alias} ON {alias}.object = {to} AND {_is(alias, field)}"


def saying(alias: str, field: str) -> tuple[str, str]:
    """Return (what to select from, the condition) for all words on `field` of one value (bound).

    The value is as `registers.encoded` writes it, the object is the column `object`.
    """
    return f"register AS {alias}", f"{_is(alias, field)} AND {alias}.value = ?"


def number(alias: str) -> str:
    """Return the number that a word says."""
    return f"cast({alias}.value AS INTEGER)"


def text(alias: str) -> str:
    """Return the text that a word says."""
    return f"json_extract({alias}.value, '$')"


def lists(alias: str) -> str:
    """Return the condition that a word is a list in which something (bound) is."""
    return f"EXISTS (SELECT 1 FROM json_each({alias}.value) WHERE value = ?)"  # noqa: S608 - a name


def lacks(of: str, field: str) -> str:
    """Return the condition that there is no word on `field` of the object in column `of`."""
    return f"NOT {_has(of, field)}"


def says(of: str) -> str:
    """Return the condition that the word on a field (bound) of an object is a value (bound)."""
    return f"EXISTS (SELECT 1 FROM register WHERE object = {of} AND field = ? AND value = ?)"  # noqa: S608 - a column


def is_past(of: str, field: str) -> str:
    """Return the condition that a time, which is not 0 for none, has come (now is bound)."""
    return _has(of, field, f" AND {number('register')} BETWEEN 1 AND ?")


def is_later(of: str, field: str, than: str) -> str:
    """Return the condition that the time with which a word on `field` begins is later than one."""
    return _has(of, field, f" AND json_extract(register.value, '$[0]') > {than}")


def latest_text(of: str, field: str) -> str:
    """Return the text that the word on `field` of the object in column `of` says, or null."""
    where = f"object = {of} AND {_is('register', field)}"
    return f"(SELECT {text('register')} FROM register WHERE {where})"  # noqa: S608 - names


def has_any(of: str) -> str:
    """Return the condition that anything is said of the object in column `of`."""
    return f"EXISTS (SELECT 1 FROM register WHERE object = {of})"  # noqa: S608 - a column


def _has(of: str, field: str, more: str = "") -> str:
    where = f"object = {of} AND {_is('register', field)}{more}"
    return f"EXISTS (SELECT 1 FROM register WHERE {where})"  # noqa: S608 - names


def _is(alias: str, field: str) -> str:
    if not field.replace("_", "").isalpha():
        raise ValueError(f"{field!r} is no field of ours")
    return f"{alias}.field = '{field}'"
