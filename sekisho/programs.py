"""What each program brings for its node: the type of its settings, the making of its store.

Imported when asked for, since a program brings its whole engine with it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from sekisho.site import Program


def settings_type(program: Program) -> type[Struct]:
    """Return the type that a program reads its settings into."""
    match program:
        case Program.ZONE:
            from zone.settings import ZoneSettings

            return ZoneSettings
        case Program.TRANSFORM:
            from relay.transform.settings import TransformSettings

            return TransformSettings
        case Program.VERIFY:
            from relay.verify.settings import VerifySettings

            return VerifySettings


def create_store(program: Program, folder: Path) -> None:
    """Make the empty store of the node in `folder`."""
    match program:
        case Program.ZONE:
            from zone.store.store import create_zone_store

            create_zone_store(folder)
        case Program.TRANSFORM:
            from relay.transform.store import create_transform_store

            create_transform_store(folder)
        case Program.VERIFY:
            from relay.verify import store
            from runtime import database

            database.create_database(folder / "verify.db", store.KIND, store.schema())


# Values for the examples in config/: what `sekisho init` writes on one host.
EXAMPLES: Mapping[Program, Mapping[str, Any]] = {
    Program.ZONE: {
        "site": "example-city",
        "zone": "lgwan",
        "tenant": "tn_00000000000000000000000000",
        "lane": {
            "leaving": "unix:../relay/export/transform/run/link.sock",
            "arriving": "unix:../relay/import/verify/run/link.sock",
        },
    },
    Program.TRANSFORM: {"site": "example-city", "lane": "import", "link": "unix:run/link.sock"},
    Program.VERIFY: {"site": "example-city", "lane": "import", "link": "unix:run/link.sock"},
}
