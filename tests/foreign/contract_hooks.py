"""What schemathesis cannot know from the contract: what is worth asking, and a file's digest."""

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies as st

from tests.zone.api.matrix import MATRIX

# The bytes of a file in tests/foreign/reaching.py, which JSON has as a text.
EXAMPLE = "x"

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


@schemathesis.hook
def before_generate_body(context: Any, strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Ask what can be granted half of the time; the rest is what schemathesis makes up."""
    label = context.operation.label.replace("broadcasts/{item}", "broadcasts/{call}")
    form = MATRIX[label].form
    if form is None or '"{' in json.dumps(form):  # there is something in it to be filled in
        return strategy
    return st.one_of(st.just(form), strategy)


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Say of a file what its bytes hash to; else none would ever be taken."""
    is_file = case.operation.label == "POST /v1/files"
    if is_file and (isinstance(case.body, bytes) or case.body == EXAMPLE):
        body = case.body if isinstance(case.body, bytes) else EXAMPLE.encode()
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        case.headers["Content-Digest"] = f"sha-256=:{digest}:"


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    """Write down what was answered, for whoever counts what was reached."""
    if path := os.environ.get("SEKISHO_REACHED"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{case.operation.label} {response.status_code}\n")
