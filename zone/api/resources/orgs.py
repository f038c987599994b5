"""Routes of municipalities, sections, telephones and guests."""

from aiohttp import web
from msgspec import Struct

from wire.ids import USER
from wire.reasons import Reason, Refused
from zone.api.http.api_request import ApiRequest, json_response, read_body
from zone.api.resources.lists import Orgs, Tenants
from zone.api.resources.people_bodies import NewGuest, OrgsQuery, Stay
from zone.api.resources.request_bodies import NoQuery
from zone.conversation import people
from zone.copy.directory_views import UserView
from zone.store import visibility

# Who may see under which number somebody is phoned.
PHONES = ("phone", "broadcast")


class Contact(Struct, frozen=True):
    """Under which number somebody is phoned; their section's where they have none of their own."""

    user: str
    telephone: str


class Guests(Struct, frozen=True):
    """The guests for whom the asker stands."""

    items: list[UserView]


async def list_tenants(request: ApiRequest) -> web.Response:
    """Return one's municipality, those that it has to do with, and what is agreed with them."""
    request.query(NoQuery)
    _demand_insider(request)
    directory, uid, now = request.context.store.directory, request.who.uid, request.context.clock()
    seen = [
        view
        for view in directory.municipalities.tenants()
        if visibility.sees_unit(directory, uid, view.id, now=now)
    ]
    own = directory.tenant_of(uid)
    links = directory.municipalities.links(own) if own else []
    return json_response(Tenants(await request.with_changes(seen), links))


async def list_orgs(request: ApiRequest) -> web.Response:
    """Return the sections: each names the one that it is part of."""
    query = request.query(OrgsQuery)
    _demand_insider(request)
    directory, uid, now = request.context.store.directory, request.who.uid, request.context.clock()
    found = directory.municipalities.orgs(query.tenant)
    seen = [org for org in found if visibility.sees_unit(directory, uid, org.id, now=now)]
    return json_response(Orgs(await request.with_changes(seen)))


async def get_contact(request: ApiRequest) -> web.Response:
    """Return somebody's telephone, to those who have the duty to phone in their municipality.

    People of another one are phoned where the two have agreed on calls.
    """
    user, directory = request.id(USER, "user"), request.context.store.directory
    person, asker = directory.user(user), request.who.uid
    is_right = any(directory.has_duty(asker, duty) for duty in PHONES)
    if person is None or not is_right or not directory.may_call(asker, user):
        raise Refused(Reason.NOT_FOUND)
    org_of = directory.municipalities.org
    of_section = next((o.telephone for org in person.orgs if (o := org_of(org))), "")
    return json_response(Contact(user, directory.telephone(user) or of_section))


async def list_guests(request: ApiRequest) -> web.Response:
    """Return one's guests."""
    request.query(NoQuery)
    uid, directory = request.who.uid, request.context.store.directory
    guests = [user for user in directory.users() if user.sponsor == uid]
    return json_response(Guests(await request.with_changes(guests)))


async def create_guest(request: ApiRequest) -> web.Response:
    """Invite somebody from outside; takes the duty `sponsor`."""
    body = await request.body()
    wanted = read_body(body, NewGuest)
    return await request.write_once(
        lambda actor: people.invite(
            actor, wanted.name, wanted.kana, wanted.section, wanted.expires
        ),
        status=201,
        question=body,
        place="/v1/users",
    )


async def change_guest(request: ApiRequest) -> web.Response:
    """Let a guest stay longer, or end their stay."""
    guest = request.id(USER, "user")
    wanted = await request.body_as(Stay)
    await request.context.store.write(
        lambda w: people.prolong(request.actor(w), guest, wanted.expires)
    )
    view = request.context.store.directory.user(guest)
    return json_response(None if view is None else await request.with_change(view))


def _demand_insider(request: ApiRequest) -> None:
    if request.context.store.directory.is_guest(request.who.uid):
        raise Refused(Reason.NOT_FOUND)
