"""Which pages of a document stand for all of them.  The jail and its owner have to agree on it."""

# As many pages of a document are compared, the first and the last among them.
MAX_COMPARED = 4


def sampled_pages(total: int) -> list[int]:
    """Return which of `total` pages are compared, evenly spaced, by their numbers from 0 on."""
    if total <= MAX_COMPARED:
        return list(range(total))
    return [round(n * (total - 1) / (MAX_COMPARED - 1)) for n in range(MAX_COMPARED)]
