"""What only a link over TLS can get wrong (threat T35)."""

import asyncio
import datetime
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from runtime.certificates import Identity, client_context
from runtime.links import TlsEndpoint, dial_link
from tests.runtime.ends import ENOUGH_S, HELLO, STRANGER, TAKES, identity, relay_at, soon, tls_ends
from wire.frames import FrameType, write_frame
from wire.reasons import Refused, Unavailable

Breach = Callable[[TlsEndpoint], ssl.SSLContext]


def unverified(endpoint: TlsEndpoint) -> ssl.SSLContext:
    # One of its own: what `client_context` returns is everybody's.
    context = client_context.__wrapped__(endpoint.identity, endpoint.peer_certificate)
    context.verify_mode = ssl.CERT_NONE
    return context


def as_a_stranger(endpoint: TlsEndpoint) -> ssl.SSLContext:
    return client_context(STRANGER, endpoint.peer_certificate)


def without_a_certificate(_endpoint: TlsEndpoint) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def with_tls_1_2(endpoint: TlsEndpoint) -> ssl.SSLContext:
    context = unverified(endpoint)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


@pytest.mark.parametrize("breach", [as_a_stranger, without_a_certificate, with_tls_1_2])
async def test_nobody_else_gets_in(breach: Breach) -> None:
    ends = tls_ends()
    assert isinstance(ends.dialling, TlsEndpoint)
    async with relay_at(ends.listening) as arrived:
        with suppress(OSError, ssl.SSLError):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", ends.dialling.port, ssl=breach(ends.dialling), server_hostname=""
            )
            # With TLS 1.3 a client learns only from the first answer that it was not welcome.
            writer.write(write_frame(*HELLO))
            async with asyncio.timeout(ENOUGH_S):
                assert await reader.read() == b""
            writer.close()
        async with dial_link(ends.dialling, TAKES) as connection:
            await connection.send(FrameType.HELLO, b"the right one")
            assert await soon(arrived) == (FrameType.HELLO, b"the right one")


async def test_one_does_not_speak_to_a_stranger() -> None:
    ends = tls_ends()
    assert isinstance(ends.listening, TlsEndpoint)
    async with relay_at(replace(ends.listening, identity=STRANGER)):
        with pytest.raises(Unavailable):
            async with dial_link(ends.dialling, TAKES):
                pass


async def test_another_key_with_the_same_name_is_a_stranger() -> None:
    ends = tls_ends()
    twin = identity(9, "zone")
    assert isinstance(ends.dialling, TlsEndpoint)
    async with relay_at(ends.listening) as arrived:
        with suppress(Unavailable, Refused):
            async with dial_link(replace(ends.dialling, identity=twin), TAKES) as connection:
                await connection.send(*HELLO)
                async with asyncio.timeout(ENOUGH_S):
                    assert [frame async for frame in connection.frames()] == []
        assert arrived.empty()


async def test_plain_text_gets_no_answer() -> None:
    ends = tls_ends()
    assert isinstance(ends.dialling, TlsEndpoint)
    async with relay_at(ends.listening) as arrived:
        reader, writer = await asyncio.open_connection("127.0.0.1", ends.dialling.port)
        writer.write(write_frame(*HELLO))
        async with asyncio.timeout(ENOUGH_S):
            with suppress(ConnectionResetError):
                assert write_frame(*HELLO) not in await reader.read()
        assert arrived.empty()
        writer.close()


def expired(number: int) -> Identity:
    private = Ed25519PrivateKey.from_private_bytes(bytes([number] * 32))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "expired")])
    certificate = (
        x509.CertificateBuilder(subject, subject, private.public_key(), 1)
        .not_valid_before(datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2002, 1, 1, tzinfo=datetime.UTC))
        .sign(private, None)
    )
    return Identity(certificate.public_bytes(Encoding.DER), private)


async def test_an_expired_certificate_does_not_stop_a_town_hall() -> None:
    ends = tls_ends(relay=expired(4), zone=expired(5))
    async with relay_at(ends.listening) as arrived, dial_link(ends.dialling, TAKES) as connection:
        await connection.send(*HELLO)
        assert await soon(arrived) == HELLO
