"""Sound and film: rebuilt where a profile says so, and checked to the last byte."""

import subprocess
from pathlib import Path

import pytest

from sanitizer.check.check import check_file
from sanitizer.check.ogg import check_ogg
from sanitizer.check.rule import CheckFailed
from sanitizer.check.webm import check_webm
from sanitizer.encode.ogg import encode_ogg
from sanitizer.encode.packets import opus_packets, vp8_frames
from sanitizer.encode.webm import encode_webm
from sanitizer.intermediate import MalformedIntermediate
from sanitizer.jail import Jail
from sanitizer.kinds import Kind
from sanitizer.needed import SOUND_AND_FILM
from sanitizer.outcome import FileReason, FileRefused, Outcome, Removed
from sanitizer.outside import ffmpeg, recordings
from sanitizer.profile import DEFAULT_PROFILE, FileAction, Profile
from sanitizer.profile_file import read_profile
from sanitizer.sanitize import sanitize_file
from sanitizer.shared_memory import Parcel
from tests.sanitizer.samples import CANARY

WISHED = Profile(actions=dict.fromkeys(SOUND_AND_FILM, FileAction.REBUILD))

# A packet of 20 ms, and frames with a tag and nothing behind it: enough for a container.
PACKET = b"\xfc" + bytes(159)
KEY = b"\x10\0\0\x9d\x01\x2a\x40\0\x30\0" + bytes(20)
BETWEEN = b"\x11\0\0" + bytes(20)
FRAMES = [KEY, *[BETWEEN] * 149, KEY, *[BETWEEN] * 20]
FILM = encode_webm(64, 48, FRAMES, [PACKET] * 283)
SILENT = encode_webm(64, 48, FRAMES, [])
SOUND = encode_ogg([PACKET] * 101)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    picture = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=2"]
    tone = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2"]
    told = ["-metadata", f"title={CANARY.decode()}", "-metadata", f"comment={CANARY.decode()}"]
    for name, words in {
        "a.mp4": [*picture, *tone, *told, "-metadata", "location=+35.68+139.76/"],
        "silent.mp4": picture,
        "a.mp3": [*tone, *told],
        "a.wav": tone,
        "a.flac": [*tone, *told],
        "a.avi": [*picture, *tone],
        "a.m4a": tone,
    }.items():
        line = ["ffmpeg", "-v", "error", "-nostdin", *words, str(folder / name)]
        subprocess.run(line, check=True)
    return folder


def redrawn(jail: Jail, path: Path, profile: Profile = WISHED) -> Outcome:
    return sanitize_file(path.read_bytes(), name=path.name, jail=jail, profile=profile)


