"""A party that was taken over says whatever it can: `python3 dev.py liar [PARTY]`."""

import argparse

import structlog

from tests.relay.verify import lying_transform
from tests.zone import lying_zone

PARTIES = {"zone": lying_zone.lie_at_length, "transform": lying_transform.lie_at_length}


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev.py liar", description=__doc__)
    parser.add_argument("party", nargs="?", choices=PARTIES, default="zone")
    parser.add_argument("--events", type=int, default=100_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="which lies")
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # a liar is much refused
    PARTIES[options.party](options.events, options.seed)


if __name__ == "__main__":
    main()
