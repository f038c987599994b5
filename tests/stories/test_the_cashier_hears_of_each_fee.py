"""Forms with a fee: who signs up outside is told to the cashier's program inside, once."""

import time

from sekisho_client.deliveries import is_genuine
from tests.stories.city import INTERNET, LGWAN, City
from tests.zone.webhooks.receiver import Receiver, receiving

FIELDS = [{"key": "name", "label": "氏名", "kind": "line", "required": True}]


async def test_the_cashier_hears_of_each_fee(city: City) -> None:
    clerk = await city.person("公民館 職員", section="公民館")
    resident = await city.person("受講者 花", INTERNET, kind="guest")
    cashier = await city.person("収納", LGWAN, kind="bot")
    at_desk, outside = await city.client(clerk, LGWAN), await city.client(resident, INTERNET)
    room = await city.room("陶芸教室", at_desk)
    await city.until(lambda: at_desk.user(resident))
    await at_desk.set_member(room, resident, "guest")
    await city.until(lambda: outside.room(room))
    async with receiving() as program:
        hook = await hooked(city, cashier, program)
        form = await at_desk.make_item(
            room,
            "form",
            "陶芸教室の申込み",
            fields=FIELDS,
            payment={"amount": 1500, "webhook": hook["id"]},
        )
        await city.until(lambda: outside.item(form))
        await outside.fill_in(form, name="受講者 花")

        (told,) = await program.got(1)
        assert is_genuine(hook["secret"], told.headers, told.body, now_s=time.time())
        assert told.json["payment"] == {"amount": 1500}
        assert (told.json["data"]["item"], told.json["data"]["user"]) == (form, resident)
        # The cashier is in no room: of what is said there it hears nothing, and of the fee once.
        await at_desk.post(room, "材料は当日お渡しします")
        assert len(program.came) == 1
        await city.operate(LGWAN, "DELETE", f"/v1/webhooks/{hook['id']}")


async def hooked(city: City, cashier: str, program: Receiver) -> dict[str, str]:
    """Have the cashier's program called for payments, and for nothing else."""
    form = {
        "name": "収納",
        "user": cashier,
        "url": program.url,
        "events": ["none"],
        "payments": True,
    }
    return dict(await city.operate(LGWAN, "POST", "/v1/webhooks", form))
