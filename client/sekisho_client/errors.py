"""The three ways for a request not to work."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """One member of a request that is not as it must be: a JSON pointer to it, and why."""

    pointer: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDocument:
    """A refusal as it is sent (RFC 9457); `retry_after` is in seconds."""

    code: str
    status: int
    title: str
    detail: str | None = None
    errors: list[Fault] = field(default_factory=list)
    retry_after: int | None = None


class Problem(Exception):
    """The server said no.  `code` is stable; `title` is for people."""

    def __init__(self, document: ProblemDocument) -> None:
        """Take the problem document apart."""
        super().__init__(f"{document.code}: {document.detail or document.title}")
        self.code = document.code
        self.status = document.status
        self.title = document.title
        self.detail = document.detail
        self.errors = document.errors
        self.retry_after = document.retry_after


class Unreachable(Exception):
    """The server does not answer.  What was asked may or may not have been done: ask again."""


class Unexpected(Exception):
    """The server answered, but not as its API says.  `pointer` names the member (RFC 6901)."""

    def __init__(self, pointer: str, fault: str) -> None:
        """`fault` says what is wrong, as the rest of a sentence: "is missing"."""
        super().__init__(f"{pointer or 'the answer'} {fault}")
        self.pointer = pointer
        self.fault = fault
