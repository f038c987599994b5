#!/usr/bin/env python3
"""An enquiry bot: answers questions in its rooms from a table (see docs/bot.md).

    python3 enquiry_bot.py run/api.sock us_… answers.csv < token

It keeps nothing: where it has got to is known to the server, and each answer is given
under the id of its question, so that neither a crash nor a restart loses one or gives
it twice.
"""

import asyncio
import csv
import sys
import unicodedata
from pathlib import Path
from typing import NamedTuple

from sekisho_client import Client, Event, Message, Problem, Unreachable

PAUSE_S = 1.0


class Row(NamedTuple):
    """Words that must all be in a question, and the answer to it."""

    words: list[str]
    answer: str


def read_table(path: Path) -> list[Row]:
    """Return the table: a column of words, divided by spaces, and one of answers.

    It may come from Excel, in UTF-8 or Shift_JIS.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp932")
    rows = list(csv.reader(text.splitlines()))[1:]  # the first is the heading
    return [Row(folded(words).split(), answer) for words, answer, *_ in rows]


def folded(text: str) -> str:
    """Return text so that ﾏｲﾅﾝﾊﾞｰ, マイナンバー and まいなんばー are one."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in plain)


def find(table: list[Row], question: str) -> str | None:
    """Return the answer whose words are all in the question, the one with the most of them."""
    text = folded(question)
    fitting = [row for row in table if row.words and all(word in text for word in row.words)]
    return max(fitting, key=lambda row: len(row.words)).answer if fitting else None


async def answer(client: Client, me: str, table: list[Row], event: Event) -> None:
    """Answer what is a question to this bot; pass over everything else."""
    message = event.data
    if event.type != "message.created" or not isinstance(message, Message):
        return
    if message.author == me or not message.text:
        return
    found = find(table, message.text)
    if found is None:
        return
    # The key makes it one answer, however often this runs.
    key = f"answer-{message.id}"
    try:
        await client.post(message.room, found, reply_to=message.id, key=key)
    except Problem as problem:
        if problem.status not in (403, 404, 409):  # taken out of the room, or the room is closed
            raise


async def serve(client: Client, table: list[Row]) -> None:
    """Answer for ever."""
    me = (await client.me()).id
    done = ""
    while True:
        try:
            batch = await client.bot_events(done, wait=30)
            for event in batch.items:
                await answer(client, me, table, event)
            done = batch.cursor
        except Unreachable:
            await asyncio.sleep(PAUSE_S)  # the zone is being restarted
        except Problem as problem:
            if problem.code == "cursor-gone":  # away for longer than the log goes back
                done = (await client.snapshot()).cursor
            elif problem.status in (429, 503):
                await asyncio.sleep(problem.retry_after or PAUSE_S)
            else:
                raise


async def main(socket: str, user: str, table: str) -> None:
    """Serve as `user`; the token of its frontend comes in on standard input."""
    rows = read_table(Path(table))
    async with Client(socket, sys.stdin.readline().strip(), user) as client:
        print(f"{len(rows)} answers", flush=True)
        await serve(client, rows)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
