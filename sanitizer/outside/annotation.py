"""The layout that Writer wants for a comment beside the page, where its packages bring none.

Nobody sees it; without it LibreOffice (the packages without a screen, -nogui) loads no document
that has a comment.
"""

from pathlib import Path

PLACE = Path("/usr/lib/libreoffice/share/config/soffice.cfg/modules/swriter/ui/annotation.ui")

_ENTRIES = (
    "reply",
    "resolve",
    "unresolve",
    "resolvethread",
    "unresolvethread",
    "delete",
    "deletethread",
    "deleteby",
    "deleteall",
    "formatall",
)

LAYOUT = f"""<?xml version="1.0" encoding="UTF-8"?>
<interface domain="sw">
<object class="GtkMenu" id="menu">
{"".join(f'<child><object class="GtkMenuItem" id="{entry}"/></child>' for entry in _ENTRIES)}
</object>
<object class="GtkBox" id="Annotation">
<child><object class="GtkScrolledWindow" id="scrolledwindow">
<child><object class="GtkViewport">
<child><object class="GtkBox">
<child><object class="GtkDrawingArea" id="editview"/></child>
</object></child>
</object></child>
</object></child>
<child><object class="GtkLabel" id="author"/></child>
<child><object class="GtkLabel" id="date"/></child>
<child><object class="GtkLabel" id="resolved"/></child>
<child><object class="GtkMenuButton" id="menubutton"><property name="popup">menu</property>
</object></child>
</object>
</interface>
"""
