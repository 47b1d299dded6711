#!/usr/bin/env python3
"""A manager's data disk fails, becomes read-only or stalls: it stands back and says why, and comes back when the disk works."""
import errno
import os
import shutil
import subprocess
import sys
import tempfile
import time
sys.dont_write_bytecode = True

from lib.programs import STAYS
from lib.suite import Suite
from lib.waiting import Failed, expect, wait_for

MANAGERS = ("m1", "m2", "m3")
WRAPPER = """#!/bin/sh
[ "$1" = daemon ] || exec {binary} "$@"
for word in "$@"; do
  [ "$last" = --data-dir ] && folder=$word
  last=$word
done
export FAULTY_DISK="$folder/store" FAULTY_DISK_ORDER="$folder/../disk-order" LD_PRELOAD={library}
exec {binary} "$@"
"""
workshop = tempfile.mkdtemp(prefix="edgeswarm-disk-")


def prepare(lab):
    """Every daemon runs with a C library whose writes and syncs fail on command."""
    library = os.path.join(workshop, "faulty_disk.so")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", "faulty_disk.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    wrapper = os.path.join(workshop, "edgeswarm")
    with open(wrapper, "w") as file:
        file.write(WRAPPER.format(binary=lab.binary, library=library))
    os.chmod(wrapper, 0o755)
    lab.binary = wrapper
    lab.form(MANAGERS, ("w1",))


def order(board, text):
    path = os.path.join(board.folder, "disk-order")
    if not text:
        return os.remove(path)
    with open(path + ".new", "w") as file:
        file.write(text)
    return os.rename(path + ".new", path)


def create(board, name):
    return board.call("service", "create", "--detach", "--name", name, "--replicas", "0", *STAYS).returncode == 0


def names(board):
    return {row["Name"] for row in board.lines("service", "ls")}


def role(lab, leads):
    leader = lab.leader()
    other = next(lab[name] for name in MANAGERS if lab[name] is not leader)
    return (leader, other) if leads else (other, leader)


def breaks_and_heals(lab, tag, text, reason, leads):
    bad, writer = role(lab, leads)
    shims, start = sorted(bad.shims()), bad.log_size()
    kept = []
    order(bad, text)
    try:
        began = time.monotonic()
        for number in range(100):
            name = f"{tag}-{number}"
            if create(writer, name):
                kept.append(name)
            if reason in bad.call("info").stdout:
                break
        else:
            raise Failed(f"{bad.name} never said what is wrong with its disk: {bad.log_tail(9)}")
        noticed = time.monotonic() - began
        refusal = bad.call("service", "ls")
        expect(refusal.returncode != 0 and "the data disk" in refusal.stderr, "a request to be refused with the reason", refusal)
        wait_for("a write while it is so", lambda: create(writer, f"while-{tag}"), 15)
        kept.append(f"while-{tag}")
        expect(sorted(bad.shims()) == shims, "its tasks to go on", bad.shims())
        said = [line for line in bad.log_tail(100, since=start).splitlines() if "stands back" in line]
        expect(len(said) == 1, "one line in the log", said)
    finally:
        order(bad, "")
    began = time.monotonic()
    wait_for(f"{bad.name} to have all that was acknowledged",
             lambda: bad.call("service", "ls").returncode == 0 and set(kept) <= names(bad), 15)
    healed = time.monotonic() - began
    lab.wait_ready((*MANAGERS, "w1"), 3)
    wait_for("a write through it", lambda: create(bad, f"after-{tag}"), 10)
    expect(sorted(bad.shims()) == shims, "its tasks to go on still", bad.shims())
    return f"said after {noticed:.1f} s, back after {healed:.1f} s, {len(kept)} acknowledged services"


suite = Suite(prepare)


@suite.test("a task on every board")
def tasks(lab):
    lab.leader().es("service", "create", "--detach", "--name", "web", "--mode", "global", *STAYS)
    lab.leader().wait_running("web", 4)


for what, text, reason in (("writes fail", f"write {errno.EIO}", "the data disk fails"),
                           ("syncs fail", f"sync {errno.EIO}", "the data disk fails"),
                           ("is read-only", f"write {errno.EROFS}", "the data disk")):
    for who, leads in (("a follower's", False), ("the leader's", True)):
        tag = f"{text.replace(' ', '-')}-{'leader' if leads else 'follower'}"
        suite.test(f"{who} disk: {what}")(
            lambda lab, tag=tag, text=text, reason=reason, leads=leads: breaks_and_heals(lab, tag, text, reason, leads))


@suite.test("a follower's syncs take 5 s each: nobody waits for it, and it catches up")
def stalls(lab):
    slow, writer = role(lab, False)
    order(slow, "slow 5000")
    kept = []
    try:
        longest = 0
        for number in range(10):
            began = time.monotonic()
            expect(create(writer, f"slow-{number}"), "a write", number)
            longest = max(longest, time.monotonic() - began)
            kept.append(f"slow-{number}")
        expect(longest < 2, "writes not to wait for the slow disk", longest)
    finally:
        order(slow, "")
    wait_for(f"{slow.name} to have all that was acknowledged",
             lambda: slow.call("service", "ls").returncode == 0 and set(kept) <= names(slow), 30)
    return f"the longest of 10 writes took {longest:.2f} s"


def started_with_a_task(lab, tag):
    board = lab["w1"]
    lab.leader().es("service", "create", "--detach", "--name", tag, "--constraint", "node.hostname==w1", *STAYS)
    lab.leader().wait_running(tag, 1)
    return board, sorted(board.shims())


@suite.test("a board's disk is read-only when its daemon starts: it says so, and starts when the disk can be written")
def read_only_start(lab):
    board, shims = started_with_a_task(lab, "waits")
    board.kill_daemon()
    board.machine.run("mount", "--bind", board.data_dir, board.data_dir)
    board.machine.run("mount", "-o", "remount,bind,ro", board.data_dir)
    start = board.log_size()
    board.start_daemon(wait=False)
    wait_for("a line that says why", lambda: "read-only" in board.log_tail(9, since=start), 10)
    expect(sorted(board.shims()) == shims, "the containers go on", board.shims())
    board.machine.run("mount", "-o", "remount,bind,rw", board.data_dir)
    wait_for("the API of w1", board.answers, 15)
    lab.wait_ready((*MANAGERS, "w1"), 3)


@suite.test("a member's store is gone: its daemon says so and ends, and the containers go on")
def store_gone(lab):
    board, shims = started_with_a_task(lab, "goes-on")
    path = os.path.join(board.data_dir, "store")
    board.kill_daemon()
    os.rename(path, path + ".away")
    start = board.log_size()
    try:
        board.start_daemon(wait=False)
    except Failed:
        pass
    wait_for("the daemon to end", lambda: not board.is_running, 10)
    expect("is gone" in board.log_tail(9, since=start), "a line that says why", board.log_tail(9, since=start))
    expect(sorted(board.shims()) == shims, "the containers go on", board.shims())
    os.rename(path + ".away", path)
    board.start_daemon()
    lab.wait_ready((*MANAGERS, "w1"), 3)


@suite.test("a store's write-ahead log is gone: its board is a member all the same, and runs what it should")
def log_gone(lab):
    board, _ = started_with_a_task(lab, "runs-again")
    board.kill_daemon()
    os.remove(os.path.join(board.data_dir, "store", "edge.db-wal"))
    board.start_daemon()
    lab.wait_ready((*MANAGERS, "w1"), 3)
    lab.leader().wait_running("runs-again", 1)


try:
    suite.run()
finally:
    shutil.rmtree(workshop, ignore_errors=True)
