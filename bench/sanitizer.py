"""What rebuilding a file costs: CPU, size, words kept, memory; beside others where they are here.

CPU is that of all processes below this one: the zygote, its workers, and whatever they start.
"""

import io
import os
import resource
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it publishes no types
from PIL import Image

from bench import machine
from bench.peers import PEERS, RECORDED
from bench.words import share_found
from sanitizer.jail import Budget, Jail
from sanitizer.outcome import FileReason, Outcome
from sanitizer.sanitize import sanitize_file
from sanitizer.shared_memory import Parcel

Report = Callable[[str], None]
CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
MEBIBYTE = 1 << 20


def children_cpu_s() -> float:
    """Return the CPU seconds of all processes below this one, also of those that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = sum(map(machine.family_cpu_s, machine.children(os.getpid())))
    return ended.ru_utime + ended.ru_stime + living


@contextmanager
def cpu(found: list[float]) -> Iterator[None]:
    """Append to `found` the CPU seconds of the children, and of this thread, in the block."""
    before, own = children_cpu_s(), time.thread_time()
    yield
    found.append(children_cpu_s() - before + time.thread_time() - own)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def files(report: Report) -> None:
    """Rebuild the files of the baseline table, beside what others make of them."""
    report(f"{'':20}    ours CPU s | out/in | words    " + "".join(f"{name:32}" for name in PEERS))
    with Jail() as jail:
        for path in sorted((CORPUS / "bench").iterdir()):
            data = path.read_bytes()
            found: list[float] = []
            for _ in range(3):
                with cpu(found):
                    outcome = sanitize_file(data, name=path.name, jail=jail)
            words = share_found(path.suffix, data, outcome.data)
            figures = _figures(min(found), len(outcome.data) / len(data), words)
            line = f"{path.name:20} {outcome.state:>8} {figures}"
            others = "".join(f"{_beside(peer, path):32}" for peer in PEERS.values())
            report(f"{line}    {others}")
            report(f"{'':20} recorded, another run: Dangerzone {RECORDED.get(path.name, '–')}")


def _figures(seconds: float, ratio: float, words: float | None) -> str:
    kept = "    –" if words is None else f"{words:5.1%}"
    return f"{seconds:6.2f} | {ratio:5.2f} | {kept}"


def _beside(peer: Callable[[Path, Path], list[str] | None], path: Path) -> str:
    """Run a peer on a copy of the file, and return its figures."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, path.name)
        copy.write_bytes(path.read_bytes())
        command = peer(copy, Path(folder))
        if command is None:
            return "not installed"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=300)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return "fails"
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        made = [each for each in Path(folder).iterdir() if each != copy and each.is_file()]
        if len(made) != 1:
            return "makes nothing"
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        data = made[0].read_bytes()
        words = share_found(made[0].suffix, path.read_bytes(), data, was=path.suffix)
        return _figures(seconds, len(data) / path.stat().st_size, words)


async def office(report: Report) -> None:
    """Rebuild every Office file of the corpus, and look at what each cost."""
    with Jail() as jail:
        for extension in ("docx", "xlsx", "pptx"):
            found: list[float] = []
            rebuilt = 0
            paths = sorted((CORPUS / "poi").glob(f"*.{extension}"))
            for path in paths:
                with cpu(found):
                    outcome = sanitize_file(path.read_bytes(), name=path.name, jail=jail)
                rebuilt += outcome.state != "refused"
            report(
                f"{extension}: {rebuilt} of {len(paths)} rebuilt, CPU median "
                f"{1e3 * percentile(found, 0.5):.0f} ms, p95 {1e3 * percentile(found, 0.95):.0f} ms"
            )


async def jail_overhead(report: Report) -> None:
    """Have a worker do next to nothing, many times."""
    budget = Budget(seconds=10, memory_bytes=256 * MEBIBYTE, answer_bytes=MEBIBYTE)
    times: list[float] = []
    with Jail() as jail, Parcel.of(b"x\r\n") as text:
        for _ in range(400):
            started = time.perf_counter()
            jail.run("check", text, budget, {"media": "text/plain"}).body.close()
            times.append(1e3 * (time.perf_counter() - started))
    report(
        f"one stage that does nothing: p50 {percentile(times, 0.5):.1f} ms, "
        f"p95 {percentile(times, 0.95):.1f} ms, max {max(times):.1f} ms"
    )


