#!/usr/bin/env python3
"""Boards become a cluster: by token alone, by a stale token, several daemons on one host."""
import sys
sys.dont_write_bytecode = True

from lib.namespaces import Machine
from lib.programs import STAYS
from lib.suite import Suite
from lib.waiting import Failed, expect, wait_for

suite = Suite()


def power_off_all(lab):
    for board in list(lab.boards.values()):
        board.power_off()
    lab.boards.clear()


@suite.test("a board alone answers before it belongs to a cluster")
def alone(lab):
    board = lab.board("m1")
    info = board.get("/info")
    expect(info["Swarm"]["LocalNodeState"] == "inactive", "LocalNodeState inactive", info["Swarm"])
    status, _ = board.request("GET", "/nodes")
    expect(status == 503, "503 from GET /nodes", str(status))


@suite.test("three managers and two workers by token alone")
def by_token(lab):
    for name in ("m2", "m3", "w1", "w2"):
        lab.board(name)
    lab.form()
    nodes = lab["m1"].nodes()
    expect(len(nodes) == 5, "five nodes", sorted(nodes))
    managers = sorted(name for name, node in nodes.items() if node["ManagerStatus"])
    expect(managers == ["m1", "m2", "m3"], "managers m1 m2 m3", managers)
    addresses = {node["Description"]["Hostname"]: node["Status"]["Addr"]
                 for node in lab["m1"].get("/nodes")}
    expect(addresses == {board.name: board.ip for board in lab.boards.values()},
           "each node's own address", addresses)


@suite.test("every manager tells the same story, a worker says that it is none")
def same_story(lab):
    stories = {name: sorted(lab[name].nodes()) for name in ("m1", "m2", "m3")}
    expect(len({tuple(story) for story in stories.values()}) == 1, "the same nodes on each manager",
           stories)
    refused = lab["w1"].call("node", "ls")
    expect(refused.returncode == 1, "exit code 1 on a worker", str(refused.returncode))
    expect(len(refused.stderr.strip().splitlines()) == 1 and "manager" in refused.stderr,
           "one line about managers", refused.stderr)


@suite.test("a board that belongs to a cluster does not join or found another")
def twice(lab):
    token = lab["m1"].es("join-token", "-q", "worker")
    for words in (["init"], ["join", token]):
        refused = lab["w1"].call(*words)
        expect(refused.returncode == 1 and "leave" in refused.stderr,
               f"`{words[0]}` refused with the way out", refused.stderr)
    expect(len(lab["m1"].nodes()) == 5, "still five nodes", sorted(lab["m1"].nodes()))


@suite.test("a worker leaves and joins again as another node")
def leave_and_join(lab):
    manager = lab["m1"]
    old = manager.nodes()["w2"]["ID"]
    lab["w2"].es("leave")
    wait_for("w2 to be down", lambda: manager.nodes()["w2"]["Status"] == "Down", 15)
    lab["w2"].es("join", manager.es("join-token", "-q", "worker"))
    manager.es("node", "rm", "--force", old)
    wait_for("a new w2",
             lambda: manager.nodes().get("w2", {}).get("Status") == "Ready"
             and manager.nodes()["w2"]["ID"] != old, 15)


@suite.test("the whole cluster loses power and is there again")
def blackout(lab):
    lab["m1"].es("service", "create", "--detach", "--name", "before", "--replicas", "3", *STAYS)
    lab["m1"].wait_running("before", 3)
    ids = {name: node["ID"] for name, node in lab["m1"].nodes().items()}
    for board in lab.boards.values():
        board.power_off()
    for board in lab.boards.values():
        board.power_on()
    lab.wait_ready(list(lab.boards), 3)
    seen = {name: node["ID"] for name, node in lab.manager().nodes().items()}
    expect(seen == ids, "the same nodes", seen)
    lab.leader().wait_running("before", 3)


@suite.test("a token with stale addresses finds the cluster on the LAN")
def stale_token(lab):
    power_off_all(lab)
    manager = lab.board("old")
    manager.es("init")
    token = manager.es("join-token", "-q", "worker")
    manager.power_off()
    manager.move_to(77)
    manager.power_on()
    wait_for("the manager that moved", lambda: manager.nodes()["old"]["Status"] == "Ready", 20)
    newcomer = lab.board("new")
    newcomer.es("join", token)
    wait_for("two ready nodes",
             lambda: [n["Status"] for n in manager.nodes().values()] == ["Ready", "Ready"], 20)
    fresh = manager.es("join-token", "-q", "worker")
    expect(fresh != token, "a token with the new address", fresh)


@suite.test("without a cluster on the LAN a stale token ends with one clear line")
def no_cluster(lab):
    token = lab["old"].es("join-token", "-q", "worker")
    lab["new"].es("leave")
    lab["old"].power_off()
    refused = lab["new"].call("join", token, timeout=60)
    expect(refused.returncode == 1, "exit code 1", str(refused.returncode))
    expect(len(refused.stderr.strip().splitlines()) == 1, "one line", refused.stderr)
    expect(lab["new"].get("/info")["Swarm"]["LocalNodeState"] != "active", "no membership",
           lab["new"].get("/info")["Swarm"])


@suite.test("several daemons on one host, each with folders and a network of its own")
def one_host(lab):
    power_off_all(lab)
    host = Machine("one-host")
    try:
        names = ["a", "b", "c"]
        for name in names:
            lab.board(name, host=host)
        lab.form(managers=names, workers=[])
        lab["a"].es("service", "create", "--detach", "--name", "all", "--mode", "global",
                    "--network", "none", *STAYS)
        lab["a"].wait_running("all", 3)
        expect(lab["a"].placement("all") == {"a": 1, "b": 1, "c": 1}, "one task on each",
               lab["a"].placement("all"))
        lab["b"].kill_daemon()
        lab["b"].start_daemon()
        lab.wait_ready(names, 3)
        lab["a"].wait_running("all", 3)
        # A container of one daemon is none of the others' business, though they share cgroups.
        lab["a"].es("service", "rm", "all")
        for name in names:
            board = lab[name]
            wait_for(f"no task left on {name}",
                     lambda board=board: not board.task_ids() and not board.mounts(), 20)
    finally:
        host.power_off()
        power_off_all(lab)


@suite.test("two daemons with one data folder: the second says so and ends")
def one_folder(lab):
    board = lab.board("solo")
    second = board.machine.run(lab.binary, "daemon", "--data-dir", board.data_dir, "--run-dir",
                               board.run_dir + "2", check=False,
                               timeout=20)
    expect(second.returncode == 1, "exit code 1", str(second.returncode))
    last = second.stderr.strip().splitlines()[-1]
    if board.data_dir not in last or "--data-dir" not in last:
        raise Failed(f"expected a line that names the folder and the flag, saw: {last}")
    expect(board.answers(), "the first daemon to go on", "no answer")


suite.run()
