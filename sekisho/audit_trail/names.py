"""How people, rooms and files of a record are called, as far as this host may know."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sekisho.audit_trail.name_key import NameKey
from sekisho.audit_trail.queries import Record, ids_of, people_of

# Enough of a hash to tell two people of a city apart.
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Names:
    """The key for names, and what zones call the ids."""

    key: NameKey = field(default_factory=NameKey)
    labels: Mapping[str, str] = field(default_factory=dict)

    def person(self, commitment: object) -> str:
        """Return who a commitment stands for, by name, by id, or by its first characters."""
        uid = self.key.people.get(str(commitment))
        return f"{str(commitment)[:SHOWN]}…" if uid is None else self.called(uid)

    def called(self, name: object) -> str:
        """Return an id with what it is called, if that is known."""
        label = self.labels.get(str(name))
        return str(name) if label is None else f"{label} ({name})"

    def label(self, name: object) -> str:
        """Return what an id is called, or nothing."""
        return self.labels.get(str(name), "")


def ids_in(records: Iterable[Record], key: NameKey) -> set[str]:
    """Return the ids in records for which zones may have names."""
    ids: set[str] = set()
    for record in records:
        people = (key.people.get(each) for each in people_of(record))
        ids |= ids_of(record) | {uid for uid in people if uid is not None}
    return ids
