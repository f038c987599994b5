"""How many people must agree before something held goes on."""

from dataclasses import dataclass

# Two operators are a town hall's four eyes; of approvers no policy asks for more than these.
MAX_OPERATORS, MAX_APPROVERS = 2, 4


@dataclass(frozen=True, slots=True)
class Quorum:
    """So many operators, or so many approvers; 0 approvers: however many, they do not suffice."""

    operators: int = 1
    approvers: int = 1
    # Whether each file waits for somebody's yes.
    is_for_files: bool = False

    def is_met(self, *, operators: int, approvers: int) -> bool:
        """Return whether so many different people are enough."""
        return operators >= self.operators or 0 < self.approvers <= approvers
