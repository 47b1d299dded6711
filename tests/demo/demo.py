#!/usr/bin/env python3
"""The demo itself; demo.sh builds what it needs and starts it."""
import json
import os
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cluster")]
sys.dont_write_bytecode = True

from lib.lab import Lab, missing  # noqa: E402
from lib.leftovers import identity, owner_of, remove_lab  # noqa: E402
from lib.waiting import Failed, wait_for  # noqa: E402
from screen import Step, bold, dim, rule, say  # noqa: E402

FOLDER = "/tmp/edgeswarm-demo"
STATE = os.path.join(FOLDER, "demo.json")
MANAGERS = ["pi-1", "pi-2", "pi-3"]
WORKERS = ["pi-4", "pi-5"]
NODE_TABLE = r"table {{.Hostname}}\t{{.Status}}\t{{.Availability}}\t{{.ManagerStatus}}"
# Process 1 ignores SIGTERM unless it says what to do; then each stop takes the grace period.
PROGRAM = "trap exit TERM; echo I run on $(hostname); sleep 1d & wait"
TASK_TABLE = r"table {{.Name}}\t{{.Node}}\t{{.DesiredState}}\t{{.CurrentState}}"


def ask(step, board, *words, hide=()):
    """Runs a command on a board and shows its answer. `hide`: words that only shape the table."""
    step.command(board, *words, *(["--format", "…"] if hide else []))
    answer = board.es(*words, *hide)
    step.show(answer)
    return answer


def show_nodes(step, board):
    ask(step, board, "node", "ls", hide=("--format", NODE_TABLE))


def show_tasks(step, board):
    ask(step, board, "service", "ps", "web",
        hide=("--filter", "desired-state=running", "--format", TASK_TABLE))


def make_boards(lab):
    with Step("Five boards on one switch, each with a daemon that belongs to nobody") as step:
        for name in MANAGERS + WORKERS:
            board = lab.board(name)
            step.note(f"{name}  {board.ip}   edgeswarm daemon   process {board.pid}")


def form(lab):
    first = lab["pi-1"]
    with Step("One command on the first board") as step:
        ask(step, first, "init")
    tokens = {role: first.es("join-token", "-q", role) for role in ("manager", "worker")}
    with Step("One command on each other board: the token is all it needs") as step:
        for name in MANAGERS[1:] + WORKERS:
            token = tokens["manager" if name in MANAGERS else "worker"]
            step.command(lab[name], "join", token)
            lab[name].es("join", token)
        lab.wait_ready(MANAGERS + WORKERS, len(MANAGERS))
        show_nodes(step, first)


def load_images(lab):
    archive = lab.image()
    with Step("A real image on each board: Debian's busybox as an OCI archive") as step:
        step.command(lab["pi-1"], "image", "load", "-i", "busybox.tar", "  (and on the others)")
        lab.load_everywhere(archive)
        ask(step, lab["pi-5"], "image", "ls")


def create(lab):
    manager = lab["pi-1"]
    with Step("Six tasks, each sure of 64 MiB and a tenth of a processor") as step:
        words = ["service", "create", "--name", "web", "--replicas", "6", "--reserve-memory", "64m",
                 "--reserve-cpu", "0.1"]
        program = ["busybox", "sh", "-c", PROGRAM]
        step.command(manager, *words[:6], "\\")
        step.note("          " + " ".join(words[6:]) + " \\")
        step.note("          busybox sh -c 'trap exit TERM; echo I run on $(hostname); …'")
        started = time.monotonic()
        manager.es(*words, "--detach", *program)
        manager.wait_running("web", 6)
        step.note(f"six containers run after {(time.monotonic() - started) * 1000:.0f} ms")
        show_tasks(step, manager)


def kill_leader(lab):
    leader = lab.leader()
    with Step(f"kill -9 to the leader's daemon, {leader.name}") as step:
        others = [lab[name] for name in MANAGERS if lab[name] is not leader]
        started = time.monotonic()
        leader.kill_daemon()
        found = wait_for("a new leader", lambda: accepts_write(others), 30, pause=0.02)
        step.note(f"{found.name} accepts writes {time.monotonic() - started:.2f} s later")
        show_nodes(step, found)
    with Step(f"The daemon of {leader.name} comes back: its containers never noticed") as step:
        leader.start_daemon()
        wait_for("the old leader to be ready again",
                 lambda: found.nodes()[leader.name]["Status"] == "Ready", 30)
        found.wait_running("web", 6)
        show_tasks(step, found)


def accepts_write(boards):
    for board in boards:
        if board.call("service", "update", "--detach", "--label-add", "seen=yes", "web",
                      timeout=10).returncode == 0:
            return board
    return None


