"""Notes, tasks, surveys, posts and stored files, over real sockets."""

import pytest

from sekisho_client import Client, Event, Item, Problem, contents, states
from sekisho_client.answers import Vote
from tests.zone.api.conftest import People
from tests.zone.api.test_messages import code_of
from zone.reminders import deadlines

DAY = 86_400_000


async def events_of(client: Client, since: str) -> list[Event]:
    """Return what has happened for a client behind a cursor."""
    return (await client.poll(since, wait=0)).items


async def cursor(client: Client) -> str:
    return (await client.snapshot()).cursor


async def test_anybody_in_the_room_keeps_its_notes_and_pins_them(people: People) -> None:
    note = await people.hana.make_item(people.room, "note", "連絡先", text="内線 1234")
    await people.hana.make_item(people.room, "note", "その他")
    changed = await people.taro.change_item(note, text="内線 5678", pinned=True)
    assert changed.content == contents.Note(title="連絡先", text="内線 5678", pinned=True)
    (pinned,) = await people.hana.items(people.room, "note", pinned="true")
    assert pinned.id == note
    assert await code_of(people.jiro.item(note)) == "not-found"
    assert await code_of(people.jiro.change_item(note, text="x")) == "not-found"


async def test_who_changes_what_he_has_not_seen_is_told_how_it_stands(people: People) -> None:
    note = await people.hana.make_item(people.room, "note", "連絡先")
    seen = (await people.hana.item(note)).etag
    await people.taro.change_item(note, if_match=seen, text="太郎が書きました")
    with pytest.raises(Problem) as caught:
        await people.hana.change_item(note, if_match=seen, text="花子が書きました")
    assert (caught.value.status, caught.value.code) == (412, "changed")
    assert (await people.hana.item(note)).content_as(contents.Note).text == "太郎が書きました"


async def test_a_removed_item_says_nothing_but_who_removed_it(people: People) -> None:
    note = await people.hana.make_item(people.room, "note", "まちがい")
    assert await code_of(people.taro.remove_item(note)) == "forbidden"
    gone = await people.hana.remove_item(note, "重複")
    assert (gone.content, gone.state) == (None, None)
    assert gone.removed is not None
    assert (gone.removed.by, gone.removed.reason) == (people.town.ids["hana"], "重複")
    assert await people.hana.items(people.room) == []
    assert await code_of(people.hana.change_item(note, text="x")) == "conflict"
    (shown,) = await people.hana.items(people.room, removed="true")
    assert shown.content is None


async def test_a_task_shows_who_has_done_it_and_who_has_not(people: People) -> None:
    hana, taro = people.town.ids["hana"], people.town.ids["taro"]
    task = await people.hana.make_item(
        people.room, "task", "備蓄の点検", assignees=[hana, taro], due=people.town.clock.now + DAY
    )
    since = await cursor(people.hana)
    done = await people.taro.answer_item(task, "done", text="終わりました")
    assert done.state_as(states.TaskState).waiting == [hana]
    assert [each.user for each in done.state_as(states.TaskState).done_by] == [taro]
    assert not done.state_as(states.TaskState).done
    told = await events_of(people.hana, since)
    assert [event.type for event in told] == ["answer.set", "item.updated"]
    assert told[1].data_as(Item).state_as(states.TaskState).waiting == [hana]
    assert (await people.hana.answer_item(task, "done")).state_as(states.TaskState).done
    reopened = await people.taro.answer_item(task, "done", done=False)
    assert reopened.state_as(states.TaskState).waiting == [taro]


async def test_only_who_was_asked_says_that_a_task_is_done(people: People) -> None:
    hana = people.town.ids["hana"]
    task = await people.hana.make_item(people.room, "task", "押印", assignees=[hana])
    assert await code_of(people.taro.answer_item(task, "done")) == "forbidden"
    jiro = people.town.ids["jiro"]
    assert (
        await code_of(people.hana.make_item(people.room, "task", "x", assignees=[jiro]))
    ) == "invalid"


