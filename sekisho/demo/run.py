"""The demo from its first process to its last: set up, start, tell, prove, stay, end."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from sekisho import setup
from sekisho.addresses import Addresses
from sekisho.clock import now_ms
from sekisho.demo import daemons, invitation, proof
from sekisho.demo.admission import SITE
from sekisho.demo.board import Board
from sekisho.demo.checks import Checks
from sekisho.demo.scenes import (
    barrier,
    boards,
    broadcasts,
    calendar,
    documents,
    people,
    photos,
    search,
    talk,
    words,
)
from sekisho.demo.scenes.desk_work import desk_work
from sekisho.demo.story import Telling
from sekisho.demo.town import at_work
from sekisho.exits import Exit
from sekisho.site import Host

LOGS: Final = "logs"  # made by the demo and nobody else


async def run_demo(site: Path, *, once: bool) -> Exit:
    """Run the demo in the folder `site`: until the story is told, or else until Ctrl-C."""
    _end_on_sigterm()
    board, checks = Board(Console(highlight=False)), Checks()
    since = time.monotonic()
    await asyncio.to_thread(_make, site)
    async with daemons.running_daemons(site, site / LOGS) as running:
        board.opening(site, time.monotonic() - since)
        try:
            names = await _tell(site, board, checks)
        except* TimeoutError:
            names = {}
            checks.add(f"「{board.scene}」で待ったものが届く", held=False, found="時間切れ")
            for daemon in running:
                board.say(f"{daemon.name}: {' '.join(daemon.last_lines()[-1:])}", style="red")
        board.checks(checks.news())
        board.summary(checks.done)
        if not once:
            if names:
                invitation.show(board, site, names)
            await _until_told_to_leave()
    return Exit.OK if checks.all_held else Exit.FOUND


def _end_on_sigterm() -> None:
    """Have SIGTERM unwind everything, as Ctrl-C does."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _make(site: Path) -> None:
    plan = setup.Plan(site, SITE, Host.ONE, setup.tenant_of(SITE), Addresses())
    for _ in setup.make(plan, now=now_ms()):
        pass
    (site / LOGS).mkdir(mode=0o700, exist_ok=True)


async def _tell(site: Path, board: Board, checks: Checks) -> dict[str, str]:
    """Tell the whole story, and return who is who."""
    board.begin("人とルームを作る")
    async with at_work(site) as town:
        telling = Telling(town, board, checks)
        for title, scene in SCENES:
            board.title(title)
            await scene(telling)
            board.checks(checks.news())
        board.title("回線 — 切れたら、いつからかと、待っている件数が出る")
        for zone in ("internet", "lgwan"):
            link = (await town.client("chief", zone).server()).link
            board.say(f"{zone}: {link.words.ja}")
            checks.add(f"{zone} から相手側が見えている", held=link.state == "up")
        board.title("監査ログ — すべてが記録され、誰でも検証できる")
        messages = await proof.copies(telling)
        await proof.audit(telling, messages)
        return dict(town.people)


SCENES: Final[Sequence[tuple[str, Callable[[Telling], Awaitable[None]]]]] = (
    ("職員とルーム — 名簿から、両方の網へ", people.tell),
    ("台風10号 対策 — 両方の網から", talk.tell),
    ("言葉のほかに — スタンプ、スレッド、転送、ピン、予約", words.tell),
    ("避難所 現地報告 — 写真は描き直されて届く", photos.tell),
    ("書類 — マクロも作成者も置いて、編集できるまま届く", documents.tell),
    ("通らないもの・人が決めるもの", barrier.tell),
    ("ルームに置くもの — ノート、タスク、アンケート、掲示板", boards.tell),
    ("予定と会議室 — 取り合いになっても一人のもの", calendar.tell),
    ("共有ファイル・フォーム・決裁 — となりの市とも", desk_work),
    ("全職員の呼出し（訓練） — まだの人に電話する", broadcasts.tell),
    ("探す・尋ねる・数える", search.tell),
)


async def _until_told_to_leave() -> None:
    leaving = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, leaving.set)
    await leaving.wait()
