"""Operators to test with, from fixed seeds, and what they sign."""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from runtime.operators import OperatorKey
from wire.consents import Consent, SignedConsent, sign_consent
from wire.ids import OPERATOR, mint_id
from wire.keys import IdentifiedKey

WHY = "内容を確かめた"
LIFE_MS = 3_600_000


def operator_id(number: int = 1) -> str:
    return mint_id(OPERATOR, now=0, entropy=number.to_bytes(10))


def key_of(number: int = 1, generation: int = 0) -> IdentifiedKey:
    """Return a key of an operator; each generation is another one."""
    seed = hashlib.sha256(f"operator {number} {generation}".encode()).digest()
    return IdentifiedKey.of_seed(seed)


def operator(number: int = 1, generation: int = 0, **changes: Any) -> OperatorKey:
    public = key_of(number, generation).public.hex()
    plain = OperatorKey(operator_id(number), f"担当{number}", public, 0)
    return msgspec.structs.replace(plain, **changes)


TWO: Sequence[OperatorKey] = (operator(1), operator(2))


def consent(
    *,
    now: int,
    number: int = 1,
    decision: str = "release",
    key: IdentifiedKey | None = None,
    **fields: Any,
) -> SignedConsent:
    """Return what the operator of this number signs: `fields`, and the usual beside them."""
    plain = {
        "v": 1,
        "decision": decision,
        "by": operator_id(number),
        "capacity": "operator",
        "reason": "" if decision == "look" else WHY,
        "at": now,
        "until": now + LIFE_MS,
    }
    return sign_consent(msgspec.convert(plain | fields, Consent), key or key_of(number))
