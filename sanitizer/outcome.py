"""What became of a file: the outcome, its reasons, and the sanitising receipt.

Plain values.  The sentences for people are in `sanitizer.sentences`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from sanitizer import sentences
from sanitizer.kinds import Kind

ENGINE = "sekisho-sanitizer 0.1.0"

OutcomeState = Literal["clean", "altered", "refused"]


class FileReason(StrEnum):
    """Why a file was refused.  A closed list, each with its sentence in both languages."""

    NONE = ""  # it was not refused
    EMPTY = "empty"
    TOO_LARGE = "too-large"
    UNKNOWN_KIND = "unknown-kind"
    KIND_MISMATCH = "kind-mismatch"
    NOT_SUPPORTED = "not-supported"
    PROGRAM_MISSING = "program-missing"  # one that is not ours, and that this host lacks
    PROGRAM_UNSAFE = "program-unsafe"  # one that is not ours, and that this host cannot hold
    NO_WORDS = "no-words"  # and only its words may pass
    AGAINST_POLICY = "against-policy"
    NEEDS_APPROVAL = "needs-approval"
    ENCRYPTED = "encrypted"
    BROKEN = "broken"
    TOO_MANY_PIXELS = "too-many-pixels"
    TOO_MANY_PARTS = "too-many-parts"
    TOO_DEEP = "too-deep"
    OUT_OF_MEMORY = "out-of-memory"
    TIME_OUT = "time-out"
    FORBIDDEN_CALL = "forbidden-call"  # the jail killed a worker that reached for more
    JAIL_FAILED = "jail-failed"  # not the file's fault: asking again may help
    CHECK_FAILED = "check-failed"


class Removed(StrEnum):
    """A kind of thing that was in the file and is not in what came out."""

    EXIF = "exif"
    GPS = "gps"
    XMP = "xmp"
    IPTC = "iptc"
    ICC = "icc"
    THUMBNAIL = "thumbnail"
    COMMENT = "comment"
    METADATA = "metadata"
    TRAILING_DATA = "trailing-data"
    ANIMATION_FRAMES = "animation-frames"
    BYTE_ORDER_MARK = "byte-order-mark"
    CONTROL_CHARACTERS = "control-characters"
    BIDI_CONTROLS = "bidi-controls"
    INVISIBLE_CHARACTERS = "invisible-characters"
    TAG_CHARACTERS = "tag-characters"
    SCRIPT = "script"
    EXTERNAL_LINK = "external-link"
    FORMULA = "formula"
    MEMBER = "member"
    ACTION = "action"
    LINK = "link"
    FORM_FIELD = "form-field"
    HIDDEN_TEXT = "hidden-text"
    MACRO = "macro"
    ACTIVE_CONTROL = "active-control"
    DDE = "dde"
    FIELD = "field"
    SHAPE = "shape"
    PICTURE = "picture"
    HTML = "html"
    EMBEDDED_FILE = "embedded-file"
    ENCRYPTION = "encryption"
    LOOKS = "looks"  # where only its words pass
    WORDS = "words"  # as characters, where only its looks pass
    TRACKED_CHANGE = "tracked-change"
    HIDDEN_SHEET = "hidden-sheet"
    HIDDEN_SLIDE = "hidden-slide"
    PASSWORD_HASH = "password-hash"  # noqa: S105 - of a protection against editing
    PROTECTION = "protection"


class Kept(StrEnum):
    """A kind of thing that came through, and that a reader may not see at once."""

    COMMENT = "comment"
    TRACKED_CHANGE = "tracked-change"
    HIDDEN_SHEET = "hidden-sheet"
    HIDDEN_SLIDE = "hidden-slide"
    HIDDEN_TEXT = "hidden-text"
    LINK = "link"


class FileRefused(Exception):
    """This file does not pass, and never will however often it is asked."""

    def __init__(self, reason: FileReason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Receipt:
    """The sanitising receipt: what was found, what was taken out, what came of it.

    Hashes are lower-case hex SHA-256, sizes bytes.  `kind_named` is what the file name claims,
    `kind_found` what the content is, behind the password where that opened it.
    `kept`: what may not be seen at once and stayed, because the profile says so.
    `similarity`: of how the file and what came of it look, 0 to 1, at the page or picture that is
    least alike of those compared (`sanitizer.similarity`); None where nothing was.
    `password_given`: the sender gave one, whether or not it was asked for.  A refused file has no
    `out_…` and no `media_out`.
    """

    engine: str
    state: OutcomeState
    reason: FileReason
    kind_named: Kind
    kind_found: Kind
    password_given: bool
    media_in: str
    media_out: str
    in_sha256: str
    in_size: int
    out_sha256: str
    out_size: int
    pages_before: int
    pages_after: int
    pictures_before: int
    pictures_after: int
    removed: tuple[tuple[Removed, int], ...]
    elapsed_ms: int
    kept: tuple[tuple[Kept, int], ...] = ()
    similarity: float | None = None

    def sentence(self, lang: Literal["ja", "en"]) -> str:
        """Return one sentence for the people who send and receive the file."""
        return sentences.sentence(self, lang)


class ContentReading(StrEnum):
    """How words of a file were read: as people see them, or all there are, in any place."""

    SHOWN = "shown"
    WHOLE = "whole"
    BOTH = "both"  # people see all there are


class ContentText(NamedTuple):
    """Some words of a file.  What is in both readings is there twice."""

    reading: ContentReading
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `sanitize` answers.  `data` is empty, and `name` and `media` too, when refused.

    `contents`: the words of what came out and the names of what is in it, where asked for.
    """

    state: OutcomeState
    reason: FileReason
    media: str
    name: str
    data: bytes
    receipt: Receipt
    contents: tuple[ContentText, ...] = ()
