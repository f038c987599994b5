"""The closed lists of words that fields of bodies choose from (`wire.bodies`)."""

from typing import Literal

RoomKind = Literal["talk", "direct", "org", "project", "board", "group"]
Scope = Literal["shared", "lgwan-only", "internet-only"]
History = Literal["all", "joined"]
Role = Literal["owner", "moderator", "member", "guest", "reader", "none"]
UserKind = Literal["staff", "guest", "bot", "shared"]
# What two municipalities can agree on, each by itself.
Agreed = Literal["directory", "direct", "calls"]
FileState = Literal["clean", "altered", "held", "refused"]
