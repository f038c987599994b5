"""The types of the contract are what is said: over streams, and in TypeScript."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from sekisho import write_types
from tests.conftest import ROOT
from tests.zone.api.conftest import People
from wire.bodies import Body
from zone.api.http.frames import FRAMES, EventBatch

# Files that tell also speak of events that cross, whose kinds look alike.
KINDS = {struct.__struct_config__.tag for struct in get_args(Body)}
# What is logged, and told to nobody but the operator.
LOGGED = {"clearance.nobody", "copy.mended", "event.quarantined", "release.unclean"}
WORD, TOLD = re.compile(r'"([a-z-]+\.[a-z]+)"'), re.compile(r'tell\(\s*"([a-z-]+\.[a-z]+)"')


def test_every_event_that_is_told_is_in_the_contract_and_no_other() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "zone").rglob("*.py")]
    texts = [text for text in texts if ".tell(" in text]
    told = {word for text in texts for word in TOLD.findall(text)}
    said = {word for text in texts for word in WORD.findall(text)}
    assert told - set(FRAMES) == set()
    assert said - set(FRAMES) - KINDS - LOGGED == set()
    # What is too large to be told is told as another: `zone.store.writing` makes its name.
    outgrown = {name for name in FRAMES if name.endswith(".outgrown")}
    assert set(FRAMES) - said - outgrown == set()


async def test_what_a_stream_says_is_of_the_type_that_the_contract_gives(people: People) -> None:
    start = (await people.taro.snapshot()).cursor
    posted = await people.hana.post(people.room, "訓練")
    await people.taro.react(posted.id, "了解")
    await people.taro.read(people.room, posted.id)
    await people.hana.edit(posted.id, "訓練です")
    await people.hana.set_status("在宅勤務")
    async with people.taro.session.get("/v1/events", params={"since": start}) as response:
        batch = await response.read()
    read: Any = msgspec.json.decode(batch, type=EventBatch)
    assert {type(each).__name__ for each in read.items} >= {
        "MessageCreatedEvent",
        "ReactionSetEvent",
        "ReadSetEvent",
        "MessageUpdatedEvent",
        "UserUpdatedEvent",
    }
    # Nothing was said that the types have no place for.
    assert json.loads(msgspec.json.encode(read)) == json.loads(batch)


@pytest.mark.needs("node")
@pytest.mark.usefixtures("node_modules")
def test_the_types_in_the_tree_are_those_of_the_contract() -> None:
    current = write_types.TYPES.read_text(encoding="utf-8")
    assert current == write_types.types(), "run: python3 dev.py types"


@pytest.mark.needs("node")
@pytest.mark.usefixtures("node_modules")
def test_the_example_compiles_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    shutil.copytree(write_types.TYPES.parent, tmp_path, dirs_exist_ok=True)
    example = (tmp_path / "example.ts").read_text(encoding="utf-8")
    (tmp_path / "wrong.ts").write_text(example.replace("event.data.zone}", "event.data.msg}"))
    compiler = ROOT / "node_modules" / "typescript" / "bin" / "tsc"
    command: list[str | Path] = ["node", compiler, "--project", tmp_path, "--pretty", "false"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (fault,) = done.stdout.splitlines()
    assert "wrong.ts(" in fault
    assert "'msg' does not exist on type" in fault
