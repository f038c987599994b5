"""What lies behind the ink of a page has no pixel that nobody sees."""

import io

import pytest
from PIL import Image

from sanitizer.check.check import CheckFailed, check_file
from sanitizer.encode.pdf import encode_pdf
from sanitizer.intermediate import IntermediatePage, Layer, LayerRole


def test_a_background_has_whole_blocks() -> None:
    """What a JPEG codes beyond its sides would be seen by nobody."""
    page = IntermediatePage(72.0, 108.0)
    for side, is_taken in ((32, True), (24, False), (31, False)):
        file = io.BytesIO()
        Image.new("RGB", (side, 48)).save(file, "JPEG")
        made = encode_pdf([page, Layer(LayerRole.COLOUR, 0, side, 48, file.getvalue())])
        if is_taken:
            check_file("application/pdf", made)
        else:
            with pytest.raises(CheckFailed, match="background"):
                check_file("application/pdf", made)
