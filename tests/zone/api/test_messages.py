"""What is said over the socket is stored, told, and answered with what it is."""

from client.errors import Problem
from tests.zone.api.conftest import People


async def test_smoke(people: People) -> None:
    posted = await people.hana.post(people.room, "訓練を始めます", key="k1")
    assert posted["delivery"] == "queued"
    message = await people.taro.message(posted["id"])
    assert message["text"] == "訓練を始めます"