async def test_my_tasks_are_those_of_all_my_rooms_what_is_due_first(people: People) -> None:
    taro, now = people.town.ids["taro"], people.town.clock.now
    other = await people.taro.create_room("総務")
    late = await people.hana.make_item(
        people.room, "task", "後で", assignees=[taro], due=now + 2 * DAY
    )
    whenever = await people.hana.make_item(people.room, "task", "いつか", assignees=[taro])
    soon = await people.taro.make_item(other, "task", "先に", assignees=[taro], due=now + DAY)
    await people.hana.make_item(people.room, "task", "誰か")
    assert [each.id for each in await people.taro.tasks()] == [soon, late, whenever]
    await people.taro.answer_item(soon, "done")
    assert [each.id for each in await people.taro.tasks()] == [late, whenever]
    assert [each.id for each in await people.taro.tasks("done")] == [soon]
    assert len(await people.taro.tasks("all")) == 3
    assert await people.hana.tasks() == []


async def test_a_survey_is_counted_until_it_is_closed(people: People) -> None:
    survey = await people.hana.make_item(people.room, "survey", "昼食", choices=["和", "洋"])
    await people.taro.answer_item(survey, "vote", choices=[0])
    await people.taro.answer_item(survey, "vote", choices=[1])
    assert await code_of(people.taro.answer_item(survey, "vote", choices=[0, 1])) == "invalid"
    assert await code_of(people.taro.answer_item(survey, "vote", choices=[2])) == "invalid"
    assert await code_of(people.taro.answer_item(survey, "rsvp", reply="yes")) == "invalid"
    closed = await people.hana.change_item(survey, closed=True)
    assert closed.state == states.SurveyState(is_over=True, answered=1, counts=[0, 1])
    assert await code_of(people.hana.answer_item(survey, "vote", choices=[0])) == "conflict"
    tally = await people.taro.tally(survey)
    assert [(each.choice, each.count) for each in tally.questions[0].choices] == [
        ("和", 0),
        ("洋", 1),
    ]
    text = (await people.hana.export(survey, "csv", "shift_jis")).decode("cp932")
    assert text.splitlines() == ["氏名,所属,和,洋", "taro,,,1", "計,,0,1"]


async def test_a_survey_takes_no_vote_once_its_time_is_up(people: People) -> None:
    deadline = people.town.clock.now + DAY
    survey = await people.hana.make_item(
        people.room, "survey", "日程", choices=["月", "火"], deadline=deadline
    )
    await people.taro.answer_item(survey, "vote", choices=[0])
    people.town.clock.now = deadline
    assert await code_of(people.hana.answer_item(survey, "vote", choices=[1])) == "conflict"
    assert (await people.hana.item(survey)).state_as(states.SurveyState).is_over


async def test_nobody_learns_who_answered_an_anonymous_survey(people: People) -> None:
    survey = await people.hana.make_item(
        people.room, "survey", "働きやすさ", choices=["良い", "悪い"], anonymous=True
    )
    since = await cursor(people.hana)
    await people.taro.answer_item(survey, "vote", choices=[1])
    told = await events_of(people.hana, since)
    assert [event.type for event in told] == ["item.updated"]
    assert people.town.ids["taro"] not in str(told)
    (given,) = await people.hana.answers(survey)
    assert (given.user, given.at) == (None, 0)
    assert b"taro" not in await people.hana.export(survey, "csv")
    assert await code_of(people.hana.change_item(survey, anonymous=False)) == "invalid"
    assert (await people.taro.item(survey)).mine == {"answer": Vote(choices=[1])}


async def test_what_was_voted_on_stays_what_it_was(people: People) -> None:
    survey = await people.hana.make_item(people.room, "survey", "昼食", choices=["和", "洋"])
    await people.hana.change_item(survey, choices=["和食", "洋食"])
    await people.taro.answer_item(survey, "vote", choices=[0])
    assert await code_of(people.hana.change_item(survey, choices=["洋食", "和食"])) == "conflict"
    more = await people.hana.change_item(survey, choices=["和食", "洋食", "中華"])
    assert more.state_as(states.SurveyState).counts == [1, 0, 0]


async def test_a_post_shows_who_has_read_it_and_who_has_not(people: People) -> None:
    post = await people.hana.make_item(
        people.room,
        "post",
        "避難訓練",
        text="必ず読むこと",
        category="防災",
        must_read=True,
        until=people.town.clock.now + DAY,
    )
    taro = people.town.ids["taro"]
    assert await people.hana.item_readers(post, "unread") == [taro]
    await people.taro.answer_item(post, "seen")
    assert await people.hana.item_readers(post, "read") == [taro]
    assert await people.hana.item_readers(post, "unread") == []
    assert (await people.hana.item(post)).seen == 1
    assert await code_of(people.jiro.item_readers(post, "read")) == "not-found"


