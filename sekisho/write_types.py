"""Prints web/types/api.d.ts: `python3 -m sekisho.write_types`, in the source tree.

The TypeScript types of the local socket API, made from its contract by
openapi-typescript.  Needs Node and what `npm ci` brings.  A test compares.
"""

import subprocess
import tempfile
from pathlib import Path

from zone.api.http.openapi import contract_document
from zone.api.resources.routes import ROUTES

ROOT = Path(__file__).parents[1]
TYPES = ROOT / "web" / "types" / "api.d.ts"
GENERATOR = ROOT / "node_modules" / "openapi-typescript" / "bin" / "cli.js"

# Requests may leave out what has a default; answers leave out nothing (zone/api/http/openapi.py).
OPTIONS = (
    "--default-non-nullable=false",
    "--root-types",
    "--root-types-no-schema-prefix",
    "--alphabetize",
)

_HEAD = """\
// The local socket API in TypeScript.  Printed from its contract: python3 dev.py types

"""


def types() -> str:
    """Return the file as the contract has it now."""
    with tempfile.TemporaryDirectory() as folder:
        document, made = Path(folder, "openapi.json"), Path(folder, "api.d.ts")
        document.write_bytes(contract_document(ROUTES, title="Sekisho"))
        command: list[str | Path] = ["node", GENERATOR, document, *OPTIONS, "--output", made]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return _HEAD + made.read_text(encoding="utf-8")


def main() -> None:
    """Write it again."""
    TYPES.write_text(types(), encoding="utf-8")


if __name__ == "__main__":
    main()
