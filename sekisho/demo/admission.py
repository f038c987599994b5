"""How people come into the town: by a list of staff, by the operator's hand, by an invitation.

Each zone vouches for its own: LGWAN for staff, bots and shared accounts, the internet for guests.
"""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final

from sekisho.clock import now_ms
from sekisho.demo.city import (
    BOT,
    BOT_NAME,
    CITY,
    DESK,
    DESK_NAME,
    DESK_STAFF,
    GUEST_FIRM,
    GUEST_KANA,
    GUEST_NAME,
    NEIGHBOUR,
    PEOPLE,
    staff_list,
)
from sekisho.local_socket import ask_node
from sekisho.setup import tenant_of
from sekisho.site import zone_node
from sekisho_client import Client

SITE: Final = "minato-city"
STAFF_LIST: Final = "staff.csv"  # kept beside the site, to be opened in a spreadsheet
STAY_MS: Final = 30 * 24 * 3_600_000
# The section's own telephone, for who has none.
SECTIONS: Final = {"防災課": "03-0000-1000", "総務課": "03-0000-3000"}


def take_in_staff(site: Path, people: MutableMapping[str, str]) -> dict[str, Any]:
    """Have LGWAN's operator take in both cities' lists; return what our own came to."""
    home = tenant_of(SITE)
    _operate(site, "PATCH", f"/v1/tenants/{home}", {"name": CITY})
    other = _operate(site, "POST", "/v1/tenants", {"name": NEIGHBOUR})["id"]
    for one, neighbour in ((home, other), (other, home)):  # it holds once both have offered it
        offers = {"offers": ["directory", "direct"]}
        _operate(site, "PUT", f"/v1/tenants/{one}/links/{neighbour}", offers)
    ours = staff_list([each for each in PEOPLE if each.city == CITY])
    (site / STAFF_LIST).write_bytes(ours)
    taken = _operate(site, "POST", "/v1/users:import", ours)
    theirs = staff_list([each for each in PEOPLE if each.city == NEIGHBOUR])
    _operate(site, "POST", f"/v1/users:import?tenant={other}", theirs)
    for org in _operate(site, "GET", "/v1/orgs")["items"]:
        if org["name"] in SECTIONS and org["tenant"] == home:
            form = {"telephone": SECTIONS[org["name"]]}
            _operate(site, "PATCH", f"/v1/orgs/{org['id']}", form)
    names = {user["name"]: user["id"] for user in _operate(site, "GET", "/v1/users")["items"]}
    people.update({each.key: names[each.name] for each in PEOPLE})
    return dict(taken)


def admit_others(site: Path, people: MutableMapping[str, str]) -> None:
    """Have LGWAN's operator admit the account that several share, and the bot."""
    shared_by = [people[key] for key in DESK_STAFF]
    desk = {"name": DESK_NAME, "user_kind": "shared", "zones": ["lgwan"], "shared_by": shared_by}
    people[DESK] = _operate(site, "POST", "/v1/users", desk)["id"]
    bot = {"name": BOT_NAME, "user_kind": "bot", "zones": ["lgwan"]}
    people[BOT] = _operate(site, "POST", "/v1/users", bot)["id"]


async def invite(sponsor: Client) -> str:
    """Have the duty's holder invite the supplier for a month; return the guest's id."""
    return await sponsor.invite_guest(
        GUEST_NAME, now_ms() + STAY_MS, kana=GUEST_KANA, section=GUEST_FIRM
    )


def _operate(site: Path, method: str, path: str, form: object = None) -> Any:
    return ask_node(site / zone_node("lgwan").admin_socket, method, path, form)
