#!/usr/bin/env python3
"""Inputs of hundreds of thousands of small parts: the daemon answers others meanwhile, and keeps its memory."""
import sys
import threading
import time
sys.dont_write_bytecode = True

from lib import archives
from lib.suite import Suite
from lib.waiting import expect

# The daemon's loop serves heartbeats too: a leader that stops for the half second of an election is replaced.
LONGEST_PAUSE_S = 1.0
MOST_MEMORY_MB = 120

suite = Suite(lambda lab: lab.form(managers=["m1"], workers=[]))


def labels(count):
    return {f"l{number:06}": "" for number in range(count)}


class Pings:
    """The longest time that a ping took while the block ran, and the most memory that was seen."""

    def __init__(self, board):
        self._board, self.longest_s, self.most_mb, self._over = board, 0.0, 0.0, threading.Event()

    def __enter__(self):
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _run(self):
        while not self._over.is_set():
            began = time.monotonic()
            if not self._board.answers():
                self.longest_s = 99.0
            self.longest_s = max(self.longest_s, time.monotonic() - began)
            with open(f"/proc/{self._board.pid}/status") as file:
                rss = next(line for line in file if line.startswith("VmRSS"))
            self.most_mb = max(self.most_mb, int(rss.split()[1]) / 1024)
            self._over.wait(0.02)


def unhurt(pings, what):
    print(f"     {what}: the longest ping took {pings.longest_s:.2f} s, at most {pings.most_mb:.0f} MB")
    expect(pings.longest_s < LONGEST_PAUSE_S, f"{what}: pings under {LONGEST_PAUSE_S} s",
           f"{pings.longest_s:.2f} s")
    expect(pings.most_mb < MOST_MEMORY_MB, f"{what}: under {MOST_MEMORY_MB} MB", f"{pings.most_mb:.0f} MB")


def many(lab, count, place):
    board = lab["m1"]
    spec = {"Name": f"many{count}", "TaskTemplate": {"ContainerSpec": {"Image": "busybox"}},
            "Mode": {"Replicated": {"Replicas": 0}}}
    place(spec, count)
    with Pings(board) as pings:
        status, answer = board.request("POST", "/services/create", spec, timeout=60)
    unhurt(pings, f"{count} of them ({status})")
    expect(status in (400, 413) and "message" in answer, "a refusal with a sentence",
           f"{status} {str(answer)[:200]}")


@suite.test("a service of 160,000 and of 300,000 labels")
def service_labels(lab):
    for count in (160_000, 300_000):
        many(lab, count, lambda spec, n: spec.update(Labels=labels(n)))


@suite.test("a service of 160,000 variables, mounts and constraints")
def service_lists(lab):
    def container(name, make):
        return lambda spec, n: spec["TaskTemplate"]["ContainerSpec"].update({name: [make(i) for i in range(n)]})
    many(lab, 160_000, container("Env", lambda i: f"V{i}=1"))
    many(lab, 40_000, container("Mounts", lambda i: {"Type": "tmpfs", "Target": f"/m{i}"}))
    many(lab, 80_000, lambda spec, n: spec["TaskTemplate"].update(
        Placement={"Constraints": [f"node.labels.l{i}==x" for i in range(n)]}))


def load(lab, count):
    path = f"{lab.folder}/labels.tar"
    with open(path, "wb") as file:
        file.write(archives.archive_of(archives.tar_of([]), labels=labels(count)))
    with Pings(lab["m1"]) as pings:
        done = lab["m1"].call("image", "load", "-i", path)
    unhurt(pings, f"an image of {count} labels (exit {done.returncode})")
    return done


@suite.test("an image with too many labels, one with 4,000, and a restart after it")
def image_labels(lab):
    for count in (60_000, 280_000):
        done = load(lab, count)
        expect(done.returncode == 1 and len(done.stderr.splitlines()) == 1, f"{count} to be refused in a line",
               done.stderr[-200:])
    done = load(lab, 4_000)
    expect(done.returncode == 0, "4,000 labels to be taken", done.stderr[-200:])
    board = lab["m1"]
    board.stop_daemon()
    began = time.monotonic()
    board.start_daemon()
    expect(time.monotonic() - began < 5, "a restart within 5 s", f"{time.monotonic() - began:.1f} s")


suite.run()