def pull_plug(lab):
    manager = lab.leader()
    victim = max(WORKERS, key=lambda name: manager.placement("web").get(name, 0))
    lost = manager.placement("web").get(victim, 0)
    with Step(f"{victim} loses power, and {lost} task{'s' * (lost != 1)} with it") as step:
        started = time.monotonic()
        lab[victim].power_off()

        def elsewhere():
            placement = manager.placement("web")
            return victim not in placement and sum(placement.values()) == 6
        wait_for("six tasks without " + victim, elsewhere, 60)
        step.note(f"six tasks run elsewhere {time.monotonic() - started:.1f} s later")
        show_nodes(step, manager)
        show_tasks(step, manager)
    with Step(f"{victim} gets its power back and is part of the swarm again"):
        lab[victim].power_on()
        wait_for(f"{victim} to be ready", lambda: manager.nodes()[victim]["Status"] == "Ready", 30)


def scale_and_drain(lab):
    manager = lab.leader()
    with Step("Four more") as step:
        step.command(manager, "service", "scale", "web=10")
        manager.es("service", "scale", "--detach", "web=10")
        manager.wait_running("web", 10)
        ask(step, manager, "service", "ls")
    with Step("pi-4 is to be taken off the shelf: its tasks move first") as step:
        ask(step, manager, "node", "update", "--availability", "drain", "pi-4")
        wait_for("pi-4 to be empty", lambda: "pi-4" not in manager.placement("web"), 60)
        manager.wait_running("web", 10)
        show_tasks(step, manager)
    with Step("What the tasks have said") as step:
        ask(step, manager, "service", "logs", "--no-task-ids", "--tail", "1", "web")


def take_away(lab):
    with Step("Everything is taken away again") as step:
        ask(step, lab.leader(), "service", "rm", "web")
        lab.close()
        step.note("no process, namespace, mount or file is left")


def keep(lab):
    state = {"machines": [identity(machine.pid)
                          for machine in [lab.lan.machine,
                                          *(board.machine for board in lab.boards.values())]]}
    with open(STATE, "w") as file:
        json.dump(state, file)
    leader = lab.leader()
    say()
    rule()
    say(bold("The swarm stays. Talk to it:"))
    say(f"    {lab.binary} --run-dir {leader.run_dir} node ls")
    say(f"    export EDGESWARM_HOST=unix://{leader.socket_path}")
    say(f"    export DOCKER_HOST=unix://{leader.socket_path}     # docker service ls")
    say(f"Each board has its folder in {FOLDER}: run/docker.sock, daemon.log.")
    say("End it with:  ./dev demo --stop")


def stop_kept():
    if not os.path.exists(STATE):
        say("demo: nothing was kept")
        return
    with open(STATE) as file:
        machines = json.load(file)["machines"]
    for machine in machines:
        if identity(machine[0]) == machine:
            os.kill(machine[0], signal.SIGKILL)
            wait_for(f"process {machine[0]} to end",
                     lambda machine=machine: identity(machine[0]) != machine, 10)
    remove_lab(FOLDER)
    say("demo: the swarm has ended; no process, namespace, mount or file is left")


def play(lab):
    make_boards(lab)
    form(lab)
    load_images(lab)
    create(lab)
    kill_leader(lab)
    pull_plug(lab)
    scale_and_drain(lab)


def main():
    if "--stop" in sys.argv:
        return stop_kept()
    reason = missing()
    if reason:
        sys.exit(f"demo: {reason}")
    if os.path.exists(STATE):
        sys.exit("demo: a swarm is still there from --keep; end it with ./dev demo --stop")
    kept = "--keep" in sys.argv
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # A shell that starts this with `&` would have Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    owner = owner_of(FOLDER)
    if owner and identity(owner[0]) == owner:
        sys.exit(f"demo: another demo is running (process {owner[0]})")
    remove_lab(FOLDER)  # of one that was killed
    lab = Lab(FOLDER, outlives=kept)
    done = False
    try:
        size = os.path.getsize(lab.binary) / 1e6
        said = f"   one binary of {size:.1f} MB, five boards made of namespaces"
        say(bold("edgeswarm") + dim(said))
        rule()
        play(lab)
        if kept:
            keep(lab)
        else:
            take_away(lab)
        done = True
        rule()
        say(f"All of it took {time.monotonic() - started:.0f} s.")
    except Failed as failure:
        say(f"\ndemo: {failure}")
        for board in lab.boards.values():
            say(dim(f"--- log of {board.name}\n{board.log_tail(6)}"))
        sys.exit(1)
    except KeyboardInterrupt:
        say("\ndemo: interrupted; everything is taken away")
        sys.exit(130)
    finally:
        if not (kept and done):
            signal.signal(signal.SIGINT,
                          signal.SIG_IGN)  # the second Ctrl-C must not stop the cleaning
            lab.close()


main()
