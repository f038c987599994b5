"""Forms with a fee: their answers call the webhook that they name, and have an author."""

from typing import Any

from sekisho_client import Client
from tests.zone.api.conftest import People
from tests.zone.webhooks.conftest import register
from tests.zone.webhooks.receiver import receiving
from wire.ids import mint_id


async def test_an_answer_to_be_paid_for_calls_the_webhook_that_its_form_names(
    people: People,
) -> None:
    here = people.town
    async with receiving() as receiver, receiving() as other, receiving() as shy:
        made = await register(people, receiver, events=["none"], payments=True)
        await register(people, other, name="他", events=["none"], payments=True)
        await register(people, shy, name="無料", events=["none"])
        field = {"key": "a", "label": "氏名", "kind": "line"}
        content = {
            "type": "form",
            "title": "講座",
            "fields": [field],
            "payment": {"amount": 500, "webhook": made["id"]},
        }
        form = await ask_for(people.hana, "POST", f"/v1/rooms/{people.room}/items", content)
        for client in (people.taro, people.hana):
            filled = {"type": "form", "values": [{"key": "a", "text": "山田"}]}
            await ask_for(client, "PUT", f"/v1/items/{form['id']}/answer", filled)
        came = await receiver.got(2)
        assert [one.json["payment"] for one in came] == [{"amount": 500}] * 2
        assert [one.json["data"]["user"] for one in came] == [here.ids["taro"], here.ids["hana"]]
        assert {one.json["data"]["item"] for one in came} == {form["id"]}
        assert other.came == shy.came == []


async def test_who_pays_is_not_nameless(people: People) -> None:
    field = {"key": "a", "label": "氏名", "kind": "line"}
    payment = {"amount": 500, "webhook": mint_id("wh", now=1, entropy=bytes(10))}
    content = {"type": "form", "title": "講座", "fields": [field], "anonymous": True}
    path = f"/v1/rooms/{people.room}/items"
    for said, expected in ((content | {"payment": payment}, 422), (content, 202)):
        async with people.hana.session.post(path, json={"content": said}) as response:
            assert response.status == expected
            form = await response.json(content_type=None)
    change = {"content": {"type": "form", "payment": payment}}
    async with people.hana.session.patch(f"/v1/items/{form['id']}", json=change) as response:
        assert response.status == 422


async def ask_for(client: Client, method: str, path: str, said: dict[str, Any]) -> Any:
    name = "answer" if method == "PUT" else "content"
    async with client.session.request(method, path, json={name: said}) as response:
        assert response.status < 300, await response.text()
        return await response.json()
