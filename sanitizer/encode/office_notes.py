"""The drawing without which Excel does not show the comments of a sheet: one box for each cell.

Source: [MS-OI29500] and ECMA-376 part 4, 19 (VML); Excel itself places and sizes the boxes.
"""

from collections.abc import Sequence

HEAD = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel">'
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202"'
    ' path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
BOX = (
    '<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;width:144px;'
    'height:79px;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
    '<v:shadow color="black" obscured="t"/><v:path o:connecttype="none"/><v:textbox/>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column>"
    "</x:ClientData></v:shape>"
)
# Lower numbers are for Excel's own shapes.
FIRST_NUMBER = 1025


def encode_notes(places: Sequence[tuple[int, int]]) -> bytes:
    """Return the drawing for comments at `places`: row and column, from 0 on."""
    boxes = (
        BOX.format(number=FIRST_NUMBER + index, row=row, column=column)
        for index, (row, column) in enumerate(places)
    )
    return "".join([HEAD, *boxes, "</xml>"]).encode("ascii")
