"""schemathesis against a real zone: `python3 dev.py contract` runs it for longer than CI does."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.foreign.loopback import loopback
from tests.zone.api.conftest import LGWAN, People, peopled
from zone.copy.side import Side
from zone.settings import RequestLimits

CONFIG = Path(__file__).with_name("schemathesis.toml")
PROGRAM = "from schemathesis.cli import schemathesis; schemathesis()"
DUTIES = ["broadcast", "phone", "records", "sponsor"]


@dataclass(frozen=True, slots=True)
class Served:
    """A zone that can be asked over TCP, and who asks."""

    people: People
    url: str
    folder: Path

    async def judge(
        self, *options: str, contract: str = "", who: str = "", quiet: bool = True
    ) -> tuple[int, str]:
        """Run schemathesis, which asks for `who`, and return how it ended and what it reported."""
        here = self.people.town
        headers = (
            "Host: localhost",
            f"Authorization: Bearer {here.token}",
            f"Sekisho-Act-As: {who or here.ids['hana']}",
        )
        asked: list[str] = [part for header in headers for part in ("--header", header)]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            PROGRAM,
            "--config-file",
            str(CONFIG),
            "run",
            contract or f"{self.url}/v1/openapi.json",
            "--url",
            self.url,
            "--no-color",
            *asked,
            *options,
            cwd=self.folder,
            stdout=asyncio.subprocess.PIPE if quiet else None,
            env=os.environ
            | {
                "PYTHONPATH": str(ROOT),
                "SCHEMATHESIS_HOOKS": "tests.foreign.contract_hooks",
                "SEKISHO_REACHED": str(self.folder / "reached"),
            },
        )
        report, _ = await process.communicate()
        return process.returncode or 0, report.decode() if report else ""

    def reached(self) -> set[str]:
        """Return the operations that were answered as they were asked."""
        lines = (self.folder / "reached").read_text(encoding="utf-8").splitlines()
        found = (line.rpartition(" ") for line in lines)
        return {label for label, _, status in found if status.startswith("2")}


@asynccontextmanager
async def served(folder: Path, side: Side = LGWAN) -> AsyncIterator[Served]:
    """Run a zone in which somebody may do whatever can be done."""
    limits = RequestLimits(person_rate=20_000, person_burst=20_000)  # one person asks it all
    async with peopled(folder / "n", limits, side) as people, loopback(people.town.api) as port:
        hana = people.town.ids["hana"]
        await people.town.operate("PATCH", f"/v1/users/{hana}", {"duties": DUTIES})
        yield Served(people, f"http://127.0.0.1:{port}", folder)


async def main(options: Sequence[str]) -> int:
    """Run every phase with as many examples as schemathesis has by default."""
    with tempfile.TemporaryDirectory(prefix="sks-") as folder:
        async with served(Path(folder)) as zone:
            ended, _ = await zone.judge(*options, quiet=False)
    return ended


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
