"""Waiting for conditions, never for time."""
import time


class Failed(Exception):
    """What was expected, and what was seen."""


def wait_for(what, condition, timeout=20, pause=0.05):
    """Polls `condition` until it is true and returns that. A Failed inside counts as "not yet"."""
    deadline = time.monotonic() + timeout
    seen = None
    while True:
        try:
            value = condition()
            if value:
                return value
            seen = value
        except Failed as failure:
            seen = failure
        if time.monotonic() > deadline:
            detail = f"; last seen: {seen}" if seen not in (None, False) else ""
            raise Failed(f"expected within {timeout:g} s: {what}{detail}")
        time.sleep(pause)


def expect(condition, expected, seen):
    if not condition:
        raise Failed(f"expected {expected}, saw {seen!r}" if not isinstance(seen, str)
                     else f"expected {expected}, saw: {seen}")
