"""Frontends as nobody wants them, in a process of their own: `python -m bench.unruly KIND …`.

Says one line once it is at it, and one for what became of it when it is told to end.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MANY = 50


@dataclass
class Unruly:
    """Where they speak, as whom, and how they have been ended."""

    socket: Path
    headers: str
    room: str
    ends: Counter[str] = field(default_factory=Counter)

    async def dribble(self, start: bytes, more: bytes) -> None:
        """Send a start and then a byte now and then, again and again."""
        while True:
            reader, writer = await asyncio.open_unix_connection(str(self.socket))
            began = time.monotonic()
            writer.write(start)
            ended = asyncio.create_task(reader.read())
            for byte in more:
                if (await asyncio.wait([ended], timeout=0.1))[0]:
                    break
                writer.write(bytes([byte]))
            try:
                answer = await ended
            except ConnectionError:
                answer = b""
            writer.close()
            self.ends[f"{_status(answer)} after {time.monotonic() - began:.0f} s"] += 1

    async def slow(self) -> None:
        """Send a body that trickles in."""
        await self.dribble(self._post(5000), b"x" * 5000)

    async def half(self) -> None:
        """Send a request that does not end."""
        await self.dribble(b"GET /v1/me HTTP/1.1\r\nHost: localhost\r\nX-A: ", b"x" * 5000)

    async def silent(self) -> None:
        """Open a connection and say nothing."""
        await self.dribble(b"", b"")

    async def flood(self) -> None:
        """Ask as fast as answers come."""
        text = f"GET /v1/me HTTP/1.1\r\nHost: localhost\r\n{self.headers}\r\n".encode()
        reader, writer = await asyncio.open_unix_connection(str(self.socket))
        while True:
            writer.write(text)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            self.ends[_status(head)] += 1

    async def deaf(self) -> None:
        """Open a stream and never read it."""
        reader, writer = await asyncio.open_unix_connection(str(self.socket), limit=1024)
        accept = "Accept: text/event-stream\r\n"
        head = f"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n{accept}{self.headers}\r\n"
        writer.write(head.encode())
        await reader.readuntil(b"\r\n\r\n")
        self.ends["open"] += 1
        await asyncio.Event().wait()

    def _post(self, length: int) -> bytes:
        path = f"POST /v1/rooms/{self.room}/messages HTTP/1.1\r\nHost: localhost\r\n"
        return f"{path}{self.headers}Content-Length: {length}\r\n\r\n".encode()


def _status(answer: bytes) -> str:
    return answer[9:12].decode() or "cut off"


KINDS: dict[str, tuple[int, Callable[[Unruly], Coroutine[Any, Any, None]]]] = {
    "slow": (MANY, Unruly.slow),
    "half": (MANY, Unruly.half),
    "silent": (MANY, Unruly.silent),
    "flood": (4, Unruly.flood),
    "deaf": (MANY, Unruly.deaf),
}


async def main(kinds: str, socket: str, headers: str, room: str) -> None:
    """Be all of `kinds` (with commas between) until the standard input ends."""
    unruly = Unruly(Path(socket), headers, room)
    started = [
        asyncio.create_task(act(unruly))
        for number, act in (KINDS[kind] for kind in kinds.split(","))
        for _ in range(number)
    ]
    print("at it", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in started:
        task.cancel()
    for result in await asyncio.gather(*started, return_exceptions=True):
        if isinstance(result, Exception):
            unruly.ends[type(result).__name__] += 1
    print(json.dumps(dict(unruly.ends.most_common(6))), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
