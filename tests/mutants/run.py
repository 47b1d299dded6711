#!/usr/bin/env python3
"""Whether the tests notice the planted bugs (core/base/planted_bug.h).

usage: run.py BUILD [--only WORD] [--rewrite]

BUILD is a build folder of the preset `dev`. First every catcher of mutants.txt runs without a
bug and has to pass; then, for each bug, each of its catchers has to fail. Prints a line a bug and
'N passed, N failed'. The table of docs/MUTATIONS.md has to be the one of mutants.txt; --rewrite
writes it.
"""
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LIST = os.path.join(HERE, "mutants.txt")
TABLE = os.path.join(ROOT, "docs/MUTATIONS.md")
BEGIN, END = "<!-- begin of the table -->\n", "<!-- end of the table -->\n"
SEEDS_MAX = 2_000
SEEDS_AT_ONCE = 20  # the first seed that fails is enough
CLEAN_SEEDS_MAX = 100  # without a bug; ./dev test sim runs all of them
SECONDS_MAX = 240  # of one catcher: a bug that hangs a test is not caught by it


class Catcher:
    """A test that knows a bug: unit:ROOM[:PATTERN], scenario:KIND/NAME or sim:SEEDS."""

    def __init__(self, build, text):
        self.text = text
        kind, _, rest = text.partition(":")
        tests = os.path.join(build, "tests")
        self.seeds = 0
        if kind == "unit":
            room, _, pattern = rest.partition(":")
            self.program = os.path.join(tests, f"unit_{room}")
            self.command = [self.program, "--no-colors=true", "--abort-after=1"]
            if pattern:
                self.command.append("-tc=*" + pattern.replace("_", "?") + "*")
        elif kind == "scenario":
            story, _, name = rest.partition("/")
            self.program = os.path.join(tests, "scenario")
            self.command = [self.program, story, f"tests/scenario/{story}/{name}.txt"]
        elif kind == "sim" and rest.isdigit() and int(rest) <= SEEDS_MAX:
            self.program = os.path.join(tests, "simulate")
            self.command = [self.program]
            self.seeds = int(rest)
        else:
            raise SystemExit(f"mutants: '{text}' is no catcher")

    def run(self, bug):
        """How it ended: 'passed', 'failed' or what is wrong."""
        if not self.seeds:
            return run_once(self.command, bug)
        seeds = self.seeds if bug else min(self.seeds, CLEAN_SEEDS_MAX)
        for first in range(1, seeds + 1, SEEDS_AT_ONCE):
            count = min(SEEDS_AT_ONCE, seeds + 1 - first)
            ended = run_once([*self.command, "--from", str(first), "--seeds", str(count),
                              "--twice", "0" if bug else str(seeds), "--no-shrink"], bug)
            if ended != "passed":
                return ended
        return "passed"


def run_once(command, bug):
    environment = {**os.environ, "ES_PLANTED_BUG": bug}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True,
                              timeout=SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        return f"has not ended within {SECONDS_MAX} s"
    except OSError as trouble:
        return str(trouble)
    if done.returncode == 2:
        return (done.stderr or done.stdout).decode(errors="replace").strip()[-200:]
    if b"test cases: 0 |" in b" ".join(done.stdout.split()):
        return "no test case has this name"
    return "failed" if done.returncode else "passed"


def read_list(build):
    catchers = {}
    with open(LIST, encoding="utf-8") as file:
        for line in file:
            words = line.split("#")[0].split()
            if len(words) == 1:
                raise SystemExit(f"mutants: nobody catches {words[0]}")
            if words:
                catchers[words[0]] = [Catcher(build, word) for word in words[1:]]
    return catchers


def planted(build):
    """Name -> description, from a program that was built with them."""
    listed = subprocess.run([os.path.join(build, "tests/simulate")], capture_output=True, text=True,
                            env={**os.environ, "ES_PLANTED_BUG": "list"}, check=True)
    return dict(line.split("\t", 1) for line in listed.stdout.splitlines())


def table_of(bugs, catchers):
    rows = ["| planted bug | what is wrong | caught by |\n", "|---|---|---|\n"]
    for name, description in bugs.items():
        by = ", ".join(f"`{one.text}`" for one in catchers.get(name, []))
        rows.append(f"| `{name}` | {description} | {by} |\n")
    return "".join(rows)


def table_is_right(table, rewrite):
    with open(TABLE, encoding="utf-8") as file:
        text = file.read()
    before, _, rest = text.partition(BEGIN)
    old, _, after = rest.partition(END)
    if old != table and rewrite:
        with open(TABLE, "w", encoding="utf-8") as file:
            file.write(before + BEGIN + table + END + after)
        return True
    return old == table


class Gate:
    def __init__(self, workers):
        self.workers = workers
        self.passed = 0
        self.failed = 0

    def tell(self, good, text):
        self.passed += good
        self.failed += not good
        print(("" if good else "FAILED ") + text, flush=True)

    def clean(self, catchers):
        """Without a bug everything passes."""
        every = {one.text: one for many in catchers.values() for one in many}
        largest = max((one.seeds for one in every.values()), default=0)
        every = {text: one for text, one in every.items() if one.seeds in (0, largest)}
        for text, ended in zip(every, self.workers.map(lambda one: one.run(""), every.values())):
            if ended != "passed":
                self.tell(False, f"{text} without a bug: {ended}")
        self.tell(True, f"{len(every)} catchers ran without a bug")

    def hunt(self, catchers):
        def one_bug(item):
            started = time.monotonic()
            return [one.run(item[0]) for one in item[1]], time.monotonic() - started
        for (bug, many), (ends, seconds) in zip(catchers.items(),
                                                self.workers.map(one_bug, catchers.items())):
            late = [f"{one.text}: {end}" for one, end in zip(many, ends) if end != "failed"]
            told = f"not caught by {'; '.join(late)}" if late else \
                "caught by " + ", ".join(one.text for one in many)
            self.tell(not late, f"{bug:36} {seconds:6.1f} s  {told}")


def main():
    words = sys.argv[1:]
    if not words or words[0].startswith("-"):
        raise SystemExit(__doc__)
    build = os.path.abspath(words[0])
    only = words[words.index("--only") + 1] if "--only" in words else ""
    catchers = read_list(build)
    bugs = planted(build)
    gate = Gate(ThreadPoolExecutor(os.cpu_count() or 1))
    for name in sorted(bugs.keys() ^ catchers.keys()):
        gate.tell(False, f"{name} is in one of core/base/planted_bug.h and mutants.txt only")
    gate.tell(table_is_right(table_of(bugs, catchers), "--rewrite" in words),
              "docs/MUTATIONS.md has the table of mutants.txt (./dev mutants --rewrite writes it)")
    chosen = {bug: many for bug, many in catchers.items() if bug in bugs and only in bug}
    gate.clean(chosen)
    gate.hunt(chosen)
    print(f"{gate.passed} passed, {gate.failed} failed")
    return 1 if gate.failed else 0


sys.exit(main())
