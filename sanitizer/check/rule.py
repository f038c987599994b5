"""How a check says no."""


class CheckFailed(Exception):
    """These bytes are not in our own tiny grammar; the message says where they left it."""


def demand_rule(holds: bool, rule: str) -> None:
    """Raise `CheckFailed` with `rule` unless it `holds`."""
    if not holds:
        raise CheckFailed(rule)
