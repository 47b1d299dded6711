#!/usr/bin/env python3
"""A card is copied into a second board while the first one runs: the later one stays out, loudly, on both sides."""
import sys
import time
sys.dont_write_bytecode = True

from lib.copied_card import KEPT_OUT, STAYS_OUT, copy_card
from lib.programs import STAYS
from lib.suite import Suite
from lib.waiting import expect, wait_for

TOLD = "another board runs with a copy of this node's identity"

suite = Suite(lambda lab: lab.form())


def all_say_so(lab, copy, copy_start, original, original_start, others, other_starts):
    wait_for(f"{copy.name} to say that it stays out", lambda: STAYS_OUT in copy.log_tail(200, since=copy_start), 30)
    wait_for("a manager to say so",
             lambda: any(KEPT_OUT in board.log_tail(200, since=start) for board, start in zip(others, other_starts)), 10)
    wait_for("the original to be told", lambda: TOLD in original.log_tail(200, since=original_start), 20)
    expect("this one stays out" not in original.log_tail(200, since=original_start), "the original to stay", original.log_tail(9))


def start_copy(lab, original, name, observers):
    copy = copy_card(lab, original, name)
    sizes = copy.log_size(), original.log_size(), [board.log_size() for board in observers]
    copy.start_daemon()
    all_say_so(lab, copy, sizes[0], original, sizes[1], observers, sizes[2])
    return copy


@suite.test("a copied worker gets no task and says why; the original's tasks go on")
def worker(lab):
    manager, original = lab.leader(), lab["w1"]
    manager.es("service", "create", "--detach", "--name", "web", "--replicas", "5", *STAYS)
    manager.wait_running("web", 5)
    tasks = original.task_ids()
    placed = manager.placement("web")
    expect(tasks, "tasks on w1", placed)
    copy = start_copy(lab, original, "w1copy", [manager])
    expect("this one stays out" in copy.es("info", "--format", "json"), "the copy's `info` to say why",
           copy.es("info", "--format", "json"))
    lab.wait_ready([name for name in lab.boards if name != copy.name], 3)
    manager.es("service", "update", "--detach", "--replicas", "10", "web")
    manager.wait_running("web", 10)
    expect(not copy.task_ids(), "no task on the copy", copy.task_ids())
    expect(set(tasks) <= set(original.task_ids()), "the original's tasks to go on", (tasks, original.task_ids()))
    # A restart of each changes nothing.
    copy.kill_daemon()
    size = copy.log_size()
    copy.start_daemon()
    wait_for("the copy to say it again", lambda: STAYS_OUT in copy.log_tail(200, since=size), 30)
    began = time.monotonic()
    original.kill_daemon()
    original.start_daemon()
    wait_for("w1 to be ready", lambda: manager.nodes()["w1"]["Status"] == "Ready", 15)
    expect(not copy.task_ids(), "no task on the copy", copy.task_ids())
    manager.wait_running("web", 10)
    copy.es("leave", "--force")
    expect(manager.nodes()["w1"]["Status"] == "Ready", "the original to stay when the copy leaves", manager.nodes())
    lab.boards.pop(copy.name)
    copy.power_off()
    return f"restart of the original {time.monotonic() - began:.1f} s"


def cloned_manager(lab, original, name):
    others = [lab[one] for one in ("m1", "m2", "m3") if lab[one] is not original]
    copy = start_copy(lab, original, name, others)
    expect(not copy.task_ids(), "no task on the copy", copy.task_ids())
    answer = copy.call("service", "ls")
    expect(answer.returncode != 0 and "stays out" in answer.stderr + answer.stdout, "the copy to refuse", answer)
    lab.wait_ready([one for one in lab.boards if one != copy.name], 3)
    others[0].es("service", "create", "--detach", "--name", name, "--replicas", "3", *STAYS)
    others[0].wait_running(name, 3)
    # The original's vote counts as before.
    victim = next(one for one in others if one is not lab.leader()) if lab.leader() is original else others[1]
    victim.kill_daemon()
    wait_for("a write with the original's vote",
             lambda: original.call("service", "create", "--detach", "--name", name + "2", "--replicas", "0",
                                   *STAYS).returncode == 0, 30)
    victim.start_daemon()
    lab.wait_ready([one for one in lab.boards if one != copy.name], 3)
    original.es("service", "rm", name)
    lab.boards.pop(copy.name)
    copy.power_off()


@suite.test("a copied manager that follows stays out, and the original's vote counts")
def follower(lab):
    leader = lab.leader()
    cloned_manager(lab, next(lab[name] for name in ("m1", "m2", "m3") if lab[name] is not leader), "mcopy")


@suite.test("a copy of the leader stays out, and the leader leads on")
def leader(lab):
    cloned_manager(lab, lab.leader(), "leadcopy")


suite.run()
