"""The rows of the table of routes about acts."""

from zone.api.http.route import MADE, Route
from zone.api.resources import acts
from zone.conversation.acts import ActsPage, ActView
from zone.conversation.resending import Correction

ACT_ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/v1/acts",
        acts.list_own_acts,
        200,
        ActsPage,
        "保留・拒否された自分の操作",
        "What one did that is held or was refused",
        query=acts.ActsQuery,
    ),
    Route(
        "GET",
        "/v1/acts/{act}",
        acts.get_act,
        200,
        ActView,
        "自分の操作とその状態",
        "What one did, and how far it got",
    ),
    Route(
        "POST",
        "/v1/acts/{act}/withdraw",
        acts.withdraw_own_act,
        200,
        ActView,
        "拒否された操作を取り下げる",
        "Take back what was refused",
    ),
    Route(
        "POST",
        "/v1/acts/{act}/resend",
        acts.resend_own_act,
        202,
        ActView,
        "拒否された操作を直して送り直す",
        "Correct what was refused, and send it again",
        body=Correction,
        answered=MADE,
    ),
)
