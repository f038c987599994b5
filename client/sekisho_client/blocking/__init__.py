"""The client for programs that are not asynchronous: `sekisho_client.blocking.Client`."""

from sekisho_client.blocking.client import Client as Client
