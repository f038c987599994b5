"""`python3 dev.py cityhall`: the story of a whole city hall, at its full size."""

import sys
from pathlib import Path

import pytest

# It takes minutes, and prints what came of it.
OPTIONS = ("-q", "-s", "--whole", "-o", "faulthandler_timeout=0")

if __name__ == "__main__":
    story = Path(__file__).with_name("test_a_whole_city_hall_arrives.py")
    sys.exit(pytest.main([*OPTIONS, str(story), *sys.argv[1:]]))
