#!/usr/bin/env python3
"""Two of three managers are lost for good: the third makes a new cluster of what it has."""
import sys
sys.dont_write_bytecode = True

from lib.programs import STAYS
from lib.suite import Suite
from lib.waiting import expect, wait_for

suite = Suite(lambda lab: lab.form())


@suite.test("init --force-new-cluster: the same swarm with one manager; services, tasks and workers go on")
def forced(lab):
    first = lab["m1"]
    first.es("service", "create", "--detach", "--name", "web", "--replicas", "5", *STAYS)
    first.wait_running("web", 5)
    swarm = first.get("/swarm")["ID"]
    token = first.es("join-token", "-q", "worker")
    ids = {name: node["ID"] for name, node in first.nodes().items()}
    for name in ("m2", "m3"):
        lab[name].power_off()
    shims = {name: lab[name].shims() for name in ("m1", "w1", "w2")}
    refused = wait_for("a refusal without quorum",
                       lambda: first.call("node", "ls").returncode != 0)
    expect(refused, "a refusal", refused)

    told = first.es("init", "--force-new-cluster")
    expect(ids["m1"] in told, "the node's own id", told)
    wait_for("m1 to lead alone",
             lambda: first.nodes()["m1"]["ManagerStatus"] == "Leader", 20)
    expect(first.get("/swarm")["ID"] == swarm, "the same swarm", first.get("/swarm")["ID"])
    nodes = first.nodes()
    expect({name: node["ID"] for name, node in nodes.items()} == ids, "the same nodes", nodes)
    expect([name for name in nodes if nodes[name]["ManagerStatus"]] == ["m1"], "one manager", nodes)
    first.wait_running("web", 5, timeout=30)
    for name, before in shims.items():
        expect(set(before) <= set(lab[name].shims()), f"the same containers on {name}",
               lab[name].shims())
    first.es("service", "create", "--detach", "--name", "after", *STAYS)
    first.wait_running("after", 1)
    # Authority and secrets are the same too: a token of before lets a board in.
    lab.board("w3").es("join", token)
    wait_for("w3 to be ready", lambda: first.nodes().get("w3", {}).get("Status") == "Ready")


@suite.test("a manager of before comes back as a worker, and may be promoted")
def comes_back(lab):
    first = lab["m1"]
    lab["m2"].power_on()
    wait_for("m2 to be a ready worker",
             lambda: first.nodes()["m2"]["Status"] == "Ready"
             and lab["m2"].get("/info")["Swarm"]["ControlAvailable"] is False, 30)
    first.es("node", "promote", "m2")
    wait_for("m2 to be a manager",
             lambda: first.nodes()["m2"]["ManagerStatus"] == "Reachable", 30)


@suite.test("a worker cannot force a new cluster, and the state survives a restart of the manager")
def refused(lab):
    told = lab["w1"].call("init", "--force-new-cluster")
    expect(told.returncode == 1 and "only a manager" in told.stderr, "one sentence", told.stderr)
    lab["m1"].kill_daemon()
    lab["m1"].start_daemon()
    wait_for("a leader", lambda: lab["m1"].call("node", "ls").returncode == 0, 20)
    expect("web" in lab["m1"].es("service", "ls"), "web", lab["m1"].es("service", "ls"))


suite.run()
