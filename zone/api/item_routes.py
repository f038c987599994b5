"""The rows of the table of routes that are about items."""

from zone.api import forms, items, outcomes, schedules
from zone.api.route import Route
from zone.conversation.itemising import Made
from zone.tallies import Tally
from zone.templates import FormFromTemplate
from zone.views import ItemView

ITEM_ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/rooms/{room}/items", items.list_items, 200, items.Items,
          "ノート・タスクなどの一覧", "The items of a room", query=items.ItemsQuery),
    Route("POST", "/v1/rooms/{room}/items", items.create_item, 202, Made,
          "ノート・タスクなどを作る", "Make an item", form=items.NewItem),
    Route("GET", "/v1/items/{item}", items.get_item, 200, ItemView,
          "ノート・タスクなど", "An item"),
    Route("PATCH", "/v1/items/{item}", items.patch_item, 200, ItemView,
          "ノート・タスクなどを変える", "Change an item", form=items.ItemChange,
          headers={"If-Match": "Only if it still has this ETag; else 412"}),
    Route("POST", "/v1/items/{item}/remove", items.remove_item, 200, ItemView,
          "ノート・タスクなどを消す", "Remove an item", form=forms.Why),
    Route("PUT", "/v1/items/{item}/answer", items.put_answer, 200, ItemView,
          "回答する", "Answer an item", form=items.NewAnswer),
    Route("GET", "/v1/items/{item}/answers", outcomes.list_answers, 200, outcomes.Answers,
          "回答の一覧", "What was answered to an item"),
    Route("GET", "/v1/items/{item}/tally", outcomes.get_tally, 200, Tally,
          "アンケート・フォームの集計", "A survey or a form, counted"),
    Route("GET", "/v1/items/{item}/export", outcomes.export_item, 200, None,
          "ファイルに書き出す（CSV・ICS・フォームのひな形）",
          "An item as a file: answers as CSV, an entry as iCalendar, a form as a template",
          query=outcomes.ExportQuery),
    Route("GET", "/v1/items/{item}/readers", outcomes.list_item_readers, 200, outcomes.ItemReaders,
          "掲示を読んだ人・まだの人", "Who has read a post, or not", query=forms.ReadersQuery),
    Route("GET", "/v1/items/{item}/bookings", schedules.list_bookings, 200, schedules.Booked,
          "会議室・公用車の予約状況", "Who has booked a resource, and when",
          query=schedules.SpanQuery),
    Route("POST", "/v1/rooms/{room}/forms", outcomes.make_form_of_template, 202, Made,
          "ひな形からフォームを作る", "Make a form of a template", form=FormFromTemplate),
    Route("GET", "/v1/rooms/{room}/folders", outcomes.list_folders, 200, outcomes.Shelves,
          "保管ファイルのフォルダー", "The folders of a room's stored files"),
    Route("GET", "/v1/rooms/{room}/categories", outcomes.list_categories, 200, outcomes.Shelves,
          "掲示板のカテゴリー", "The categories of a room's posts"),
    Route("GET", "/v1/rooms/{room}/schedule", schedules.get_room_schedule, 200, schedules.Schedule,
          "ルームの予定", "What takes place in a room", query=schedules.SpanQuery),
    Route("GET", "/v1/rooms/{room}/schedule.ics", schedules.export_room_schedule, 200, None,
          "ルームの予定（ICS）", "The same as iCalendar", query=schedules.SpanQuery),
    Route("GET", "/v1/me/schedule", schedules.get_own_schedule, 200, schedules.Schedule,
          "自分の予定", "What takes place for oneself", query=schedules.SpanQuery),
    Route("GET", "/v1/me/schedule.ics", schedules.export_own_schedule, 200, None,
          "自分の予定（ICS）", "The same as iCalendar", query=schedules.SpanQuery),
    Route("GET", "/v1/me/tasks", schedules.get_own_tasks, 200, schedules.Tasks,
          "自分のタスク", "What one has to do, in all rooms", query=schedules.TasksQuery),
    Route("GET", "/v1/freebusy", schedules.get_free_busy, 200, schedules.FreeBusy,
          "空き時間", "When people are busy", query=schedules.FreeBusyQuery),
)  # fmt: skip
