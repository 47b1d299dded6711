#!/usr/bin/env python3
"""A bit flips on a manager's data disk: it says so, heals from its peers, and counts again."""
import os
import sqlite3
import sys
sys.dont_write_bytecode = True

from lib.programs import STAYS
from lib.suite import Suite
from lib.waiting import Failed, expect, wait_for

MANAGERS = ("m1", "m2", "m3")
suite = Suite(lambda lab: lab.form(MANAGERS, ()))


def flip_a_bit(board):
    """In the middle of a log entry that is not the last one; the board's daemon is down."""
    path = os.path.join(board.data_dir, "store", "edge.db")
    with sqlite3.connect(path) as database:
        index, data = database.execute(
            "SELECT idx, data FROM log WHERE length(data) < 2000 ORDER BY idx DESC LIMIT 1 OFFSET 2").fetchone()
    database.close()
    with open(path, "r+b") as file:
        at = file.read().find(data)
        expect(at >= 0, "the entry's bytes in the file", at)
        file.seek(at + len(data) // 2)
        byte = file.read(1)[0]
        file.seek(at + len(data) // 2)
        file.write(bytes([byte ^ 4]))
    return index


def create(board, name):
    board.es("service", "create", "--detach", "--name", name, "--replicas", "0", *STAYS)


def all_there(board, names):
    there = {row["Name"] for row in board.lines("service", "ls")}
    if not names <= there:
        raise Failed(f"{board.name} lacks {names - there}")
    return True


@suite.test("a flipped bit in a follower's log: it says so, heals from its peers and is a voter again")
def flipped_bit(lab):
    leader = lab.leader()
    rotten, other = (lab[name] for name in MANAGERS if lab[name] is not leader)
    names = {f"s{number}" for number in range(6)}
    for name in sorted(names):
        create(leader, name)
    wait_for("the follower to have all", lambda: all_there(rotten, names), 10)
    rotten.stop_daemon()
    index = flip_a_bit(rotten)
    start = rotten.log_size()
    rotten.start_daemon()
    wait_for("the rotten manager to have all", lambda: all_there(rotten, names), 15)
    said = [line for line in rotten.log_tail(100, since=start).splitlines() if "rot on the data disk" in line]
    expect(len(said) == 1, "one line about the rot", said)
    expect(os.path.exists(os.path.join(rotten.data_dir, "store", "rot")), "the evidence is kept", None)
    # Without its vote nothing could be written now.
    other.kill_daemon()
    create(leader, "with-its-vote")
    other.start_daemon()
    wait_for("all managers", lambda: all_there(other, names | {"with-its-vote"}), 20)
    lab.wait_ready(MANAGERS, 3)
    # Whole again: the next start says nothing.
    rotten.stop_daemon()
    start = rotten.log_size()
    rotten.start_daemon()
    wait_for("the healed manager", lambda: all_there(rotten, names | {"with-its-vote"}), 15)
    expect("rot on" not in rotten.log_tail(100, since=start), "nothing about rot any more", rotten.log_tail(9, since=start))
    return f"entry {index}"


@suite.test("a single manager with rot does not start, and says why")
def alone(lab):
    board = lab.board("m9")
    board.es("init")
    for number in range(6):
        create(board, f"s{number}")
    board.stop_daemon()
    flip_a_bit(board)
    start = board.log_size()
    board.start_daemon(wait=False)
    wait_for("the daemon to give up", lambda: not board.is_running, 10)
    expect("no other manager" in board.log_tail(9, since=start), "one clear sentence", board.log_tail(9, since=start))


suite.run()
