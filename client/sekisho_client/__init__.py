"""A client of the local socket API of a Sekisho zone: `from sekisho_client import Client`."""

from sekisho_client.client import Client as Client
from sekisho_client.errors import Problem as Problem
from sekisho_client.errors import Unexpected as Unexpected
from sekisho_client.errors import Unreachable as Unreachable
from sekisho_client.events import Event as Event
from sekisho_client.items import Item as Item
from sekisho_client.messages import Message as Message