def streams(data: bytes, tmp_path: Path) -> list[str]:
    path = tmp_path / "redrawn"
    path.write_bytes(data)
    entries = "stream=codec_name,width,height:format=duration:format_tags:stream_tags"
    line = ["ffprobe", "-v", "error", "-show_entries", entries, "-of", "csv", str(path)]
    done = subprocess.run(line, check=True, capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.needs("ffmpeg")
@pytest.mark.parametrize("name", ["a.mp3", "a.wav", "a.flac", "a.m4a"])
def test_sound_becomes_opus(made: Path, jail: Jail, tmp_path: Path, name: str) -> None:
    outcome = redrawn(jail, made / name)
    assert outcome.name == "a.ogg"
    assert CANARY not in outcome.data
    codec, about = streams(outcome.data, tmp_path)
    assert codec.startswith("stream,opus")
    assert float(about.split(",")[1]) == pytest.approx(2, abs=0.1)


@pytest.mark.needs("ffmpeg")
@pytest.mark.parametrize(
    ("name", "codecs"),
    [
        ("a.mp4", ["vp8", "opus"]),
        ("a.avi", ["vp8", "opus"]),
        ("silent.mp4", ["vp8"]),
    ],
)
def test_film_becomes_webm(
    made: Path, jail: Jail, tmp_path: Path, name: str, codecs: list[str]
) -> None:
    outcome = redrawn(jail, made / name)
    assert outcome.media == "video/webm"
    assert CANARY not in outcome.data
    *found, about = streams(outcome.data, tmp_path)
    assert [line.split(",")[1] for line in found] == codecs
    assert found[0].split(",")[2:4] == ["64", "48"]
    assert float(about.split(",")[1]) == pytest.approx(2, abs=0.2)


@pytest.mark.needs("ffmpeg")
def test_the_receipt_says_what_is_gone_and_what_it_became(made: Path, jail: Jail) -> None:
    outcome = redrawn(jail, made / "a.mp4")
    assert {Removed.METADATA, Removed.GPS} <= dict(outcome.receipt.removed).keys()
    assert "webmに変換しました" in outcome.receipt.sentence("ja")


@pytest.mark.needs("ffmpeg")
def test_what_was_rebuilt_can_be_rebuilt_again(jail: Jail, made: Path) -> None:
    once = redrawn(jail, made / "a.wav")
    again = sanitize_file(once.data, name=once.name, jail=jail, profile=WISHED)
    assert (again.state, again.name) == ("clean", "a.ogg")


def test_nobody_gets_sound_who_did_not_ask_for_it(jail: Jail) -> None:
    for data, name in ((b"ID3\4" + bytes(99), "a.mp3"), (SOUND, "a.ogg"), (FILM, "a.webm")):
        refused = sanitize_file(data, name=name, jail=jail, profile=DEFAULT_PROFILE)
        assert refused.reason is FileReason.AGAINST_POLICY


@pytest.mark.needs("ffmpeg")
@pytest.mark.parametrize("name", ["a.mp4", "a.mp3", "a.wav"])
def test_what_cannot_be_decoded_is_broken(jail: Jail, made: Path, name: str) -> None:
    whole = (made / name).read_bytes()
    for data in (whole[:40] + bytes(2000), whole[:60]):
        outcome = sanitize_file(data, name=name, jail=jail, profile=WISHED)
        assert outcome.reason in {FileReason.BROKEN, FileReason.UNKNOWN_KIND}


@pytest.mark.needs("ffmpeg")
def test_time_for_film_is_limited(jail: Jail, made: Path) -> None:
    with Parcel.of((made / "a.mp4").read_bytes()) as source:
        found = recordings.probed(jail.launcher, source, 20)
        with pytest.raises(FileRefused) as caught:
            recordings.film(jail.launcher, source, found, 0.01)
    assert caught.value.reason is FileReason.TIME_OUT


def test_without_ffmpeg_the_sender_hears_what_is_missing(
    jail: Jail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ffmpeg, "EXECUTES", (Path("/nowhere/ffmpeg"),))
    outcome = sanitize_file(SOUND, name="a.ogg", jail=jail, profile=WISHED)
    assert outcome.reason is FileReason.PROGRAM_MISSING
    assert "apt-get install ffmpeg" in outcome.receipt.sentence("ja")


def test_a_profile_can_ask_for_sound() -> None:
    profile = read_profile('[kinds]\nmp3 = "rebuild"\nmp4 = "hold"')
    asked = [profile.action(kind) for kind in (Kind.MP3, Kind.MP4, Kind.WAV)]
    assert asked == [FileAction.REBUILD, FileAction.HOLD, FileAction.REFUSE]


@pytest.mark.parametrize(
    ("media", "data"), [("audio/ogg", SOUND), ("video/webm", FILM), ("video/webm", SILENT)]
)
def test_no_byte_of_a_container_can_be_another(media: str, data: bytes) -> None:
    check_file(media, data)
    payload = set(range(len(data))) if media == "audio/ogg" else _bytes_of_structure(data)
    for at in sorted(payload)[:: max(1, len(payload) // 400)]:
        changed = data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]
        with pytest.raises(CheckFailed):
            check_file(media, changed)
    for changed in (data + b"x", data[:-1], data[:200], b"", data + data, CANARY):
        with pytest.raises(CheckFailed):
            check_file(media, changed)


def _bytes_of_structure(data: bytes) -> set[int]:
    """Return where no picture and no sound is: before the clusters, and the heads of blocks."""
    start = data.index(bytes.fromhex("1f43b675"))
    return set(range(start + 12 + 9 + 8 + 13))


def test_a_block_out_of_its_order_is_not_accepted() -> None:
    block = b"\xa3\x01\0\0\0\0\0\0"
    first, second = FILM.index(block), FILM.index(block, FILM.index(block) + 1)
    third = FILM.index(block, second + 1)
    swapped = FILM[:first] + FILM[second:third] + FILM[first:second] + FILM[third:]
    assert len(swapped) == len(FILM)
    with pytest.raises(CheckFailed):
        check_webm(swapped)


def test_sound_that_is_not_as_ours_is_not_accepted() -> None:
    for packets in (
        [b"\xff" + bytes(159)],
        [b"\x04" + bytes(159)],
        [PACKET + b"\0"],
        [PACKET[:-1]],
    ):
        with pytest.raises(CheckFailed):
            check_ogg(encode_ogg(packets))


def test_packets_come_back_out_of_what_was_written() -> None:
    assert opus_packets(SOUND) == [PACKET] * 101


@pytest.mark.parametrize("hostile", [b"", b"OggS", b"DKIF", SOUND[:90], SOUND[:-1], FILM])
def test_what_no_encoder_of_ours_writes_goes_into_no_container(hostile: bytes) -> None:
    with pytest.raises(MalformedIntermediate):
        opus_packets(hostile)
    with pytest.raises(MalformedIntermediate):
        vp8_frames(hostile)
