"""What to tell the person at the terminal when something went wrong.  Pure."""

from sekisho_client import Problem, Unreachable


def trouble_words(trouble: Exception) -> str:
    """Return what to tell the user of `trouble`."""
    match trouble:
        case Problem():
            return f"✗ {trouble.title}" + (f"（{trouble.detail}）" if trouble.detail else "")
        case Unreachable() | TimeoutError():
            return "✗ 応答がありません。しばらくしてからもう一度どうぞ"
        case OSError():
            return f"✗ {trouble.filename}: {trouble.strerror}"
        case _:
            return str(trouble)
