"""A Suite: tests one after the other over one lab, told line by line."""
import os
import signal
import sys
import time
import traceback

from .lab import Lab, missing
from .waiting import Failed

LOG_LINES = int(os.environ.get("ES_LOG_LINES", "10"))  # of each board, when a test has failed
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class Skip(Exception):
    """Why this test cannot be run here."""


class Suite:
    """Each test is a function of the lab. The program's arguments choose tests by their names."""

    def __init__(self, prepare=None, before_each=None):
        self._prepare = prepare
        self._before_each = before_each or (lambda lab: None)
        self._tests = []
        self._counts = {PASSED: 0, FAILED: 0, SKIPPED: 0}

    def test(self, name):
        def register(function):
            self._tests.append((name, function))
            return function
        return register

    def run(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        # A shell that starts this with `&` would have Ctrl-C ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.stdout.reconfigure(line_buffering=True)
        wanted = [test for test in self._tests if all(word in test[0] for word in sys.argv[1:])]
        reason = missing()
        if reason:
            for name, _ in wanted:
                self._tell(SKIPPED, f"SKIP {name}: {reason}")
        else:
            try:
                self._run_in_lab(wanted)
            except KeyboardInterrupt:
                print("interrupted; everything is taken away")
                sys.exit(130)
        skipped = f", {self._counts[SKIPPED]} skipped" if self._counts[SKIPPED] else ""
        print(f"{self._counts[PASSED]} passed, {self._counts[FAILED]} failed{skipped}")
        sys.exit(1 if self._counts[FAILED] else 0)

    def _run_in_lab(self, tests):
        with Lab() as lab:
            if self._prepare and not self._run_one(lab, "prepare the cluster", self._prepare,
                                                   quiet=True):
                return
            for name, function in tests:
                self._run_one(lab, name, function)

    def _run_one(self, lab, name, function, quiet=False):
        started = time.monotonic()
        log_sizes = {board: board.log_size() for board in lab.boards.values()}
        try:
            if not quiet:
                self._before_each(lab)
            note = function(lab)
        except Skip as reason:
            self._tell(SKIPPED, f"SKIP {name}: {reason}")
        except Exception as failure:  # a test that breaks has failed, whatever broke
            self._tell(FAILED,
                       f"FAIL {name}: {failure if isinstance(failure, Failed) else repr(failure)}")
            if not isinstance(failure, Failed):
                traceback.print_exc(file=sys.stdout)
            self._tell_logs(lab, log_sizes)
            return False
        else:
            took = f"{time.monotonic() - started:.1f} s"
            if not quiet:
                self._tell(PASSED,
                           f"ok {name} ({took}{'; ' + note if isinstance(note, str) else ''})")
        return True

    def _tell(self, outcome, line):
        self._counts[outcome] += 1
        print(line)

    @staticmethod
    def _tell_logs(lab, sizes):
        """What the daemons have logged since the test began."""
        for board in lab.boards.values():
            lines = board.log_tail(LOG_LINES, sizes.get(board, 0)).splitlines()
            if not board.is_running:
                lines.append("(the daemon is not running)")
            for line in lines:
                print(f"    {board.name}: {line}")
