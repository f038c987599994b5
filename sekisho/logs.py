"""How daemons log: JSON lines on stderr for the journal, readable lines on a terminal.

What is logged is `noun.verbed` with ids and numbers, never content; that is the duty of
whoever logs.  What libraries log through `logging` comes out in the same form.
"""

import logging
import sys
from typing import Any

import structlog


def set_up(node: str) -> None:
    """Send the logs of this process, under the name of its node, to stderr."""
    on_terminal = sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="t"),
    ]
    render: list[Any] = (
        [structlog.dev.ConsoleRenderer()]
        if on_terminal
        else [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    structlog.contextvars.bind_contextvars(node=node)
    handler = logging.StreamHandler(sys.stderr)
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[remove_meta, *render]
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
