"""How a check says no."""


class CheckFailed(Exception):
    """These bytes are not in our own tiny grammar; the message says where they left it."""


def need_dense(packed: int, unpacked: int) -> None:
    """Raise `CheckFailed` unless so many bytes can be what an honest packer makes of so many.

    Blocks that unpack to nothing could stand in packed data without end.  The worst that zlib-ng
    makes of noise is a fortieth more than there was.
    """
    demand_rule(packed <= unpacked + unpacked // 16 + 64, "packed data longer than what it holds")


def demand_rule(holds: bool, rule: str) -> None:
    """Raise `CheckFailed` with `rule` unless it `holds`."""
    if not holds:
        raise CheckFailed(rule)
