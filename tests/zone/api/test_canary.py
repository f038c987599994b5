"""T46: what people say, how files are called and what tokens are is in no log."""

import logging

import pytest
import structlog

from tests.zone.api.asking import ask, signed_in
from tests.zone.api.conftest import People
from tests.zone.api.test_files import upload

CANARY = "かなりあ-canary-7391"


async def test_nothing_that_was_said_is_in_a_log(
    people: People, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Good requests, refused ones and broken ones, each with the word in it."""
    caplog.set_level(logging.DEBUG)
    here, word = people.town, CANARY.encode()
    headers = signed_in(here.token, here.ids["hana"])
    path = f"/v1/rooms/{people.room}/messages"
    with structlog.testing.capture_logs() as logged:
        await people.hana.post(people.room, CANARY, key="canary-7391")
        await people.hana.set_status(CANARY)
        await upload(here, word, "canary-7391.txt")
        for body in (b'{"text":"%s' % word, b'{"%s":1}' % word, b'{"text":["%s"]}' % word):
            await ask(here.api, "POST", path, headers, body)
        await ask(here.api, "GET", "/v1/canary-7391", {**headers, "X-Canary": "canary-7391"})
        await ask(here.api, "GET", "/v1/me", signed_in("canary-7391", here.ids["hana"]))
        await ask(here.api, "GET", "/v1/me", {**headers, "Bad": "canary-7391\r\n\x00: x"})
        await ask(here.api, "canary-7391", "/", headers)
    texts = [str(entry) for entry in logged] + [r.getMessage() for r in caplog.records]
    texts += [str(record.exc_info) for record in caplog.records] + list(capfd.readouterr())
    everything = "\n".join(texts)
    for secret in ("7391", "かなりあ", here.token):
        assert secret not in everything
