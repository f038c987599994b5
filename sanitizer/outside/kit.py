"""LibreOfficeKit, straight through ctypes: load a document, save it as another.

Runs in the prisoner of a cell, which is made ready before it gets a file and used once.
Source: LibreOfficeKit/LibreOfficeKit.h of LibreOffice 7.4 (the order of its fields is kept by
later versions, which only add some).
"""

import ctypes
from collections.abc import Callable
from pathlib import Path

from sanitizer.outside import annotation

PROGRAM = Path("/usr/lib/libreoffice/program")
LIBRARY = PROGRAM / "libmergedlo.so"

# It is a library to us, and starts no program.
EXECUTES = ()
ADDS = {annotation.PLACE: annotation.LAYOUT}

_Text = ctypes.c_char_p
_Handle = ctypes.c_void_p


class _OfficeClass(ctypes.Structure):
    _fields_ = (
        ("size", ctypes.c_size_t),
        ("destroy", _Handle),
        ("document_load", _Handle),
        ("get_error", ctypes.CFUNCTYPE(_Handle, _Handle)),
        ("document_load_with_options", ctypes.CFUNCTYPE(_Handle, _Handle, _Text, _Text)),
    )


class _Office(ctypes.Structure):
    _fields_ = (("methods", ctypes.POINTER(_OfficeClass)),)


class _DocumentClass(ctypes.Structure):
    _fields_ = (
        ("size", ctypes.c_size_t),
        ("destroy", _Handle),
        ("save_as", ctypes.CFUNCTYPE(ctypes.c_int, _Handle, _Text, _Text, _Text)),
    )


class _Document(ctypes.Structure):
    _fields_ = (("methods", ctypes.POINTER(_DocumentClass)),)


# The user's settings: there are no others in the cell, and they go with it.
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>
"""
ITEM = (
    '<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
    "<value>{value}</value></prop></item>"
)
# Calc's input line (26100), whose layout the packages without a screen (-nogui) do not bring.
NO_INPUT_LINE = (
    '<item oor:path="/org.openoffice.Office.Views/Windows"><node oor:name="26100" '
    'oor:op="replace"><prop oor:name="Visible" oor:op="fuse"><value>false</value></prop></node>'
    "</item>"
)
SECURITY = "Office.Common/Security/Scripting"
STRICT = (
    # No macro runs, whoever signed it; no reference of a document's is followed.
    (SECURITY, "MacroSecurityLevel", "3"),
    (SECURITY, "DisableMacrosExecution", "true"),
    (SECURITY, "BlockUntrustedRefererLinks", "true"),
    *(
        (f"Office.{program}/Filter/Import/VBA", name, "false")
        for program in ("Writer", "Calc", "Impress")
        for name in ("Load", "Save")
    ),
    # Links are never brought up to date: 0 to Writer, 1 to Calc.
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Office.Calc/Content/Update", "Link", "1"),
    # What the file says its cells hold is kept; nothing is recomputed.
    ("Office.Calc/Formula/Load", "OOXMLRecalcMode", "1"),
    ("Office.Calc/Formula/Load", "ODFRecalcMode", "1"),
    ("Office.Common/Misc", "UseOpenCL", "false"),
)


class Unreadable(OSError):
    """LibreOffice cannot load this file, or cannot save it."""


class Kit:
    """LibreOffice, started and ready for one file."""

    def __init__(self, home: Path) -> None:
        profile = home / "profile" / "user"
        profile.mkdir(parents=True)
        items = [ITEM.format(path=path, name=name, value=value) for path, name, value in STRICT]
        settings = profile / "registrymodifications.xcu"
        settings.write_text(SETTINGS.format(items="".join([*items, NO_INPUT_LINE])))
        library = ctypes.CDLL(str(LIBRARY), mode=ctypes.RTLD_GLOBAL)
        library.libreofficekit_hook_2.argtypes = [_Text, _Text]
        library.libreofficekit_hook_2.restype = _Handle
        self._handle = library.libreofficekit_hook_2(
            str(PROGRAM).encode(), f"file://{profile.parent}".encode()
        )
        if not self._handle:
            raise Unreadable("LibreOffice does not start")
        self._office = ctypes.cast(self._handle, ctypes.POINTER(_Office)).contents

    def convert(self, source: str, result: str, wanted: str) -> None:
        """Load the file at path `source`, save it at `result` in the format `wanted`."""
        methods = self._office.methods.contents
        document = methods.document_load_with_options(
            self._handle, f"file://{source}".encode(), b"Language=ja-JP,Batch=true"
        )
        if not document:
            error = methods.get_error(self._handle)
            raise Unreadable(ctypes.string_at(error).decode(errors="replace") if error else "")
        loaded = ctypes.cast(document, ctypes.POINTER(_Document)).contents
        if not loaded.methods.contents.save_as(
            document, f"file://{result}".encode(), wanted.encode(), b""
        ):
            raise Unreadable("LibreOffice does not save it")


def ready(home: Path) -> Callable[[str, str, str], None]:
    """Start LibreOffice; return what converts one file."""
    return Kit(home).convert
