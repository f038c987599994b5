"""Who may give a clearance: a superior of its author, and never the author.

    named in the settings            these, and nobody else
    section tree and title           the titled (課長) of the author's section, else of the one
                                     above, and so on upwards: each section with one is a rung
    duty                             behind the last rung: whoever has it for the municipality

Only the first rung is asked; whoever lets it lie has the next one asked as well.  The people of a
rung that was asked stay entitled.

    author        the account that sent it, and who spoke through it: neither decides
    acts for      whoever shares the account with them: they could have sent it themselves
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wire.lane import Zone
from zone.copy.directory_views import UserView
from zone.settings import ApprovalSettings
from zone.store.directory import Directory


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose file it is: the account, and who spoke through it where several share it."""

    uid: str
    person: str | None

    @property
    def oneself(self) -> str:
        """The human being."""
        return self.person or self.uid


class Approvers:
    """Who may approve, as people and sections stand at one moment."""

    def __init__(
        self, directory: Directory, settings: ApprovalSettings, zone: Zone, now: int
    ) -> None:
        """Ask `directory` for those who may use `zone` at `now`."""
        self._directory = directory
        self._settings = settings
        self._zone = zone
        self._now = now
        self._titled: dict[str | None, dict[str, list[str]]] = {}
        self._known: dict[Sender, list[list[str]]] = {}

    def asked(self, sender: Sender, rung: int) -> list[str]:
        """Return whose word counts once `rung` rungs above the first were asked."""
        found: dict[str, None] = {}
        for people in self._rungs(sender)[: rung + 1]:
            found |= dict.fromkeys(people)
        return list(found)

    def has_more(self, sender: Sender, rung: int) -> bool:
        """Return whether there is a rung above `rung`."""
        return len(self._rungs(sender)) > rung + 1

    def may_decide(self, uid: str, sender: Sender, rung: int) -> bool:
        """Return whether somebody's word counts."""
        return uid in self.asked(sender, rung)

    def _rungs(self, sender: Sender) -> list[list[str]]:
        if sender not in self._known:
            self._known[sender] = self._find_rungs(sender)
        return self._known[sender]

    def _find_rungs(self, sender: Sender) -> list[list[str]]:
        barred = self._barred(sender)
        rungs = (
            [uid for uid in people if uid not in barred and self._is_here(uid)]
            for people in self._ladder(sender)
        )
        return [people for people in rungs if people]

    def _ladder(self, sender: Sender) -> Iterator[Iterable[str]]:
        if self._settings.people:
            yield self._settings.people
            return
        author = self._directory.user(sender.oneself)
        titled = self._titled_of(author.tenant) if author is not None else {}
        orgs = author.orgs if author is not None else []
        lines = [self._directory.municipalities.line(org) for org in orgs]
        for height in range(max(map(len, lines), default=0)):
            yield [
                uid for line in lines if height < len(line) for uid in titled.get(line[height], ())
            ]
        if self._settings.duty:
            yield sorted(self._directory.holders(self._settings.duty, sender.oneself))

    def _titled_of(self, tenant: str | None) -> dict[str, list[str]]:
        """Return who has one of the titles, by section."""
        if tenant not in self._titled:
            found: dict[str, list[str]] = {}
            for user in self._directory.users_of(lambda of: of == tenant):
                for org in user.orgs if self._is_titled(user) else ():
                    found.setdefault(org, []).append(user.id)
            self._titled[tenant] = found
        return self._titled[tenant]

    def _is_titled(self, user: UserView) -> bool:
        return user.user_kind == "staff" and user.title in self._settings.titles

    def _barred(self, sender: Sender) -> set[str]:
        account = self._directory.user(sender.uid)
        sharing: Sequence[str] = account.shared_by if account is not None else ()
        return {sender.uid, sender.oneself, *sharing}

    def _is_here(self, uid: str) -> bool:
        person = self._directory.person(uid)
        if person is None or person.kind != "staff":
            return False
        return self._directory.may_use(uid, self._zone, now=self._now)
