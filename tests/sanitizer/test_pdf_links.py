"""A link of a PDF stays where it was if it leads to the web or a mailbox and the rules agree."""

import re

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it publishes no types
import pytest

from sanitizer.check.check import CheckFailed, check_file
from sanitizer.encode.pdf import encode_pdf
from sanitizer.intermediate import IntermediatePage, PageLink
from sanitizer.jail import Jail
from sanitizer.outcome import Kept, Outcome, Removed
from sanitizer.profile import Profile
from sanitizer.rules import ContentRules, LinkRules, Links, Scheme
from sanitizer.sanitize import sanitize_file
from tests.sanitizer.samples import CANARY
from tests.sanitizer.test_pdf import WORDS, pdf_of

PDF = "application/pdf"
BOX = (100.0, 690.0, 300.0, 730.0)


def linked(action: bytes, page: bytes = b"") -> bytes:
    link = b"<< /Type /Annot /Subtype /Link /Rect [100 690 300 730] /A << %s >> >>" % action
    return pdf_of(WORDS, page=b"/Annots [%s] %s" % (link, page))


def drawn(jail: Jail, data: bytes, links: LinkRules | None = None) -> Outcome:
    profile = Profile(rules=ContentRules(links=links or LinkRules()))
    outcome = sanitize_file(data, name="x.pdf", jail=jail, profile=profile)
    assert outcome.state != "refused", outcome.reason
    return outcome


def links_of(data: bytes) -> list[tuple[tuple[float, ...], str]]:
    found = re.findall(rb"/Rect \[([0-9. ]+)\] .*? /URI <([0-9a-f]+)>", data)
    return [
        (tuple(map(float, box.split())), bytes.fromhex(address.decode()).decode())
        for box, address in found
    ]


@pytest.mark.parametrize("address", ["https://example.com/a?b=(1)#c", "mailto:a@example.jp"])
def test_a_link_stays_where_it_was(jail: Jail, address: str) -> None:
    escaped = address.encode().replace(b"(", b"\\(").replace(b")", b"\\)")
    outcome = drawn(jail, linked(b"/S /URI /URI (%s)" % escaped))
    ((box, target),) = links_of(outcome.data)
    assert target == address
    assert all(abs(new - old) < 1 for new, old in zip(box, BOX, strict=True))
    assert dict(outcome.receipt.kept) == {Kept.LINK: 1}
    assert outcome.state == "clean"
    with pdfium.PdfDocument(outcome.data) as document:
        assert len(document) == 1


def test_on_a_turned_page_it_turns_too(jail: Jail) -> None:
    outcome = drawn(jail, linked(b"/S /URI /URI (http://example.com/)", b"/Rotate 90"))
    ((box, _),) = links_of(outcome.data)
    # The page is 842 wide now; what was up is right, what was left is up.
    assert all(abs(a - b) < 1 for a, b in zip(box, (690, 295, 730, 495), strict=True))


@pytest.mark.parametrize(
    "action",
    [
        b"/S /URI /URI (javascript:evil\\(\\))",
        b"/S /URI /URI (file:///etc/passwd)",
        b"/S /URI /URI (http://exa mple.com/%s)" % CANARY,
        b"/S /Launch /F (http://%s)" % CANARY,
        b"/S /GoToR /F (http://%s) /D [0 /Fit]" % CANARY,
        b"/S /JavaScript /JS (%s)" % CANARY,
    ],
)
def test_no_other_link_stays(jail: Jail, action: bytes) -> None:
    outcome = drawn(jail, linked(action))
    assert b"/Annot" not in outcome.data
    assert CANARY not in outcome.data
    assert dict(outcome.receipt.removed)[Removed.LINK] == 1


def test_links_stay_by_scheme_or_not_at_all(jail: Jail) -> None:
    source = linked(b"/S /URI /URI (http://example.com/)")
    for rules in (LinkRules(Links.TEXT), LinkRules(schemes=(Scheme.HTTPS,))):
        assert links_of(drawn(jail, source, rules).data) == []


OURS = encode_pdf([IntermediatePage(595, 842), PageLink(*BOX, "https://example.com/")])


def test_the_check_takes_no_other_link() -> None:
    check_file(PDF, OURS)
    address = b"https://example.com/".hex().encode()
    for bad in (b"javascript:abcdefghi", b"https://example.com\0", b"file:///etc/passwords"):
        with pytest.raises(CheckFailed):
            check_file(PDF, OURS.replace(address, bad.ljust(20)[:20].hex().encode()))
    for old, new in (
        (b"/S /URI", b"/S /URX"),
        (b"/Subtype /Link", b"/Subtype /Lonk"),
        (b"[0 0 0] /A", b"[0 0 1] /A"),
        (address[:2], address[:2].upper() if address[:2].upper() != address[:2] else b"6A"),
    ):
        changed = OURS.replace(old, new, 1)
        assert changed != OURS
        with pytest.raises(CheckFailed):
            check_file(PDF, changed)
