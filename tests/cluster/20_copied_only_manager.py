#!/usr/bin/env python3
"""The card of a swarm's only manager in a second board: the later one stays out, and the workers' tasks go on."""
import sys
import time
sys.dont_write_bytecode = True

from lib.copied_card import STAYS_OUT, copy_card
from lib.programs import STAYS
from lib.suite import Suite
from lib.waiting import expect, wait_for

TOLD = "another board runs with a copy of this node's identity"
MEMBERS = ("m1", "w1", "w2")

suite = Suite(lambda lab: lab.form(managers=("m1",), workers=("w1", "w2")))


def wait_stays_out(copy, original):
    """Starts the copy; how long it took until both boards had said what is wrong."""
    sizes = copy.log_size(), original.log_size()
    began = time.monotonic()
    copy.start_daemon()
    wait_for("the copy to say that it stays out", lambda: STAYS_OUT in copy.log_tail(200, since=sizes[0]), 20)
    wait_for("the original to say so", lambda: TOLD in original.log_tail(200, since=sizes[1]), 10)
    return time.monotonic() - began


@suite.test("a copy of the only manager stays out, says why, and changes nothing that runs")
def copied(lab):
    original = lab["m1"]
    original.es("service", "create", "--detach", "--name", "old", "--replicas", "3", *STAYS)
    original.wait_running("old", 3)
    copy = copy_card(lab, original, "m1copy")
    # What the copy's card does not know: as its leader it would end these tasks.
    original.es("service", "create", "--detach", "--name", "new", "--replicas", "4", *STAYS)
    original.wait_running("new", 4)
    tasks = {name: lab[name].task_ids() for name in MEMBERS}
    took = wait_stays_out(copy, original)
    expect("this one stays out" not in original.log_tail(200), "the original to stay", original.log_tail(9))
    answer = copy.call("service", "ls")
    expect(answer.returncode != 0 and "stays out" in answer.stderr + answer.stdout, "the copy to refuse", answer)
    lab.wait_ready(MEMBERS, 1)
    expect({name: lab[name].task_ids() for name in MEMBERS} == tasks, "the tasks to go on", (tasks, original.placement("new")))
    # A restart of the original, and then of the copy, changes nothing.
    original.kill_daemon()
    original.start_daemon()
    lab.wait_ready(MEMBERS, 1)
    copy.kill_daemon()
    again = wait_stays_out(copy, original)
    expect({name: lab[name].task_ids() for name in MEMBERS} == tasks, "the tasks to go on", (tasks, original.placement("new")))
    original.es("service", "update", "--detach", "--replicas", "6", "new")
    original.wait_running("new", 6)
    expect(not copy.task_ids(), "no task on the copy", copy.task_ids())
    lab.boards.pop(copy.name)
    copy.power_off()
    return f"noticed after {took:.1f} and {again:.1f} s"


@suite.test("both cards are put in after the swarm was off: the board that starts later stays out")
def cold(lab):
    original = lab["m1"]
    copy = copy_card(lab, original, "m1twin")
    original.kill_daemon()
    original.start_daemon()
    lab.wait_ready(MEMBERS, 1)
    took = wait_stays_out(copy, original)
    original.es("service", "create", "--detach", "--name", "after", "--replicas", "2", *STAYS)
    original.wait_running("after", 2)
    lab.boards.pop(copy.name)
    copy.power_off()
    return f"noticed after {took:.1f} s"


suite.run()
