"""`sekisho sanitize`: real files through a real jail, and nothing lost, hidden or written over."""

import functools
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sanitizer.check.check import check_file
from sekisho.exits import Exit
from tests.conftest import ROOT
from tests.sanitizer.samples import encoded, gradient
from tests.sekisho.conftest import Ran, Run
from tests.sekisho.sample_files import EXE, PHOTO, docm, locked_pdf, put, within
from tests.sekisho.terminal import Terminal

TIMEOUT_S = 30.0


def by_name(ran: Ran) -> dict[str, dict[str, Any]]:
    return {Path(each["path"]).name: each for each in ran.json}


def test_a_photograph_comes_out_without_its_place(sekisho: Run, tmp_path: Path) -> None:
    put(tmp_path, 写真_jpg=PHOTO)
    ran = sekisho("sanitize", tmp_path / "写真.jpg", "-o", tmp_path / "out", "--json")
    (told,) = ran.json
    new = (tmp_path / "out" / "写真.jpg").read_bytes()
    assert ran.code == Exit.OK
    assert dict(Image.open(io.BytesIO(new)).getexif()) == {}
    assert told["removed"] == {"exif": 1, "gps": 1}
    assert (told["state"], told["reason"]) == ("altered", "")
    assert (told["media"], told["name"]) == ("image/jpeg", "写真.jpg")
    assert (told["in_size"], told["out_size"]) == (len(PHOTO), len(new))
    assert told["in_sha256"] == hashlib.sha256(PHOTO).hexdigest()
    assert told["out_sha256"] == hashlib.sha256(new).hexdigest()
    assert "位置情報" in told["ja"]
    assert "location" in told["en"]
    assert (tmp_path / "写真.jpg").read_bytes() == PHOTO


def test_a_folder_keeps_its_shape_and_nothing_is_written_over(sekisho: Run, tmp_path: Path) -> None:
    source = put(tmp_path / "課", a_jpg=PHOTO, 年度__係__a_jpg=PHOTO, 年度__b_txt=b"hello")
    out = tmp_path / "out"
    assert sekisho("sanitize", source, "-o", out).code == Exit.OK
    first = {name: (out / name).read_bytes() for name in within(out)}
    assert sorted(first) == ["課/a.jpg", "課/年度/b.txt", "課/年度/係/a.jpg"]
    assert sekisho("sanitize", source, "-o", out).code == Exit.OK
    assert len(within(out)) == 6
    assert {name: (out / name).read_bytes() for name in first} == first
    assert "課/年度/係/a(2).jpg" in within(out)


def test_names_that_meet_are_told_apart_and_always_alike(sekisho: Run, tmp_path: Path) -> None:
    # The first is the slowest by far: were names given as files are done, it would come last.
    big = encoded(gradient((1600, 1200)), "BMP")
    source = put(tmp_path / "in", x_bmp=big, x_png=encoded(gradient(), "PNG"))
    ran = sekisho("sanitize", source, source / "x.png", "-o", tmp_path / "out", "--json")
    assert [each["name"] for each in ran.json] == ["in/x.png", "in/x(2).png", "x.png"]
    with Image.open(tmp_path / "out" / "in" / "x.png") as first:
        assert first.size == (1600, 1200)


def test_a_program_is_refused_by_name_and_not_written(sekisho: Run, tmp_path: Path) -> None:
    put(tmp_path, setup_exe=EXE, a_txt=b"hello")
    paths = [tmp_path / "setup.exe", tmp_path / "a.txt"]
    ran = sekisho("sanitize", *paths, "-o", tmp_path / "out", "--json")
    told = by_name(ran)["setup.exe"]
    assert ran.code == Exit.REFUSED
    assert (told["state"], told["reason"], told["name"]) == ("refused", "not-supported", "")
    assert within(tmp_path / "out") == ["a.txt"]
    table = sekisho("sanitize", *paths, "-o", tmp_path / "out", "--lang", "en")
    assert table.code == Exit.REFUSED
    assert "Refused: Windows program cannot be made harmless." in table.out


def test_an_office_file_loses_its_macro(sekisho: Run, tmp_path: Path) -> None:
    put(tmp_path, 予算_docm=docm("来年度"))
    ran = sekisho("sanitize", tmp_path / "予算.docm", "-o", tmp_path / "out", "--json")
    assert ran.code == Exit.OK, ran.json
    assert ran.json[0]["removed"]["macro"] == 1
    with zipfile.ZipFile(tmp_path / "out" / "予算.docx") as package:
        assert "来年度" in package.read("word/document.xml").decode()
        assert not [name for name in package.namelist() if "vba" in name]


