"""The drawing that shows the comments of a sheet is nothing but a box for each of their cells."""

import re

from sanitizer.check.rule import demand_rule

_NUMBER = rb"(?:0|[1-9][0-9]{0,6})"
_DRAWING = re.compile(
    rb'<xml xmlns:v="urn:schemas-microsoft-com:vml" '
    rb'xmlns:o="urn:schemas-microsoft-com:office:office" '
    rb'xmlns:x="urn:schemas-microsoft-com:office:excel">'
    rb'<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
    rb'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    rb'<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
    rb'(?:<v:shape id="_x0000_s' + _NUMBER + rb'" type="#_x0000_t202" '
    rb'style="position:absolute;width:144px;height:79px;visibility:hidden" '
    rb'fillcolor="#ffffe1" o:insetmode="auto"><v:shadow color="black" obscured="t"/>'
    rb'<v:path o:connecttype="none"/><v:textbox/><x:ClientData ObjectType="Note">'
    rb"<x:MoveWithCells/><x:SizeWithCells/><x:AutoFill>False</x:AutoFill>"
    rb"<x:Row>" + _NUMBER + rb"</x:Row><x:Column>" + _NUMBER + rb"</x:Column>"
    rb"</x:ClientData></v:shape>)*+</xml>"
)


def check_notes(untrusted: bytes) -> None:
    demand_rule(_DRAWING.fullmatch(untrusted) is not None, "a drawing other than of comments")
