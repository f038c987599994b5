"""What is refused, what waits for a person, and what never crosses."""

import asyncio
import time
from typing import Final

from runtime.operators import OperatorKey
from sekisho.chat.words import reason_words
from sekisho.clock import now_ms
from sekisho.demo import leaks
from sekisho.demo.board import NOTHING
from sekisho.demo.scenes import photos
from sekisho.demo.story import VERDICTS, DemoLine, Line, Telling, arrived_words, elapsed_ms
from sekisho.operators import operator_keys, operator_lists
from sekisho.operators.deciding import Deciding
from sekisho.site import zone_node
from wire.lane import Lane

# Twelve digits that count up; the check digit is right, so policy has to take it for somebody's.
INDIVIDUAL_NUMBER: Final = "1234 5678 9018"
# Begins as every program for Windows does, and does nothing.
PROGRAM: Final = b"MZ\x90\x00" + bytes(56) + b"\x80\x00\x00\x00" + b"not a program " * 40
OPERATOR: Final = "山田 玲"


async def tell(telling: Telling) -> None:
    """Send what is refused, what is held and then released, and what stays inside."""
    await _refuse(telling)
    await _hold(telling)
    await _stay_inside(telling)


async def _refuse(telling: Telling) -> None:
    """Send a program that is called a delivery note: the words arrive, the file does not."""
    files = [("納品書.pdf.exe", PROGRAM)]
    said = await telling.post(Line("supplier", "internet", "storm", "納品書です。", None, files))
    near = await telling.near(said, lambda found: photos.states(found) == {"refused"})
    far = await telling.far(said, lambda found: photos.states(found) == {"refused"})
    telling.show(said, "本文だけ到着")
    reasons = {view.files[0].reason for view in (near, far)}
    looked = leaks.search(telling.town.site / zone_node("lgwan").folder, [PROGRAM[60:]])
    telling.checks.add(
        "実行ファイルは拒否、両側が理由を知り、中身は渡らない",
        len(reasons) == 1 and None not in reasons and not looked.found,
        "・".join(reason_words(reason) for reason in reasons),
    )


async def _hold(telling: Telling) -> None:
    """Say what policy holds back, and have an operator release it."""
    text = f"要支援の方の番号は {INDIVIDUAL_NUMBER} です。"
    said = await telling.post(Line("care", "lgwan", "shelters", text))
    near = await telling.near(said, lambda found: found.delivery in VERDICTS)
    far = await telling.far(said, lambda found: found.notice or found.text)
    telling.show(said, "場所だけ到着")
    folder = telling.town.site / zone_node("internet").folder
    looked = leaks.search(folder, [INDIVIDUAL_NUMBER.encode()])
    telling.checks.add(
        "個人番号らしき発言は保留、内容は渡らない",
        near.delivery == "held" and far.text is None and not looked.found,
        reason_words(near.reason),
    )
    if near.delivery == "held":
        await _release(telling, said)


async def _release(telling: Telling, said: DemoLine) -> None:
    deciding = await asyncio.to_thread(_operator, telling)
    since = time.monotonic()
    await asyncio.to_thread(deciding.release, said.message, "本人の同意を確認した。")
    await telling.far(said, lambda found: found.text == said.line.text)
    took = elapsed_ms(since)
    near = await telling.near(said, lambda found: found.delivery != "held")
    telling.show(said, f"{OPERATOR}が許可し {arrived_words(took)}")
    is_told = near.delivery == "delivered"
    telling.checks.add("職員が許可すると届き、発言者にも伝わる", is_told, f"許可: {OPERATOR}")


def _operator(telling: Telling) -> Deciding:
    """Make somebody an operator, with a key of their own, and return them at their desk."""
    site, now = telling.town.site, now_ms()
    operator = operator_lists.new_id(now=now)
    key, _ = operator_keys.make_key(operator, site / "operator.pem", "")
    user = telling.town.people["operator"]
    operator_lists.add(site, OperatorKey(operator, OPERATOR, key.public.hex(), now, None, user))
    return Deciding(site, Lane.EXPORT, operator, key)


async def _stay_inside(telling: Telling) -> None:
    """Say something in a room of LGWAN only."""
    text = "参集職員の名簿を共有フォルダに置きました。"
    said = await telling.post(Line("general", "lgwan", "inside", text))
    await telling.near(said, lambda found: found.delivery == "local")
    desk = telling.town.desk("general", "lgwan")
    telling.board.row(NOTHING, telling.cell(desk, said.message, is_near=True))
    rooms = await telling.town.desk("mayor", "internet").client.rooms()
    looked = leaks.search(telling.town.site / zone_node("internet").folder, [text.encode()])
    telling.checks.add(
        "LGWANだけのルームは、相手側に存在しない",
        telling.town.rooms["inside"] not in {room.id for room in rooms} and not looked.found,
    )
