"""How the demo looks: numbered steps with their time at the right edge of 80 columns."""
import os
import sys
import time

WIDTH = 80
COLOURS = sys.stdout.isatty() and os.environ.get("NO_COLOR") is None


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOURS else text


def bold(text):
    return paint("1", text)


def dim(text):
    return paint("2", text)


def say(text=""):
    print(text, flush=True)


def rule():
    say(dim("─" * WIDTH))


class Step:
    """`with Step("…")` prints its title at once and what it took at the end."""
    count = 0

    def __init__(self, title):
        Step.count += 1
        self.title = f"{Step.count:>2}  {title}"

    def __enter__(self):
        say()
        say(bold(self.title))
        self.started = time.monotonic()
        return self

    def __exit__(self, kind, *_):
        took = f"{time.monotonic() - self.started:.1f} s"
        verdict = paint("32", "✓ " + took) if kind is None else paint("31", "✗ " + took)
        say(" " * (WIDTH - len(took) - 2) + verdict)

    def command(self, board, *words):
        line = shorten("edgeswarm " + " ".join(words), WIDTH - 6 - len(board.name))
        say(f"    {paint('36', board.name + '$')} {line}")

    def show(self, text):
        for line in text.splitlines():
            say("      " + shorten(line, WIDTH - 6))

    def note(self, text):
        say("    " + text)


def shorten(text, width):
    text = text.rstrip()
    return text if len(text) <= width else text[: width - 1] + "…"
