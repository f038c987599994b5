"""Usage figures: a report counts what was said once, in whichever zone, and names nobody."""

from typing import Any

from tests.stories.city import INTERNET, LGWAN, City


async def test_the_effect_can_be_reported(city: City) -> None:
    title = "報告対象"
    chief = await city.person("課長", section="効果測定課", title="課長", duties=["broadcast"])
    staff = [await city.person(f"職員{n}", section="効果測定課", title=title) for n in range(5)]
    small = [
        await city.person(f"秘書{n}", LGWAN, section=section)
        for n, section in enumerate(["秘書室分室"] * 2 + ["議会分室"] * 3)
    ]
    at_desk = await city.client(chief, LGWAN)
    room = await city.room("報告", at_desk, *staff, *small)
    before = await figures(city)
    for user, zone in ((staff[0], INTERNET), (staff[0], LGWAN), (staff[1], INTERNET)):
        client = await city.client(user, zone)
        await city.until(lambda client=client: client.room(room))  # type: ignore[misc] # the loop's own
        said = await client.post(room, "在宅から失礼します")
        await city.until(lambda said=said: at_desk.message(said.id))  # type: ignore[misc] # the loop's own
    call = await at_desk.make_broadcast("点検", {"titles": [title]}, require="ack")
    outside = await city.client(staff[2], INTERNET)
    await city.until(outside.broadcasts, lambda found: any(one.id == call for one in found))
    await outside.answer_broadcast(call)
    await city.until(lambda: at_desk.broadcast_status(call), lambda found: found.answered == 1)

    after = await figures(city)
    assert after["months"][-1]["talks"] - before["months"][-1]["talks"] == 3
    assert after["months"][-1]["broadcasts"] - before["months"][-1]["broadcasts"] == 1
    assert after["months"][-1]["addressees"] - before["months"][-1]["addressees"] == 5
    assert after["months"][-1]["heard"] - before["months"][-1]["heard"] == 1
    sections = {one["section"]: one for one in after["sections"]}
    measured = sections["効果測定課"]["months"][-1]
    assert (sections["効果測定課"]["staff"], measured["talks"]) == (6, 3)
    # Who has said something, answered, called or opened the room was active, from either zone.
    assert (measured["active"], measured["share"]) == (4, 0.667)
    assert not {"秘書室分室", "議会分室"} & sections.keys()  # too few to be told of
    assert sections["その他"]["staff"] >= 5
    assert "職員0" not in str(after)


async def figures(city: City) -> dict[str, Any]:
    """Return the figures of the municipality of this story, as LGWAN has them."""
    return dict((await city.operate(LGWAN, "GET", "/v1/usage"))["tenant"])
