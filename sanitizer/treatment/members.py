"""Files with files in them: each is treated as one of its own."""

from collections.abc import Sequence

from sanitizer import intermediate, sentences
from sanitizer.confinement.seccomp import SyscallAllowance
from sanitizer.decode.text import visible_text
from sanitizer.intermediate import Member, Record
from sanitizer.kinds import Kind
from sanitizer.media import EML, EXTENSIONS, TEXT, ZIP
from sanitizer.names import clean_path, unique_name
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Report
from sanitizer.session import ASKED_AGAIN, Passage, Redrawn
from sanitizer.shared_memory import Parcel
from sanitizer.treatment.single import records_of

# What tells of members that did not pass, beside those that did.
NOTE = "無害化結果.txt"

# What all members together may unpack to, for each byte an archive may have.
EXPANSION = 4


def archive(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
    """Treat each member as a file of its own; what is refused is left out, and said so inside."""
    limits = passage.profile.limits
    with passage.stage(
        "decode",
        source,
        kind=kind,
        max_unpacked=min(EXPANSION * limits.max_bytes, limits.unpacked_bytes(source.size)),
        max_entries=limits.max_entries,
        password=passage.password,
    ) as decoded:
        members = [record for record in records_of(decoded) if isinstance(record, Member)]
    kept = [
        Member(name, redrawn.data)
        for name, redrawn in _redrawn_members(members, passage, must_keep_one=True)
    ]
    packed = b"".join(bytes(piece) for member in kept for piece in intermediate.pack(member))
    with Parcel.of(packed) as parcel, passage.stage("encode", parcel, media=ZIP) as encoded:
        return Redrawn(ZIP, encoded.body.read())


def mail(passage: Passage, kind: Kind, source: Parcel) -> Redrawn:
    """Keep who, when, what and the words; treat each attachment as a file of its own."""
    stays = passage.profile.rules.parameters()
    with passage.stage("decode", source, SyscallAllowance.NOTHING, kind=kind, **stays) as decoded:
        found = records_of(decoded)
    members = [record for record in found if isinstance(record, Member)]
    kept: list[Record] = [record for record in found if not isinstance(record, Member)]
    for name, redrawn in _redrawn_members(members, passage, must_keep_one=False):
        kept.append(Member(f"{redrawn.media}:{name.rpartition('/')[2]}", redrawn.data))
    packed = b"".join(bytes(piece) for record in kept for piece in intermediate.pack(record))
    with Parcel.of(packed) as parcel, passage.stage("encode", parcel, media=EML) as encoded:
        return Redrawn(EML, encoded.body.read())


def _redrawn_members(
    members: Sequence[Member], passage: Passage, *, must_keep_one: bool
) -> list[tuple[str, Redrawn]]:
    """Return each member rebuilt under its new name, and a note on those that did not pass."""
    kept: list[tuple[str, Redrawn]] = []
    left_out: list[tuple[str, FileReason]] = []
    taken: set[str] = set()
    for member in members:
        try:
            redrawn = passage.within(bytes(member.data), member.name)
        except FileRefused as refusal:
            if refusal.reason in ASKED_AGAIN or (must_keep_one and len(members) == 1):
                raise
            left_out.append((" ".join(member.name.split()), refusal.reason))
            continue
        name = unique_name(clean_path(member.name, EXTENSIONS[redrawn.media]), taken)
        kept.append((name, redrawn))
    if must_keep_one and not kept:
        raise FileRefused(left_out[0][1] if left_out else FileReason.EMPTY)
    if left_out:
        passage.report.removed[Removed.MEMBER] += len(left_out)
        kept.append((unique_name(NOTE, taken), Redrawn(TEXT, _note(left_out))))
    return kept


def _note(left_out: list[tuple[str, FileReason]]) -> bytes:
    lines = [f"{name}: {sentences.plain_reason(reason)}" for name, reason in left_out]
    text = visible_text("\n".join(["次のファイルは通せませんでした。", *lines, ""]), Report())
    return text.replace("\n", "\r\n").encode()
