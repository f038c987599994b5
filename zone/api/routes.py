"""The table of routes: what the application serves and what the contract says.

One row says it all, so the two cannot differ.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from zone.api import (
    broadcasts,
    files,
    forms,
    items,
    messages,
    people,
    rooms,
    sayings,
    search,
    server,
    streams,
    tus,
    uploads,
)
from zone.api.call import Call
from zone.conversation.itemising import Made
from zone.conversation.looking import Page
from zone.conversation.scheduling import Scheduled
from zone.conversation.speaking import Posted, Said
from zone.views import FileView, ItemView, MemberView, MessageView, ReadView, RoomView, UserView

Endpoint = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked.  `answer` is None where there is no JSON to answer with."""

    method: str
    path: str
    endpoint: Endpoint
    status: int
    answer: Any
    ja: str
    en: str
    form: Any = None
    query: Any = None
    headers: Mapping[str, str] | None = None  # what else may be said, and how


ROUTES: tuple[Route, ...] = (
    # aiohttp tries those that begin alike in this order: the busiest stands first.
    Route("GET", "/v1/rooms/{room}/messages", messages.list_messages, 200, Page,
          "メッセージの一覧", "Part of a timeline", query=forms.TimelineQuery),
    Route("POST", "/v1/rooms/{room}/messages", messages.post_message, 202, Posted,
          "発言する", "Say something", form=Said),
    Route("GET", "/v1/server", server.get_server, 200, server.ServerView,
          "サーバー情報", "What this server is"),
    Route("GET", "/v1/openapi.json", server.get_contract, 200, None,
          "この API の OpenAPI 文書", "This API as an OpenAPI document"),
    Route("GET", "/v1/me", people.get_me, 200, people.Me,
          "自分の情報", "Who one is"),
    Route("PATCH", "/v1/me", people.change_me, 200, people.Me,
          "自分の状態を変える", "Say where one is today", form=forms.OwnProfile),
    Route("GET", "/v1/users", people.list_users, 200, people.Users,
          "職員名簿", "The directory", query=forms.PageQuery),
    Route("GET", "/v1/users/{user}", people.get_user, 200, UserView,
          "利用者", "Somebody"),
    Route("GET", "/v1/rooms", rooms.list_rooms, 200, rooms.Rooms,
          "参加しているルーム", "The rooms one is in"),
    Route("POST", "/v1/rooms", rooms.create_room, 201, rooms.Opened,
          "ルームを作る", "Open a room", form=forms.NewRoom),
    Route("GET", "/v1/rooms/{room}", rooms.get_room, 200, RoomView,
          "ルーム", "A room"),
    Route("PATCH", "/v1/rooms/{room}", rooms.patch_room, 200, RoomView,
          "ルームの表示を変える", "Change how a room looks", form=forms.RoomLook),
    Route("GET", "/v1/rooms/{room}/members", rooms.list_members, 200, rooms.Members,
          "ルームの参加者", "Who is in a room"),
    Route("PUT", "/v1/rooms/{room}/members/{user}", rooms.put_member, 200, MemberView,
          "参加させる・役割を変える", "Bring somebody in, or change his role",
          form=forms.Membership),
    Route("DELETE", "/v1/rooms/{room}/members/{user}", rooms.delete_member, 204, None,
          "退出する・させる", "Leave, or have somebody leave"),
    Route("POST", "/v1/messages:batch", messages.post_messages, 200, messages.Outcomes,
          "まとめて発言する", "Say many things at once", form=forms.NewMessages),
    Route("GET", "/v1/messages/{message}", messages.get_message, 200, MessageView,
          "メッセージ", "A message"),
    Route("PATCH", "/v1/messages/{message}", messages.patch_message, 200, MessageView,
          "書き直す", "Rewrite a message", form=forms.BetterText),
    Route("POST", "/v1/messages/{message}/withdraw", messages.withdraw_message, 200, MessageView,
          "取り消す", "Take a message back", form=forms.Why),
    Route("POST", "/v1/messages/{message}/forward", sayings.forward_message, 202, Posted,
          "転送する", "Say a message again elsewhere", form=forms.Forward),
    Route("GET", "/v1/messages/{message}/replies", sayings.list_replies, 200, sayings.Messages,
          "スレッドの発言", "The thread that a message began"),
    Route("GET", "/v1/messages/{message}/revisions", sayings.list_revisions, 200,
          sayings.Revisions, "書き直しの履歴", "Every wording of a message"),
    Route("PUT", "/v1/messages/{message}/pin", sayings.put_pin, 204, None,
          "ピン留めする", "Pin a message to its room"),
    Route("DELETE", "/v1/messages/{message}/pin", sayings.delete_pin, 204, None,
          "ピン留めを外す", "Take a pin out"),
    Route("GET", "/v1/rooms/{room}/pins", sayings.list_pins, 200, sayings.Messages,
          "ピン留めの一覧", "The messages pinned to a room"),
    Route("POST", "/v1/rooms/{room}/scheduled", sayings.schedule_message, 201, Scheduled,
          "予約して発言する", "Say something later", form=forms.LaterMessage),
    Route("GET", "/v1/scheduled", sayings.list_scheduled, 200, sayings.LaterMessages,
          "予約した発言", "What one has yet to say"),
    Route("DELETE", "/v1/scheduled/{scheduled}", sayings.cancel_scheduled, 204, None,
          "予約を取り消す", "Do not say it after all"),
    Route("GET", "/v1/stickers", sayings.list_stickers, 200, sayings.Stickers,
          "スタンプの一覧", "The drawn stamps"),
    Route("GET", "/v1/stickers/{set}/{name}", sayings.get_sticker, 200, None,
          "スタンプの絵（SVG）", "A stamp as SVG"),
    Route("PUT", "/v1/messages/{message}/reactions/{stamp}", messages.put_reaction, 204, None,
          "スタンプを付ける", "Put a stamp on a message"),
    Route("DELETE", "/v1/messages/{message}/reactions/{stamp}", messages.delete_reaction, 204,
          None, "スタンプを外す", "Take one's stamp off"),
    Route("PUT", "/v1/rooms/{room}/read", messages.put_read, 200, ReadView,
          "既読にする", "Say how far one has read", form=forms.UpTo),
    Route("GET", "/v1/messages/{message}/readers", messages.list_readers, 200, messages.Readers,
          "既読・未読の人", "Who has read a message, or not", query=forms.ReadersQuery),
    Route("GET", "/v1/rooms/{room}/items", items.list_items, 200, items.Items,
          "ノート・タスクなどの一覧", "The items of a room", query=items.ItemsQuery),
    Route("POST", "/v1/rooms/{room}/items", items.create_item, 202, Made,
          "ノート・タスクなどを作る", "Make an item", form=items.NewItem),
    Route("GET", "/v1/items/{item}", items.get_item, 200, ItemView,
          "ノート・タスクなど", "An item"),
    Route("PATCH", "/v1/items/{item}", items.patch_item, 200, ItemView,
          "ノート・タスクなどを変える", "Change an item", form=items.ItemChange),
    Route("POST", "/v1/items/{item}/remove", items.remove_item, 200, ItemView,
          "ノート・タスクなどを消す", "Remove an item", form=forms.Why),
    Route("PUT", "/v1/items/{item}/answer", items.put_answer, 200, ItemView,
          "回答する", "Answer an item", form=items.NewAnswer),
    Route("GET", "/v1/items/{item}/answers", items.list_answers, 200, items.Answers,
          "回答の一覧", "What was answered to an item"),
    Route("GET", "/v1/broadcasts", broadcasts.list_broadcasts, 200, items.Items,
          "自分に届いた全庁呼出し", "The calls that reach one", query=broadcasts.BroadcastsQuery),
    Route("POST", "/v1/broadcasts", broadcasts.create_broadcast, 202, Made,
          "全庁呼出し・安否確認を出す", "Call people", form=broadcasts.NewBroadcast),
    Route("GET", "/v1/broadcasts/{item}/status", broadcasts.get_broadcast_status, 200,
          broadcasts.BroadcastStatus, "呼出しの集計", "How a call stands"),
    Route("GET", "/v1/broadcasts/{item}/unread", broadcasts.list_unread, 200,
          broadcasts.Missing, "未確認者の電話リスト（CSV も可）", "Who is still to be phoned",
          query=broadcasts.MissingQuery),
    Route("POST", "/v1/files", files.upload_file, 201, FileView,
          "ファイルを預ける", "Upload a file", query=forms.UploadQuery,
          headers=files.UPLOAD_HEADERS),
    Route("GET", "/v1/files/{file}", files.get_file, 200, FileView,
          "ファイルの状態", "Where a file stands"),
    Route("GET", "/v1/files/{file}/content", files.get_content, 200, None,
          "ファイルの中身", "A file's bytes"),
    Route("HEAD", "/v1/files/{file}/content", files.head_content, 200, None,
          "ファイルの中身の大きさ", "What would be said of a file's bytes"),
    Route("GET", "/v1/files/{file}/thumbnail", files.get_thumbnail, 200, None,
          "ファイルの縮小画像", "What a file looks like from afar", query=forms.ThumbnailQuery),
    Route("OPTIONS", "/v1/uploads", uploads.get_upload_options, 204, None,
          "分割アップロード (tus) の対応範囲", "What of tus is spoken here"),
    Route("POST", "/v1/uploads", uploads.create_upload, 201, uploads.UploadView,
          "分割アップロードを始める", "Begin an upload in pieces", headers=tus.CREATION_HEADERS),
    Route("HEAD", "/v1/uploads/{upload}", uploads.head_upload, 200, None,
          "どこまで届いたか", "How much of an upload is here", headers=tus.HEADERS),
    Route("PATCH", "/v1/uploads/{upload}", uploads.patch_upload, 204, None,
          "続きを送る", "The next bytes of an upload", headers=tus.PIECE_HEADERS),
    Route("POST", "/v1/uploads/{upload}", uploads.post_upload, 204, None,
          "PATCH・DELETE の代わり", "PATCH or DELETE, for who knows neither",
          headers=tus.OVERRIDE_HEADERS),
    Route("DELETE", "/v1/uploads/{upload}", uploads.delete_upload, 204, None,
          "アップロードをやめる", "Give an upload up", headers=tus.HEADERS),
    Route("GET", "/v1/search", search.get_search, 200, search.Results,
          "メッセージ・ファイル名を探す", "Search messages and names of files",
          query=search.SearchQuery),
    Route("GET", "/v1/snapshot", people.get_snapshot, 200, people.Snapshot,
          "開始時の状態", "Where to start from"),
    Route("GET", "/v1/events", streams.get_events, 200, server.EventBatch,
          "出来事を受け取る（ロングポーリング・SSE）", "Events, by long poll or SSE",
          query=forms.EventsQuery),
    Route("GET", "/v1/stream", streams.get_stream, 101, server.EventBatch,
          "出来事を受け取る（WebSocket）", "Events, by WebSocket", query=forms.EventsQuery),
)  # fmt: skip
