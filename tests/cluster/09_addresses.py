#!/usr/bin/env python3
"""Boards come back under other addresses, as with DHCP, and firewalls block gossip: who is there is found, who is not is Down."""
import sys
import time
sys.dont_write_bytecode = True

from lib.programs import STAYS
from lib.suite import Suite
from lib.waiting import Failed, expect, wait_for

suite = Suite(lambda lab: lab.form())
NAMES = ("m1", "m2", "m3", "w1", "w2")
HEALING_S = 60
next_number = iter(range(100, 250))


def statuses(lab):
    return {name: node["Status"] for name, node in lab.manager().nodes().items()}


def wait_status(lab, wanted, timeout):
    started = time.monotonic()

    def reached():
        seen = statuses(lab)
        wrong = {name: seen.get(name) for name in wanted if seen.get(name) != wanted[name]}
        if wrong:
            raise Failed(f"{wrong}, not {wanted}")
        return True
    wait_for("the nodes' states", reached, timeout)
    return time.monotonic() - started


def wait_whole(lab, timeout=HEALING_S):
    return wait_status(lab, {name: "Ready" for name in NAMES}, timeout)


def move(board):
    board.power_off()
    board.move_to(next(next_number))
    board.power_on()


@suite.test("three managers move one at a time, and are found after a power cut of all boards")
def one_at_a_time(lab):
    times = []
    for name in ("m1", "m2", "m3"):
        move(lab[name])
        times.append(wait_whole(lab))
    for name in NAMES:
        lab[name].power_off()
    for name in NAMES:
        lab[name].power_on()
    again = wait_whole(lab)
    return (f"whole again after {', '.join(f'{one:.1f}' for one in times)} s, "
            f"after the power cut {again:.1f} s")


@suite.test("all boards move while all are off")
def all_at_once(lab):
    leader = lab.leader()
    leader.es("service", "create", "--detach", "--name", "web", "--replicas", "4", *STAYS)
    leader.wait_running("web", 4)
    for name in NAMES:
        lab[name].power_off()
    for name in NAMES:
        lab[name].move_to(next(next_number))
        lab[name].power_on()
    took = wait_whole(lab)
    lab.manager().wait_running("web", 4)
    lab.manager().es("service", "rm", "web")
    return f"whole again after {took:.1f} s"


@suite.test("the leader moves while a worker is off: the worker is Down, and found when it is back")
def worker_off(lab):
    lab["w1"].power_off()
    move(lab.leader())
    down = wait_status(lab, {"w1": "Down", "w2": "Ready", "m1": "Ready", "m2": "Ready", "m3": "Ready"}, 30)
    lab["w1"].power_on()
    back = wait_whole(lab)
    return f"Down after {down:.1f} s, Ready {back:.1f} s after the power came back"


@suite.test("where UDP 7946 is blocked a node is Ready while it lives, says why it is doubted, and is Down soon after")
def gossip_blocked(lab):
    worker = lab["w2"]
    for protocol in ("udp", "tcp"):  # it says nothing by gossip; a rule needs no firewall in the kernel
        worker.machine.run("ip", "rule", "add", "pref", "10", "ipproto", protocol, "dport", "7946", "blackhole")
    wait_for("the doubt", lambda: "UDP port 7946" in lab.leader().es("node", "inspect", "--pretty", "w2"), 40)
    wait_status(lab, {"w2": "Ready"}, 5)
    worker.power_off()
    took = wait_status(lab, {"w2": "Down"}, 15)
    worker.power_on()
    wait_whole(lab)
    expect(took <= 13, "Down within 13 s", took)
    return f"Down after {took:.1f} s"


suite.run()