async def test_posts_are_listed_by_category_and_while_their_time_is_not_up(people: People) -> None:
    until = people.town.clock.now + DAY
    for title, category in (("訓練", "防災"), ("備蓄", "防災"), ("異動", "人事")):
        await people.hana.make_item(people.room, "post", title, text="x", category=category)
    old = await people.hana.make_item(
        people.room, "post", "今日まで", text="x", category="人事", until=until
    )
    found = await people.taro.items(people.room, "post", category="防災")
    assert [each.content_as(contents.Post).title for each in found] == ["備蓄", "訓練"]
    assert await people.taro.shelves(people.room, "categories") == {"人事": 2, "防災": 2}
    people.town.clock.now = until
    current = await people.taro.items(people.room, "post", category="人事", current="true")
    assert [each.content_as(contents.Post).title for each in current] == ["異動"]
    assert (await people.taro.item(old)).state == states.PostState(is_over=True)


async def test_a_stored_file_keeps_all_its_versions_in_a_folder(people: People) -> None:
    first = (await people.hana.upload("様式.txt", "一版".encode())).id
    stored = await people.hana.make_item(
        people.room, "stored-file", "様式", file=first, folder="様式集"
    )
    second = (await people.taro.upload("様式.txt", "二版".encode())).id
    view = await people.taro.change_item(stored, file=second)
    hana, taro = people.town.ids["hana"], people.town.ids["taro"]
    versions = view.state_as(states.StoredFileState).versions
    assert [(v.number, v.file, v.by) for v in versions] == [
        (2, second, taro),
        (1, first, hana),
    ]
    assert [file.id for file in view.files] == [second, first]
    for file, text in ((first, "一版"), (second, "二版")):
        assert b"".join([piece async for piece in people.taro.download(file)]) == text.encode()
    assert await people.hana.shelves(people.room, "folders") == {"様式集": 1}
    assert len(await people.hana.items(people.room, "stored-file", folder="様式集")) == 1
    assert await people.hana.items(people.room, "stored-file", folder="他") == []
    assert await code_of(people.jiro.file(first)) == "not-found"


async def test_a_stored_file_begins_with_a_file_and_takes_its_bytes_with_it(people: People) -> None:
    assert await code_of(people.hana.make_item(people.room, "stored-file", "空")) == "invalid"
    file = (await people.hana.upload("a.txt", b"secret")).id
    stored = await people.hana.make_item(people.room, "stored-file", "a", file=file)
    await people.hana.remove_item(stored)
    assert (await people.hana.file(file)).state == "withdrawn"
    assert list(people.town.store.blobs.rglob("*")) == []


async def test_when_its_time_is_up_an_item_is_told_once_more(people: People) -> None:
    town = people.town
    deadline = town.clock.now + DAY
    survey = await people.hana.make_item(
        people.room, "survey", "日程", choices=["月", "火"], deadline=deadline
    )
    task = await people.hana.make_item(people.room, "task", "提出", due=deadline)
    later = await people.hana.make_item(people.room, "task", "後で", due=deadline)
    await people.hana.change_item(later, due=deadline + DAY)
    none = await people.hana.make_item(people.room, "task", "いつか", due=deadline)
    await people.hana.change_item(none, due=0)
    gone = await people.hana.make_item(people.room, "task", "やめた", due=deadline)
    await people.hana.remove_item(gone)
    since = await cursor(people.taro)
    await town.store.write(deadlines.tell_due)
    assert await events_of(people.taro, since) == []
    town.clock.now = deadline
    for _ in range(2):  # the second time there is nothing left to tell
        await town.store.write(deadlines.tell_due)
    told = {e.data_as(Item).id: e.data_as(Item) for e in await events_of(people.taro, since)}
    assert set(told) == {survey, task}
    assert told[survey].state_as(states.SurveyState).is_over


@pytest.mark.parametrize("anonymous", [False, True])
async def test_who_has_answered_a_survey_is_not_among_those_who_have_not_read_it(
    people: People, anonymous: bool
) -> None:
    taro = people.town.ids["taro"]
    survey = await people.hana.make_item(
        people.room, "survey", "日程", choices=["甲", "乙"], anonymous=anonymous
    )
    assert await people.hana.item_readers(survey, "unread") == [taro]
    await people.taro.answer_item(survey, "vote", choices=[0])
    # Who has answered an anonymous one is nobody's to know, from this list either.
    assert await people.hana.item_readers(survey, "unread") == ([taro] if anonymous else [])
    assert await people.hana.item_readers(survey, "read") == []