def test_a_password_opens_a_pdf_and_nothing_else_does(sekisho: Run, tmp_path: Path) -> None:
    put(tmp_path, a_pdf=locked_pdf(b"himitsu"), right=b"himitsu\nsecond line\n", wrong=b"guess\n")
    pdf, out = tmp_path / "a.pdf", tmp_path / "out"
    without = sekisho("sanitize", pdf, "-o", out, "--json")
    wrong = sekisho("sanitize", pdf, "-o", out, "--json", "--password-file", tmp_path / "wrong")
    for ran in (without, wrong):
        assert (ran.code, ran.json[0]["reason"]) == (Exit.REFUSED, "encrypted")
    assert within(out) == []
    right = sekisho("sanitize", pdf, "-o", out, "--json", "--password-file", tmp_path / "right")
    assert right.code == Exit.OK
    check_file("application/pdf", (out / "a.pdf").read_bytes())


def test_what_cannot_be_read_is_said_and_the_rest_is_done(sekisho: Run, tmp_path: Path) -> None:
    put(tmp_path, a_txt=b"hello", b_exe=EXE)
    # Reading the beginning of a process's memory is an I/O error, for root too.
    paths = ["/proc/self/mem", tmp_path / "gone.txt", tmp_path / "b.exe", tmp_path / "a.txt"]
    ran = sekisho("sanitize", *paths, "-o", tmp_path / "out", "--json")
    told = by_name(ran)
    assert ran.code == Exit.IO
    assert (told["mem"]["state"], told["mem"]["reason"]) == ("failed", "unreadable")
    assert told["mem"]["detail"] == "Input/output error"
    assert "No such file" in told["gone.txt"]["ja"]
    assert within(tmp_path / "out") == ["a.txt"]


def test_a_folder_without_permission_is_said(tmp_path: Path) -> None:
    source = put(tmp_path / "in", closed__a_txt=b"hello", b_txt=b"hello")
    (source / "closed").chmod(0)
    command = [sys.executable, "-m", "sekisho.main", "sanitize", str(source)]
    command += ["-o", str(tmp_path / "out"), "--json"]
    if os.getuid() == 0:  # root may read everything, as long as it has these capabilities
        these = "-dac_override,-dac_read_search"
        command = ["setpriv", f"--bounding-set={these}", f"--inh-caps={these}", *command]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    (source / "closed").chmod(0o700)
    told = by_name(Ran(ran.returncode, ran.stdout, ran.stderr))["closed"]
    assert ran.returncode == Exit.IO
    assert (told["reason"], told["detail"]) == ("unreadable", "Permission denied")
    assert within(tmp_path / "out") == ["in/b.txt"]