async def steady(report: Report, count: int = 200) -> None:
    """Send mixed files of about a megabyte through two workers, and watch the memory."""
    samples = list(_mixed())
    sizes = ", ".join(f"{name} {len(data) / 1e6:.1f} MB" for name, data in samples)
    report(f"samples: {sizes}")
    with Jail() as jail:
        pids = [os.getpid(), *machine.children(os.getpid())]

        def send(number: int) -> Outcome:
            name, data = samples[number % len(samples)]
            return sanitize_file(data, name=name, jail=jail)

        memory: list[list[float]] = []
        started = time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            refused: list[FileReason] = []
            for first in range(0, count, count // 5):
                outcomes = list(pool.map(send, range(first, first + count // 5)))
                refused += [each.reason for each in outcomes if each.state == "refused"]
                memory.append([machine.resident_mb(pid) for pid in pids])
        took = time.perf_counter() - started
    report(
        f"{count} files in {took:.1f} s, {count / took:.1f} a second, "
        f"refused: {', '.join(refused) or 'none'}"
    )
    for who, *rss in zip(("owner", "zygote"), *memory, strict=False):
        report(f"resident after each fifth, {who}: {', '.join(f'{mb:.0f}' for mb in rss)} MB")


def _mixed() -> Iterator[tuple[str, bytes]]:
    """Yield files of about a megabyte, made of those of the corpus."""
    folder = CORPUS / "bench"
    photo = Image.open(folder / "phone12mp.jpg").convert("RGB")
    for name, form, side, options in (
        ("photo.jpg", "JPEG", 2200, {"quality": 88}),
        ("photo.png", "PNG", 800, {}),
        ("photo.webp", "WEBP", 2400, {"quality": 90}),
    ):
        file = io.BytesIO()
        photo.resize((side, side * 3 // 4)).save(file, form, **options)
        yield name, file.getvalue()
    yield "scan.pdf", pages(folder / "scan_10p.pdf", 2)
    yield "ledger.xlsm", (folder / "ledger.xlsm").read_bytes()
    yield "report.docx", (folder / "ja_mixed_50p.docx").read_bytes()
    yield "talk.pptx", (folder / "ja_20s.pptx").read_bytes()
    yield "text.txt", ("令和八年度の予算について\r\n" * 28_000).encode()
    yield "table.csv", ("課,科目,額\r\n土木,道路,12345\r\n" * 32_000).encode("cp932")
    yield (
        "files.zip",
        zipped(
            {
                "a.docx": (folder / "ja_mixed_50p.docx").read_bytes(),
                "b.pptx": (folder / "ja_20s.pptx").read_bytes(),
            }
        ),
    )


def pages(path: Path, count: int) -> bytes:
    """Return a PDF of `count` pages of another, as often over as it takes."""
    source, target = pdfium.PdfDocument(path), pdfium.PdfDocument.new()
    for number in range(count):
        target.import_pages(source, [number % len(source)])
    file = io.BytesIO()
    target.save(file)
    return file.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


async def large(report: Report) -> None:
    """Rebuild 20 MB: a scan, and a set of photographs."""
    photo = (CORPUS / "bench" / "phone12mp.jpg").read_bytes()
    samples = {
        "scan.pdf": pages(CORPUS / "bench" / "scan_10p.pdf", 37),
        "photos.zip": zipped({f"{number}.jpg": photo for number in range(6)}),
    }
    with Jail() as jail:
        for name, data in samples.items():
            started, found = time.perf_counter(), list[float]()
            with cpu(found):
                outcome = sanitize_file(data, name=name, jail=jail)
            report(
                f"{name} of {len(data) / 1e6:.1f} MB: {outcome.state} {outcome.reason} in "
                f"{time.perf_counter() - started:.1f} s, {found[0]:.1f} CPU s, "
                f"{len(outcome.data) / 1e6:.1f} MB out"
            )


async def sanitizer(report: Report) -> None:
    """All of these."""
    for part in (files, office, jail_overhead, steady, large):
        await part(report)
