"""People found by a part of what is known of them: name, reading, section, title, staff number.

Who may be found is not decided here: `matching` looks among the people it is given.
"""

from collections.abc import Callable, Iterable, Sequence

from zone.copy.directory_views import UserView
from zone.search.folding import fold_text
from zone.store.directory import Directory


class PeopleFinder:
    """The people of a directory as they are compared: folded once, until they change."""

    def __init__(self, directory: Directory) -> None:
        """Fold nobody yet."""
        self._directory = directory
        self._folded: dict[str, tuple[UserView, str]] = {}

    def matching(
        self, people: Iterable[UserView], question: str, *, has_number: Callable[[str], bool]
    ) -> list[UserView]:
        """Return those of `people`, in their order, of whom every word of `question` is true.

        A word is a part of a name, a reading, a section or one above it, or a title; or, where
        somebody `has_number` for the asker, their whole staff number.
        """
        words = fold_text(question).split()
        sections = [self._sections(word) for word in words]
        return [
            user
            for user in people
            if all(
                self._is_true(user, word, within, has_number=has_number)
                for word, within in zip(words, sections, strict=True)
            )
        ]

    def _is_true(
        self,
        user: UserView,
        word: str,
        sections: frozenset[str],
        *,
        has_number: Callable[[str], bool],
    ) -> bool:
        if word in self._text(user) or not sections.isdisjoint(user.orgs):
            return True
        number = fold_text(self._directory.staff_number(user.id))
        return word == number and has_number(user.id)

    def _sections(self, word: str) -> frozenset[str]:
        """Return the sections whose name has `word` in it, and all that are part of them."""
        orgs = self._directory.municipalities.orgs()
        named = {org.id for org in orgs if word in _joined([org.name])}
        line = self._directory.municipalities.line
        return frozenset(org.id for org in orgs if named and not named.isdisjoint(line(org.id)))

    def _text(self, user: UserView) -> str:
        kept = self._folded.get(user.id)
        if kept is None or kept[0] is not user:
            kept = user, _joined([user.name, user.kana, user.section, user.title])
            self._folded[user.id] = kept
        return kept[1]


def _joined(texts: Sequence[str]) -> str:
    """Return texts as they are compared: 山田 花子 and 山田花子 are one name."""
    return "\n".join(fold_text(text).replace(" ", "") for text in texts)