def test_links_are_said_and_not_followed(sekisho: Run, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", secret_txt=b"secret")
    source = put(tmp_path / "in", a_txt=b"hello")
    (source / "file").symlink_to(tmp_path / "elsewhere" / "secret.txt")
    (source / "folder").symlink_to(tmp_path / "elsewhere")
    (source / "round").symlink_to("round")
    os.mkfifo(source / "pipe")
    ran = sekisho(
        "sanitize", source, source / "folder", source / "round", "-o", tmp_path / "out", "--json"
    )
    reasons = {name: each["reason"] for name, each in by_name(ran).items()}
    links = dict.fromkeys(["file", "folder", "round"], "symlink")
    assert reasons == {**links, "pipe": "not-a-file", "a.txt": ""}
    assert ran.code == Exit.REFUSED
    assert within(tmp_path / "out") == ["in/a.txt"]


def test_what_cannot_be_written_is_said_and_the_rest_is_done(sekisho: Run, tmp_path: Path) -> None:
    source = put(tmp_path / "in", a_txt=b"hello", sub__b_txt=b"hello")
    out = put(tmp_path / "out", in__sub=b"a file where a folder has to be")
    ran = sekisho("sanitize", source, "-o", out, "--json")
    told = by_name(ran)["b.txt"]
    assert ran.code == Exit.IO
    assert (told["state"], told["reason"], told["name"]) == ("failed", "not-written", "")
    assert within(out) == ["in/a.txt", "in/sub"]


def test_a_profile_is_obeyed(sekisho: Run, tmp_path: Path) -> None:
    large = PHOTO + bytes(3 << 20)
    source = put(
        tmp_path / "in",
        a_jpg=large,
        b_svg=b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        c_txt=b"hello",
    )
    put(tmp_path, p_toml=b'[limits]\nmax_mebibytes = 1\n[kinds]\nsvg = "refuse"\ntext = "hold"\n')
    profile = tmp_path / "p.toml"
    ran = sekisho("sanitize", source, "-o", tmp_path / "o", "--profile", profile, "--json")
    told = by_name(ran)
    assert ran.code == Exit.REFUSED
    reasons = [told[name]["reason"] for name in ("a.jpg", "b.svg", "c.txt")]
    assert reasons == ["too-large", "against-policy", "needs-approval"]
    assert told["a.jpg"]["in_size"] == len(large)
    assert told["a.jpg"]["in_sha256"] == hashlib.sha256(large).hexdigest()


@pytest.mark.parametrize("profile", [b"[limits]\nmax = 1\n", b"\xff"])
def test_a_profile_that_is_not_understood_stops_it(
    sekisho: Run, tmp_path: Path, profile: bytes
) -> None:
    put(tmp_path, p_toml=profile, a_txt=b"hello")
    given = [tmp_path / "a.txt", "-o", tmp_path / "out", "--profile", tmp_path / "p.toml"]
    ran = sekisho("sanitize", *given)
    assert ran.code == Exit.SETTINGS
    assert "p.toml" in ran.err
    assert not (tmp_path / "out").exists()


def test_a_name_cannot_talk_to_the_terminal(sekisho: Run, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "a\x1b[31m\n.txt").write_bytes(b"hello")
    Path(os.fsdecode(bytes(source) + b"/\xff\xfe.txt")).write_bytes(b"hello")
    for options in ([], ["--json"]):
        ran = sekisho("sanitize", source, "-o", tmp_path / "out", *options)
        assert ran.code == Exit.OK
        assert "\x1b" not in ran.out
    told = [each["path"].rpartition("/")[2] for each in ran.json]
    assert told == ["a�[31m�.txt", "��.txt"]
    assert all(name.isprintable() for name in within(tmp_path / "out"))


def test_it_does_not_read_what_it_wrote(sekisho: Run, tmp_path: Path) -> None:
    source = put(tmp_path / "in", a_txt=b"hello")
    for _ in range(2):
        assert sekisho("sanitize", source, "-o", source / "out").code == Exit.OK
    assert within(source) == ["a.txt", "out/in/a(2).txt", "out/in/a.txt"]
    assert sekisho("sanitize", source, "-o", f"{source}/../in").code == Exit.USAGE


def test_the_table_speaks_the_language_of_the_terminal(
    sekisho: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, a_jpg=PHOTO)
    for variable in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    for lang, word in {"ja_JP.UTF-8": "位置情報 (1)", "C.UTF-8": "location (1)"}.items():
        monkeypatch.setenv("LANG", lang)
        ran = sekisho("sanitize", tmp_path / "a.jpg", "-o", tmp_path / lang)
        heading, line = ran.out.splitlines()
        assert heading.split("\t")[:3] == ["file", "name", "state"]
        assert line.split("\t")[1:3] == ["a.jpg", "altered"]
        assert word in line
        assert ran.err == ""


def test_on_a_terminal_there_is_a_table_with_totals(tmp_path: Path) -> None:
    source = put(tmp_path / "in", a_jpg=PHOTO, b_exe=EXE)
    # A path so long that it takes two lines would be looked for in vain.
    script = f"cd {source} && exec {sys.executable} -m sekisho.main sanitize a.jpg b.exe -o ../out"
    command = ["env", f"PYTHONPATH={ROOT}", "sh", "-c", f"{script} --lang ja"]
    with Terminal(command) as terminal:
        lines = terminal.shows("除去なし: 0  除去あり: 1  不可: 1  エラー: 0")
        assert any("a.jpg → a.jpg" in line for line in lines)
        # The bar is gone, and what is refused is told to the last word.
        assert not any("sanitizing" in line for line in lines)
        assert "対応していません" in "".join(line[20:].strip() for line in lines)
        assert terminal.ended() == Exit.REFUSED


def test_interrupted_it_leaves_whole_files_and_says_which(tmp_path: Path) -> None:
    picture = encoded(gradient((400, 300)), "PNG")
    source = put(tmp_path / "in", **{f"p{number}_png": picture for number in range(300)})
    out = tmp_path / "out"
    command = [sys.executable, "-m", "sekisho.main", "sanitize", str(source)]
    command += ["-o", str(out), "--json"]
    # As in a terminal, also where whoever runs the tests ignores it.
    hears = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    pipes: dict[str, int] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, preexec_fn=hears) as process:  # type: ignore[call-overload]
        give_up_at = time.monotonic() + TIMEOUT_S
        while not list(out.glob("in/*.png")):
            assert process.poll() is None
            assert time.monotonic() < give_up_at
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        # Their end of the pipe is closed when the jail is gone too.
        printed, said = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == Exit.INTERRUPTED
    assert said.decode().split() == ["sekisho:", "interrupted"]
    assert 0 < len(within(out)) < 300
    for name in within(out):
        check_file("image/png", (out / name).read_bytes())
    told = [each["name"] for each in json.loads(printed)]
    # In their order; at most the one that was being written is there and not told.
    assert told == sorted(f"in/p{number}.png" for number in range(300))[: len(told)]
    assert set(told) <= set(within(out))
    assert len(within(out)) - len(told) <= 1


def test_it_needs_no_part_of_the_gateway(tmp_path: Path) -> None:
    put(tmp_path, a_txt=b"hello")
    script = (
        "import sys; from sekisho.main import cli;"
        f"cli.main(['sanitize', {str(tmp_path / 'a.txt')!r}, '-o', {str(tmp_path / 'out')!r}],"
        " standalone_mode=False); print(*{name.partition('.')[0] for name in sys.modules})"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    gateway = {"aiohttp", "asyncio", "relay", "zone", "internet_side", "lgwan_side"}
    assert gateway & set(ran.stdout.splitlines()[-1].split()) == set()
    assert within(tmp_path / "out") == ["a.txt"]
