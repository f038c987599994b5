"""The bot of the demo: answers questions in its room from a table, as docs/bot.md explains it."""

from typing import Final

from sekisho_client import Client, Message

TABLE: Final = {
    "パスワード": "情報政策課（内線 2100）へお電話ください。",
    "公用車": "公用車は「予定・予約」から予約できます。",
    "旅費": "旅費の請求は出張後 7 日以内に総務課へ。",
}


async def answer_enquiries(client: Client) -> None:
    """Answer until cancelled.  Each question has one answer, however often it is told."""
    me, done = (await client.me()).id, ""
    while True:
        batch = await client.bot_events(done, wait=30)
        for event in batch.items:
            said = event.data
            if event.type != "message.created" or not isinstance(said, Message):
                continue
            if said.author == me:
                continue
            for word, answer in TABLE.items():
                if word in (said.text or ""):
                    await client.post(said.room, answer, reply_to=said.id, key=said.id)
        done = batch.cursor
