"""Clients that others' programs make of the contract: they are made, compile, and work."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.zone.api.conftest import peopled
from zone.api.http.openapi import contract_document
from zone.api.resources.routes import ROUTES

HERE = Path(__file__).parent
COMPILER = ROOT / "node_modules" / "typescript" / "bin" / "tsc"
HEY_API = ROOT / "node_modules" / "@hey-api" / "openapi-ts" / "bin" / "run.js"

# What somebody writes with the client that openapi-python-client makes.
PROGRAM = """
import sys

import httpx
from sekisho_generated import AuthenticatedClient
from sekisho_generated.api.default import list_messages, post_message, search_people
from sekisho_generated.models import MessageView, NewMessage, UserPage, TimelinePage

socket, token, user, room = sys.argv[1:]
transport = httpx.HTTPTransport(uds=socket)
client = AuthenticatedClient(
    base_url="http://localhost", token=token, httpx_args={"transport": transport}
)
said = NewMessage(text="避難所に着きました")
first, again = [
    post_message.sync_detailed(
        room, client=client, body=said, sekisho_act_as=user, idempotency_key="1"
    )
    for _ in range(2)
]
assert isinstance(first.parsed, MessageView), first
assert again.parsed is not None and again.parsed == first.parsed
assert again.headers["Idempotency-Replayed"] == "true"
assert first.headers["Location"] == f"/v1/messages/{first.parsed.id}"
page = list_messages.sync(room, client=client, limit=1, sekisho_act_as=user)
assert isinstance(page, TimelinePage), page
assert page.items[0].id == first.parsed.id
found = search_people.sync(client=client, q="HANA", sekisho_act_as=user)
assert isinstance(found, UserPage), found
print(*(person.id for person in found.items))
"""

# And with the one that hey-api makes.
USE = """
import { postMessage } from "./made";

export async function say(room: string, user: string, text: string): Promise<string> {
  const { data, error } = await postMessage({
    path: { room },
    headers: { "Sekisho-Act-As": user, "Idempotency-Key": "1" },
    body: { text },
  });
  if (error !== undefined) {
    throw new Error(error.title);
  }
  return data.delivery;
}
"""

OPTIONS = {
    "strict": True,
    "noEmit": True,
    "skipLibCheck": True,
    "target": "es2022",
    "module": "esnext",
    "moduleResolution": "bundler",
    "lib": ["es2022", "dom", "dom.iterable"],
    "types": [],
}


def run(*command: str | Path, cwd: Path, path: Sequence[Path] = ()) -> str:
    """Run a program and return what it printed; it has to end well."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_bytes(contract_document(ROUTES, title="Sekisho"))
    return path


async def test_openapi_python_client_makes_a_client_that_works(
    contract: Path, tmp_path: Path
) -> None:
    config = HERE / "openapi_python_client.yaml"
    generator = Path(sys.executable).with_name("openapi-python-client")
    # A warning is an operation or an answer that it left out.
    run(
        generator,
        "generate",
        "--fail-on-warning",
        "--config",
        config,
        "--path",
        contract,
        "--output-path",
        tmp_path / "made",
        cwd=tmp_path,
    )
    modules = list((tmp_path / "made" / "sekisho_generated" / "api").rglob("*.py"))
    assert len(modules) > len(ROUTES)
    # Every module of it imports, and what is written with it has the types that it says.
    package = tmp_path / "made"
    names = [
        ".".join(path.relative_to(package).with_suffix("").parts)
        for path in modules
        if path.stem != "__init__"
    ]
    imports = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
    run(sys.executable, "-c", imports, *names, cwd=tmp_path, path=[package])
    program = tmp_path / "use.py"
    program.write_text(PROGRAM, encoding="utf-8")
    types = ("-m", "mypy", "--cache-dir", tmp_path / "cache", program)
    run(sys.executable, *types, cwd=package, path=[package])
    async with peopled(tmp_path / "n") as people:
        here = people.town
        printed = await run_beside(
            program, str(here.api), here.token, here.ids["hana"], people.room, path=package
        )
        assert printed.split() == [here.ids["hana"]]


async def run_beside(program: Path, *arguments: str, path: Path) -> str:
    """Run a program while the zone of this test answers it."""
    return await asyncio.to_thread(
        lambda: run(sys.executable, program, *arguments, cwd=path, path=[path])
    )


@pytest.mark.needs("node")
@pytest.mark.usefixtures("node_modules")
def test_hey_api_makes_a_client_that_compiles_and_is_used_as_the_contract_says(
    contract: Path, tmp_path: Path
) -> None:
    run(
        "node",
        HEY_API,
        "--input",
        contract,
        "--output",
        tmp_path / "made",
        "--client",
        "@hey-api/client-fetch",
        cwd=ROOT,
    )
    (tmp_path / "use.ts").write_text(USE, encoding="utf-8")
    settings = {"compilerOptions": OPTIONS, "include": ["use.ts", "made"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    run("node", COMPILER, "--project", tmp_path, cwd=tmp_path)
    # Whoever does not say for whom they ask is told so by the compiler.
    nobody = USE.replace('"Sekisho-Act-As": user, ', "")
    (tmp_path / "use.ts").write_text(nobody, encoding="utf-8")
    with pytest.raises(AssertionError, match="'Sekisho-Act-As'' is missing"):
        run("node", COMPILER, "--project", tmp_path, cwd=tmp_path)


@pytest.mark.needs("node")
@pytest.mark.usefixtures("node_modules")
def test_openapi_typescript_makes_types_of_every_operation(contract: Path, tmp_path: Path) -> None:
    generator = ROOT / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    run("node", generator, contract, "--output", tmp_path / "api.ts", cwd=tmp_path)
    settings = {"compilerOptions": OPTIONS, "include": ["api.ts"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    run("node", COMPILER, "--project", tmp_path, cwd=tmp_path)
    made = (tmp_path / "api.ts").read_text(encoding="utf-8")
    assert all(f"    {route.name}: {{" in made for route in ROUTES)
    assert shutil.which("node") is not None
