"""`python3 dev.py bench [NAME…]`: measure, and say on what machine."""

import asyncio
import sys

from bench import machine
from bench.scenarios import SCENARIOS


def main(names: list[str]) -> int:
    """Run the named scenarios, or all of them."""
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(SCENARIOS)}")
        return 2
    print(machine.describe(), flush=True)
    for name in names or list(SCENARIOS):
        print(f"{name}:", flush=True)
        asyncio.run(SCENARIOS[name](lambda line: print(f"  {line}", flush=True)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
