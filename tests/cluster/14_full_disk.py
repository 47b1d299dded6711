#!/usr/bin/env python3
"""A manager's data disk fills up: it says so and stands back, and comes back when there is room."""
import os
import subprocess
import sys
sys.dont_write_bytecode = True

from lib.programs import STAYS
from lib.suite import Suite
from lib.waiting import Failed, expect, wait_for

MANAGERS = ("m1", "m2", "m3")
FULL = "no space left on the data disk"
PADDING = "PADDING=" + "x" * 60_000
mounts = []


def prepare(lab):
    """The managers' data folders are file systems of their own; images need 64 MiB that stay free."""
    for name in MANAGERS:
        folder = os.path.join(lab.folder, name, "data")
        os.makedirs(folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128m,mode=700", "tmpfs", folder], check=True)
        mounts.append(folder)
    lab.form(MANAGERS, ("w1",))


def fill(board):
    path = os.path.join(board.data_dir, "filler")
    with open(path, "wb", buffering=0) as filler:
        for size in (1 << 20, 4096):
            try:
                while True:
                    filler.write(bytes(size))
            except OSError:
                pass
    return path


def create(board, name):
    board.es("service", "create", "--detach", "--name", name, "--replicas", "0", "--env", PADDING, *STAYS)


def write_until_it_says(tag, writer, full, kept):
    """Services are created through one manager until the other says that its disk is full."""
    for number in range(200):
        name = f"{tag}-{number}"
        if writer.call("service", "create", "--detach", "--name", name, "--replicas", "0",
                       "--env", PADDING, *STAYS).returncode == 0:
            kept.append(name)
        answer = full.call("service", "ls")
        if FULL in answer.stderr:
            return
    raise Failed(f"{full.name} never said that its disk is full")


def all_there(board, kept):
    there = {row["Name"] for row in board.lines("service", "ls")}
    missing = [name for name in kept if name not in there]
    if missing:
        raise Failed(f"{board.name} lacks {missing}")
    return True


suite = Suite(prepare)


def fills_and_heals(lab, tag, full, writer):
    kept = []
    writer.es("service", "create", "--detach", "--name", f"web-{tag}", "--mode", "global", *STAYS)
    writer.wait_running(f"web-{tag}", 4)
    shims = sorted(full.shims())
    log_start = full.log_size()
    filler = fill(full)
    try:
        said_while_full(tag, full, writer, kept, log_start)
        expect(sorted(full.shims()) == shims, "the containers go on", full.shims())
    finally:
        os.remove(filler)
    wait_for(f"{full.name} to have all that was acknowledged", lambda: all_there(full, kept), 15)
    expect(sorted(full.shims()) == shims, "the containers still go on", full.shims())
    lab.wait_ready((*MANAGERS, "w1"), 3)
    create(full, f"after-{tag}")
    return f"{len(kept)} acknowledged services"


def said_while_full(tag, full, writer, kept, log_start):
    write_until_it_says(tag, writer, full, kept)
    expect(FULL in full.call("info").stdout, f"info on {full.name} says why", full.call("info").stdout)
    create(writer, f"while-{tag}")
    kept.append(f"while-{tag}")
    said = [line for line in full.log_tail(100, since=log_start).splitlines() if FULL in line]
    expect(len(said) == 1, "one line in the log", said)


@suite.test("the leader's disk is full: another leads, and it comes back by itself")
def leader_full(lab):
    leader = lab.leader()
    other = next(lab[name] for name in MANAGERS if lab[name] is not leader)
    return fills_and_heals(lab, "leader", leader, other)


@suite.test("a follower's disk is full: it acknowledges nothing, and comes back by itself")
def follower_full(lab):
    leader = lab.leader()
    other = next(lab[name] for name in MANAGERS if lab[name] is not leader)
    return fills_and_heals(lab, "follower", other, leader)


@suite.test("a board loses power while its disk is full: it starts, runs its tasks, says so, and goes on when there is room")
def power_lost_while_full(lab):
    leader = lab.leader()
    board = next(lab[name] for name in MANAGERS if lab[name] is not leader)
    leader.es("service", "create", "--detach", "--name", "stays", "--constraint", f"node.hostname=={board.name}", *STAYS)
    leader.wait_running("stays", 1)
    for number in range(20):
        create(leader, f"written-home-{number}")
    filler = fill(board)
    try:
        board.power_off()
        board.power_on()
        wait_for(f"info on {board.name} to say why", lambda: FULL in board.call("info").stdout, 15)
        wait_for(f"{board.name} to run its tasks", board.shims, 30)
        expect(FULL in board.call("info").stdout, "the disk to be full still", board.call("info").stdout)
    finally:
        os.remove(filler)
    wait_for("a write through it", lambda: board.call("node", "update", "--label-add", "room=yes", board.name).returncode == 0, 20)
    leader.wait_running("stays", 1)
    lab.wait_ready((*MANAGERS, "w1"), 3)


try:
    suite.run()
finally:
    for folder in mounts:
        subprocess.run(["umount", "-l", folder], check=False)
