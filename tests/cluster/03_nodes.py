#!/usr/bin/env python3
"""Nodes change their role, leave and are removed, while services run."""
import sys
sys.dont_write_bytecode = True

from lib.programs import STAYS
from lib.suite import Suite
from lib.tidy import tidy
from lib.waiting import expect, wait_for

suite = Suite(lambda lab: lab.form(), before_each=tidy)


def manager_states(board):
    return sorted(node["ManagerStatus"] for node in board.nodes().values() if node["ManagerStatus"])


@suite.test("a worker is promoted and answers as a manager")
def promote(lab):
    lab["m1"].es("node", "promote", "w1")
    wait_for("w1 to be a manager", lambda: lab["m1"].nodes()["w1"]["ManagerStatus"] == "Reachable",
             20)
    wait_for("w1 to answer as one", lambda: lab["w1"].call("node", "ls").returncode == 0, 20)
    lab["w1"].es("service", "create", "--detach", "--name", "byw1", *STAYS)
    lab["w1"].wait_running("byw1", 1)


@suite.test("a manager is demoted, keeps its tasks and refuses as a worker")
def demote(lab):
    lab["m1"].es("service", "create", "--detach", "--name", "all", "--mode", "global", *STAYS)
    before = {task["ID"] for task in lab["m1"].wait_running("all", 5)}
    lab["m1"].es("node", "demote", "w1")
    wait_for("w1 to be a worker", lambda: lab["m1"].nodes()["w1"]["ManagerStatus"] == "", 20)
    wait_for("w1 to say so", lambda: lab["w1"].call("node", "ls").returncode == 1, 20)
    expect(lab["m1"].nodes()["w1"]["Status"] == "Ready", "w1 ready", lab["m1"].nodes()["w1"])
    expect({task["ID"] for task in lab["m1"].wait_running("all", 5)} == before, "the same tasks",
           "others")


@suite.test("the leader is demoted: another leads, and it can be promoted again")
def demote_leader(lab):
    leader = lab.leader()
    other = next(lab[name] for name in ("m1", "m2", "m3") if lab[name] is not leader)
    other.es("node", "demote", leader.name)
    wait_for("the demoted leader to be a worker",
             lambda: other.nodes()[leader.name]["ManagerStatus"] == "", 20)
    wait_for("a leader among the others", lambda: manager_states(other) == ["Leader", "Reachable"],
             20)
    other.es("node", "promote", leader.name)
    wait_for("three managers again",
             lambda: manager_states(other) == ["Leader", "Reachable", "Reachable"], 20)


@suite.test("node rm is refused for a ready node and for managers, in one line each")
def rm_refused(lab):
    for name in ("w2", "m1", "m2", "m3"):
        refused = lab["m1"].call("node", "rm", name)
        expect(refused.returncode == 1 and len(refused.stderr.strip().splitlines()) == 1,
               f"{name} is not removed, in one line",
               f"exit {refused.returncode}, {refused.stderr}")
    expect(len(lab["m1"].nodes()) == 5, "five nodes", sorted(lab["m1"].nodes()))


@suite.test("a node removed by force is out at once: its tasks end and run elsewhere")
def rm_force(lab):
    manager = lab["m1"]
    manager.es("service", "create", "--detach", "--name", "five", "--replicas", "5", *STAYS)
    manager.wait_running("five", 5)
    manager.es("node", "rm", "--force", "w2")
    expect("w2" not in manager.nodes(), "no w2 in node ls", sorted(manager.nodes()))
    manager.wait_running("five", 5)
    wait_for("w2 to know",
             lambda: lab["w2"].get("/info")["Swarm"]["LocalNodeState"] in ("inactive", "error"), 20)
    wait_for("w2 to run nothing", lambda: not lab["w2"].shims(), 20)


@suite.test("a removed node joins again as a new one")
def rm_rejoin(lab):
    manager = lab["m1"]
    if lab["w2"].get("/info")["Swarm"]["LocalNodeState"] == "error":
        lab["w2"].es("leave", "--force")
    lab["w2"].es("join", manager.es("join-token", "-q", "worker"))
    wait_for("w2 to be ready", lambda: manager.nodes().get("w2", {}).get("Status") == "Ready", 20)


@suite.test("a node that was removed while it was off is not let in again")
def rm_while_off(lab):
    manager = lab.leader()  # whose word about "down" counts
    lab["w2"].power_off()
    wait_for("w2 to be down", lambda: manager.nodes()["w2"]["Status"] == "Down", 20)
    manager.es("node", "rm", "w2")
    lab["w2"].power_on()
    wait_for("w2 to know",
             lambda: lab["w2"].get("/info")["Swarm"]["LocalNodeState"] in ("inactive", "error"), 30)
    expect("w2" not in manager.nodes(), "no w2 in node ls", sorted(manager.nodes()))


@suite.test("the last manager can neither leave nor be demoted without force")
def last_manager(lab):
    manager = lab["m1"]
    for name in ("m2", "m3"):
        manager.es("node", "demote", name)
        wait_for(f"{name} to be a worker",
                 lambda name=name: manager.nodes()[name]["ManagerStatus"] == "", 30)
    for words in (["node", "demote", "m1"], ["leave"]):
        refused = manager.call(*words)
        expect(refused.returncode == 1, f"`{' '.join(words)}` refused",
               f"exit {refused.returncode}: {refused.stdout}")
    expect(manager_states(manager) == ["Leader"], "m1 leads", manager_states(manager))
    manager.es("leave", "--force")
    expect(manager.get("/info")["Swarm"]["LocalNodeState"] == "inactive", "inactive",
           manager.get("/info")["Swarm"])


suite.run()
