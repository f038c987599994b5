"""The floors of each package: who stands on whose shoulders inside it.

A room is a module, or a folder with all that is in it.  A room may import rooms of the floors below
its own, and no room of its own floor or of one above.  `tests/test_architecture.py` holds the tree
to this table and ARCHITECTURE.md is printed from it: `python3 -m tests.floors`.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOTS = (ROOT, ROOT / "client")
BEGIN, END = "<!-- floors: begin -->", "<!-- floors: end -->"

# From the ground up.
FLOORS: Mapping[str, Sequence[str]] = {
    "wire": (
        "choices emoji ids item_labels ivd lane reasons removed",
        "keys order",
        "fields keyring receipts",
        "answers audit consents digests frames text",
        "items message_parts",
        "bodies item_kinds records",
        "events",
        "births merge payload",
        "chain envelope",
    ),
    "wire.audit": (
        "tlog",
        "note tiles",
        "checkpoint leaves",
        "witness",
    ),
    "confinement": (
        "calls kernel",
        "filters landlock launcher",
        "daemon_calls launching",
        "daemon",
        "probe",
    ),
    "runtime": (
        "audit_folder audit_log bounds certificates clock_meter failpoints presence sessions "
        "settings sockets tallies",
        "activation audit_publish audit_reader audit_verify database links",
        "listening node operators",
    ),
    "sanitizer": (
        "charset check confinement intermediate kinds media ole rules sampling shared_memory "
        "similarity",
        "encode identify needed",
        "profile sentences",
        "outcome",
        "outside report",
        "worker",
        "decode zygote",
        "names stages zygote_link",
        "jail",
        "session",
        "treatment",
        "contents treatments",
        "profile_file redraw",
        "sanitize thumbnail",
        "__main__ thumbnailer",
    ),
    "relay.transform": (
        "file_bytes hold_rows labels ledger newest_rows normalise policy settings",
        "individual_numbers profiles rates store",
        "rules",
        "statutes",
        "judge",
        "files",
        "contents held_things pacer verdicts",
        "holds sanitising",
        "consents receipt_sender",
        "deciders intake",
        "stage_link zone_link",
        "admin",
        "service",
    ),
    "relay.verify": (
        "bounds characters expected_files policy read_ahead settings",
        "consents",
        "check",
        "decisions",
        "audit_record",
        "audit_writer objections stage_notes",
        "policy_in_force",
        "store",
        "checking file_checks release_store signer",
        "near_side sealing",
        "stage",
        "audit_publishing far_side",
        "stage_link status zone_link",
        "service",
    ),
    "zone": (
        "copy settings",
        "items",
        "rights",
        "store",
        "clearances",
        "link reminders search webhooks",
        "conversation reconcile status",
        "api",
        "service",
    ),
    "zone.copy": (
        "activity blobs change_views displaced link_views reading_views readings "
        "register_pieces register_rows side states stickers thumbnailer",
        "hold_words registers views",
        "apply deliveries directory_views journal thumbnails uploads",
        "agreements changes files recall unread",
        "messages removal room_files",
    ),
    "zone.clearances": (
        "approvers clearance_views",
        "clearance_rows",
    ),
    "zone.items": (
        "item_answers",
        "approvals bookings calendar due freebusy held_items responses rsvps "
        "spreadsheets "
        "tallies tasks templates wordings",
        "exports forms item_state rules",
        "kinds",
        "items",
        "agenda broadcasts",
    ),
    "zone.store": (
        "audit_labels municipalities roll setting_back table_facts usage_figures",
        "directory writing",
        "new_views notification_row sealing side_notifications visibility",
        "event_log reading_notifications room_notifications side_effects",
        "subscriptions",
        "notifications store",
    ),
    "zone.link": (
        "arrivals barred_files chains legible link_words log_follower mending receipts "
        "reconciliation",
        "last_look refusals taking_back",
        "belief",
        "unrecorded",
        "witness",
        "outbox inbox",
        "link_states",
    ),
    "zone.reconcile": (
        "copy_rows cuts spans",
        "page_sums",
        "survey",
        "own_words",
        "exchange",
        "rounds",
    ),
    "zone.conversation": (
        "pictures staff_list timeline",
        "names",
        "actor staff_import",
        "acts broadcasts clearances imports messages people read_positions retention rooms",
        "forwarding item_checks later_messages",
        "items",
        "recalls",
        "resending",
    ),
    "zone.api": (
        "http",
        "resources",
        "app operator",
        "serve",
    ),
    "sekisho": (
        "annotated arguments clock exits local_socket logs notify read_store request_docs "
        "screen site times write_types",
        "addresses chat copy_files keystore main node_statuses operators programs "
        "running sanitising shown_once stage_links",
        "audit_place copy_comparison japanese setup supervisor",
        "policy_files",
        "doctor",
        "audit_check audit_trail write_docs",
        "commands demo",
    ),
    "sekisho_client": (
        "deliveries errors",
        "decoding",
        "agenda answers changes contents states transport",
        "people",
        "messages",
        "clearances items",
        "broadcasts events",
        "blocking requests streams",
        "client",
    ),
}


def floors_of(package: str) -> list[list[str]]:
    """Return the rooms on each floor of `package`, from the ground up."""
    return [floor.split() for floor in FLOORS[package]]


def modules_in(package: str) -> Iterator[tuple[str, Path]]:
    """Yield the modules of `package`, by their name inside it, such as `copy.registers`."""
    base = next(root for root in ROOTS if (root / package.replace(".", "/")).is_dir())
    base /= package.replace(".", "/")
    for path in sorted(base.rglob("*.py")):
        name = ".".join(path.relative_to(base).with_suffix("").parts)
        if path.name != "__init__.py":
            yield name, path


def imports_within(package: str, path: Path) -> Iterator[str]:
    """Yield the rooms of `package` that the module at `path` imports when it runs."""
    for node in _running(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names):
                targets = [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), names=names):
                targets = [f"{module}.{alias.name}" for alias in names]
            case _:
                continue
        for target in targets:
            if target.startswith(f"{package}."):
                yield target.removeprefix(f"{package}.").partition(".")[0]


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes but those that only type checkers see."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _running(node)


def as_markdown() -> str:
    """Return the table as ARCHITECTURE.md shows it."""
    lines = [BEGIN, ""]
    for package in FLOORS:
        lines += [f"| floor of `{package.replace('.', '/')}/` | rooms |", "|---|---|"]
        for number, rooms in enumerate(floors_of(package), 1):
            lines.append(f"| {number} | {' · '.join(f'`{room}`' for room in rooms)} |")
        lines.append("")
    return "\n".join([*lines, END])


def main() -> None:
    """Write the table into ARCHITECTURE.md."""
    path = ROOT / "ARCHITECTURE.md"
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(before + as_markdown() + after, encoding="utf-8")


if __name__ == "__main__":
    main()
