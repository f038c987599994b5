"""Routes of municipalities, sections, telephones and guests."""

from aiohttp import web
from msgspec import Struct

from wire.ids import USER
from wire.reasons import Reason, Refused
from zone.api.call import Call, answer, read_form
from zone.api.forms import NoQuery
from zone.api.forms_people import NewGuest, OrgsQuery, Stay
from zone.api.lists import Created, Orgs, Tenants
from zone.conversation.people import invite, prolong
from zone.views import UserView

# Who may see under which number somebody is phoned.
PHONES = ("phone", "call")


class Contact(Struct, frozen=True):
    """Under which number somebody is phoned; his section's where he has none of his own."""

    user: str
    telephone: str


class Guests(Struct, frozen=True):
    """The guests for whom the asker stands."""

    items: list[UserView]


async def list_tenants(call: Call) -> web.Response:
    """Return the municipalities."""
    call.query(NoQuery)
    _demand_insider(call)
    return answer(Tenants(call.context.store.directory.tenants()))


async def list_orgs(call: Call) -> web.Response:
    """Return the sections: each names the one that it is part of."""
    query = call.query(OrgsQuery)
    _demand_insider(call)
    return answer(Orgs(call.context.store.directory.orgs(query.tenant)))


async def get_contact(call: Call) -> web.Response:
    """Return somebody's telephone, to those who have the duty to phone."""
    user, directory = call.id(USER, "user"), call.context.store.directory
    person = directory.user(user)
    if person is None or not any(directory.has_duty(call.who.uid, duty) for duty in PHONES):
        raise Refused(Reason.NOT_FOUND)
    of_section = next((o.telephone for org in person.orgs if (o := directory.org(org))), "")
    return answer(Contact(user, directory.telephone(user) or of_section))


async def list_guests(call: Call) -> web.Response:
    """Return one's guests."""
    call.query(NoQuery)
    uid, directory = call.who.uid, call.context.store.directory
    return answer(Guests([user for user in directory.users() if user.sponsor == uid]))


async def create_guest(call: Call) -> web.Response:
    """Invite somebody from outside; takes the duty `sponsor`."""
    body = await call.body()
    form = read_form(body, NewGuest)
    return await call.write_once(
        lambda acting: Created(invite(acting, form.name, form.kana, form.section, form.expires)),
        status=201,
        question=body,
    )


async def change_guest(call: Call) -> web.Response:
    """Let a guest stay longer, or end his stay."""
    guest = call.id(USER, "user")
    form = await call.form(Stay)
    await call.context.store.write(lambda w: prolong(call.acting(w), guest, form.expires))
    return answer(call.context.store.directory.user(guest))


def _demand_insider(call: Call) -> None:
    if call.context.store.directory.is_guest(call.who.uid):
        raise Refused(Reason.NOT_FOUND)
