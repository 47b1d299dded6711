#!/usr/bin/env python3
"""Certificates outlive what they say: a removed or demoted manager gives no orders, and strangers keep nobody out."""
import os
import shutil
import subprocess
import sys
import time
sys.dont_write_bytecode = True

from lib.programs import STAYS
from lib.suite import Suite
from lib.waiting import expect, wait_for

IMPOSTOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", "impostor.py")

suite = Suite(lambda lab: lab.form())


def say_all(lab, identity, board, node_id):
    """Everything that a manager may say, with that certificate, to a board's control port."""
    number = int(node_id, 36).to_bytes(16, "big").hex()
    done = lab.lan.machine.run(sys.executable, IMPOSTOR, board.ip, identity, number, lab["m3"].ip,
                               timeout=60, check=False)
    expect(done.returncode == 0, "the impostor to say all that it has to say", done.stderr[-500:])


def unmoved(lab, identity, node_id, targets):
    before = {board.name: (board.pid, board.task_ids()) for board in targets}
    for board in targets:
        say_all(lab, identity, board, node_id)
    time.sleep(1)  # long enough for a task to start: there is nothing to wait for
    for board in targets:
        expect(board.is_running and board.answers(), f"{board.name} to be up", board.log_tail(5))
        expect("LocalNodeState\": \"active" in board.es("info", "--format", "json").replace("\":\"", "\": \""),
               f"{board.name} to be a member still", board.log_tail(5))
        expect((board.pid, board.task_ids()) == before[board.name], f"no task by the impostor on {board.name}",
               board.task_ids())


@suite.test("a demoted, then removed manager: its certificate commands nobody, also after restarts")
def removed_manager(lab):
    manager, gone = lab["m1"], lab["m3"]
    node_id = manager.nodes()["m3"]["ID"]
    identity = os.path.join(lab.folder, "m3.pem")
    shutil.copy2(os.path.join(gone.data_dir, "node.pem"), identity)  # says manager
    targets = [lab["w1"], lab["w2"], lab["m1"], lab["m2"]]
    manager.es("node", "demote", "m3")
    wait_for("m3 to be a worker", lambda: not manager.nodes()["m3"]["ManagerStatus"], 20)
    unmoved(lab, identity, node_id, targets)
    gone.power_off()
    wait_for("m3 to be down", lambda: manager.nodes()["m3"]["Status"] == "Down", 20)
    manager.es("node", "rm", "--force", "m3")
    unmoved(lab, identity, node_id, targets)
    lab["w1"].kill_daemon()
    lab["w1"].start_daemon()
    unmoved(lab, identity, node_id, [lab["w1"]])
    manager.es("service", "create", "--detach", "--name", "web", "--replicas", "5", *STAYS)
    manager.wait_running("web", 5)
    manager.es("service", "rm", "web")
    wait_for("no task on w1", lambda: not lab["w1"].task_ids(), 20)


def peak_growth(board, action):
    """What the action costs at its worst, in MB of the daemon's memory."""
    def resident(name):
        with open(f"/proc/{board.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1024
    with open(f"/proc/{board.pid}/clear_refs", "w") as forget:
        forget.write("5")  # the peak begins here
    before = resident("VmRSS")
    action()
    return resident("VmHWM") - before


@suite.test("messages of a million small parts cost little memory, whoever sends them")
def heaps(lab):
    manager = lab["m1"]
    machine = lab.lan.machine
    stranger = peak_growth(manager, lambda: machine.run(sys.executable, IMPOSTOR, "heaps", manager.ip, "64000", timeout=300))
    identity = os.path.join(lab.folder, "w2.pem")
    shutil.copy2(os.path.join(lab["w2"].data_dir, "node.pem"), identity)
    member = peak_growth(manager, lambda: machine.run(sys.executable, IMPOSTOR, "heaps", manager.ip, "3500000", identity, timeout=300))
    expect(manager.answers(), "m1 to answer", manager.log_tail(5))
    lab.wait_ready([name for name in lab.boards if name != "m3"], 2)
    expect(stranger < 4 and member < 32, "small peaks", (stranger, member))
    return f"a stranger {stranger:.1f} MB, a worker {member:.1f} MB"


@suite.test("a stranger that holds all the connections it can get keeps no board from joining")
def crowd(lab):
    manager = lab["m1"]
    token = manager.es("join-token", "-q", "worker")
    process = lab.lan.machine.start(sys.executable, IMPOSTOR, "crowd", manager.ip, "100", "40",
                                    output=subprocess.DEVNULL)
    try:
        time.sleep(2)  # the crowd gathers
        times = []
        for number in range(3):
            board = lab.board(f"late{number}")
            began = time.monotonic()
            board.es("join", token, manager.ip)
            times.append(time.monotonic() - began)
    finally:
        process.kill()
        process.wait()
    wait_for("the new boards to be ready",
             lambda: all(manager.nodes().get(f"late{n}", {}).get("Status") == "Ready" for n in range(3)), 20)
    expect(max(times) < 10, "joins within 10 s", times)
    return f"joined in {', '.join(f'{one:.2f}' for one in times)} s"


if __name__ == "__main__":
    suite.run()
