#!/usr/bin/env python3
"""A cut network with a copied card in its other half: two majorities, both write; healed, the swarm is one again."""
import itertools
import shutil
import sys
import time
sys.dont_write_bytecode = True

from lib.copied_card import KEPT_OUT, STAYS_OUT, copy_card
from lib.programs import STAYS
from lib.suite import Suite
from lib.waiting import Failed, expect, wait_for

DROPPED = "They are dropped and taken from the leader"
MEMBERS = ("m1", "m2", "m3", "w1", "w2")


def fresh_swarm(lab):
    """No test begins with what a copied card did in the one before."""
    for board in lab.boards.values():
        board.power_off()
        shutil.rmtree(board.folder)
    lab.boards.clear()
    lab.form()


suite = Suite(before_each=fresh_swarm)


def move_cables(lab, boards, switch):
    for board in boards:
        lab.lan.machine.run("ip", "link", "set", board.port, "master", switch)


def make_lead(lab, names):
    while (leader := lab.leader()).name not in names:
        leader.kill_daemon()
        lab.leader()
        leader.start_daemon()
        lab.wait_ready(MEMBERS, 3)


def write(board, prefix, timeout=30):
    """The name of a service whose creation was acknowledged. A try that failed may be done later, in either half: each has a name of its own."""
    tries = itertools.count(1)

    def acknowledged():
        name = f"{prefix}-{next(tries)}"
        done = board.call("service", "create", "--detach", "--name", name, "--replicas", "0", *STAYS)
        if done.returncode != 0:
            raise Failed(done.stderr.strip())
        return name
    return wait_for(f"a write through {board.name}", acknowledged, timeout)


def services(board):
    return {service["Name"] for service in board.lines("service", "ls")}


def agreed(boards):
    """What all of them list."""
    def same():
        lists = {board.name: services(board) for board in boards}
        first = next(iter(lists.values()))
        if any(names != first for names in lists.values()):
            raise Failed(str({name: sorted(names) for name, names in lists.items()}))
        return first
    return wait_for("the same services on " + ", ".join(board.name for board in boards), same, 60)


def one_is_out(pair, said):
    """Which of two boards with one identity stays out."""
    def found():
        return [board for board in pair if STAYS_OUT in said(board)]
    wait_for("one of the two boards to stay out", found, 60)
    expect(len(found()) == 1, "the other to stay in", [board.name for board in found()])
    return found()[0]


def split_and_heal(lab, where, leading):
    make_lead(lab, leading)
    old_leader = lab.leader()
    before = {write(lab[name], f"{where}-before-{name}") for name in ("m1", "m2", "m3")}
    copy = copy_card(lab, lab["m2"], "m2copy")
    halves = [lab["m1"], lab["m2"]], [lab["m3"], copy]
    sizes = {board: board.log_size() for board in lab.boards.values()}

    def said(board):
        return board.log_tail(1_000, since=sizes[board])

    lab.lan.machine.run("sh", "-c", "ip link add br1 type bridge && ip link set br1 up")
    try:
        move_cables(lab, [*halves[1], lab["w2"]], "br1")
        copy.start_daemon()
        for board in (*halves[0], *halves[1]):
            # A read is answered under a leader of this half, so no write goes to one of the other half first, and arrives there at last.
            wait_for(f"a leader of {board.name}'s half", lambda board=board: services(board), 30)
        written = [{write(board, f"{where}-{half}-{board.name}") for board in boards}
                   for half, boards in zip(("original", "copy"), halves)]
        for own, others, boards in zip(written, written[::-1], halves):
            listed = agreed(boards)
            expect(before | own <= listed and not others & listed, "each half to go on alone", sorted(listed))
    finally:
        move_cables(lab, [*halves[1], lab["w2"]], "br0")
        lab.lan.machine.run("ip", "link", "del", "br1")
    healed = time.monotonic()

    out = one_is_out((lab["m2"], copy), said)
    out_after = time.monotonic() - healed
    expect(out is copy, "the later board to stay out", said(out))
    inside = [board for half in halves for board in half if board is not out]
    wait_for("a manager to say so", lambda: any(KEPT_OUT in said(board) for board in inside), 10)
    listed = agreed(inside)
    one_after = time.monotonic() - healed
    expect(before <= listed, "what was there before the cut", sorted(listed))
    kept = [half for half, own, others in zip(halves, written, written[::-1]) if own <= listed and not others & listed]
    expect(kept, "all that one half wrote, and nothing of the other's", sorted(listed))
    # The swarm works: each manager writes, and the healed ones vote.
    for board in inside:
        write(board, f"{where}-healed-{board.name}")
    answer = out.call("service", "ls")
    expect(answer.returncode != 0 and "stays out" in answer.stderr + answer.stdout, "the board to refuse", answer)
    killed = wait_for("a leader", lambda: next((board for board in inside if board is lab.leader()), None))
    killed.kill_daemon()
    began = time.monotonic()
    write(next(board for board in inside if board is not killed), f"{where}-without-{killed.name}", 30)
    voted_after = time.monotonic() - began
    killed.start_daemon()
    lab.wait_ready([board.name for board in (*inside, lab["w1"], lab["w2"])], 3)
    after = agreed(inside)
    expect(listed <= after, "nothing to be lost", sorted(listed - after))
    expect(one_is_out((lab["m2"], copy), said) is out, "the same board to stay out", said(out))

    dropped = [board.name for board in inside if DROPPED in said(board)]
    return (f"{old_leader.name} led, {'+'.join(board.name for board in kept[0])} kept, {'+'.join(dropped) or 'nobody'} dropped, "
            f"{out.name} out after {out_after:.1f} s, one after {one_after:.1f} s, a vote {voted_after:.1f} s")


@suite.test("the half without the copy keeps the leader: one swarm again, with the services of one half")
def leader_beside_original(lab):
    return split_and_heal(lab, "first", ("m1", "m2"))


@suite.test("the half with the copy keeps the leader: one swarm again, with the services of one half")
def leader_beside_copy(lab):
    return split_and_heal(lab, "second", ("m3",))


suite.run()
