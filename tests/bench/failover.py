#!/usr/bin/env python3
"""How long a cluster of three managers and two workers takes to go on after a loss."""
import time

from report import begin, median, row, runs

from lib.lab import Lab
from lib.programs import STAYS
from lib.waiting import wait_for
from lib.writer import Writer

MANAGERS = ("m1", "m2", "m3")


def kill_leaders(lab, count):
    """Seconds from each kill -9 until a write is accepted that was asked for after it."""
    writers = [Writer([lab[name]], prefix=name) for name in MANAGERS]
    for writer in writers:
        writer.start()
    times = []
    try:
        for _ in range(count):
            leader = lab.leader()
            begun = time.monotonic()
            wait_for("writes on each manager",
                     lambda begun=begun: all(first_after([one], begun) for one in writers), 30)
            leader.kill_daemon()
            killed = time.monotonic()
            accepted = wait_for("an accepted write",
                                lambda killed=killed: first_after(writers, killed), 30, 0.005)
            times.append(accepted - killed)
            leader.start_daemon()
            lab.wait_ready(MANAGERS, 3)
    finally:
        for writer in writers:
            writer.stop()
    lost = {name: value for writer in writers for name, value in writer.lost(lab.leader()).items()}
    return times, sum(len(writer.accepted_at) for writer in writers), lost


def first_after(writers, moment):
    """When the first write was acknowledged of those that were asked for after `moment`."""
    times = [pair for writer in writers for pair in list(writer.accepted_at)]
    return min((answered for asked, answered in times if asked >= moment), default=None)


def pull_plugs(lab, count):
    """Seconds from each power loss until all tasks run on the other boards."""
    manager = lab.leader()
    manager.es("service", "create", "--detach", "--name", "web", "--replicas", "10", *STAYS)
    manager.wait_running("web", 10)
    times = []
    for number in range(count):
        victim = ("w1", "w2")[number % 2]
        started = time.monotonic()
        lab[victim].power_off()
        wait_for("ten tasks elsewhere",
                 lambda victim=victim: victim not in (spread := manager.placement("web")) and
                 sum(spread.values()) == 10, 60, pause=0.02)
        times.append(time.monotonic() - started)
        lab[victim].power_on()
        wait_for("the board to be back",
                 lambda victim=victim: manager.nodes()[victim]["Status"] == "Ready", 60)
        manager.es("service", "update", "--detach", "--force", "--update-parallelism", "0", "web")
        wait_for("tasks on it",
                 lambda victim=victim: victim in (spread := manager.placement("web"))
                 and sum(spread.values()) == 10, 60)
    return times


def main():
    count = runs(10)
    begin(f"failover ({count} leaders killed, {max(count // 2, 2)} boards without power)")
    with Lab() as lab:
        lab.form()
        leaders, writes, lost = kill_leaders(lab, count)
        row("leader killed → next write accepted, median", median(leaders), "s", 1, digits=2)
        row("worst", max(leaders), "s", digits=2)
        row(f"acknowledged writes lost, of {writes}", len(lost), "", 0)
        boards = pull_plugs(lab, max(count // 2, 2))
        row("node killed → its tasks run elsewhere, median", median(boards), "s", 5, digits=2)
        row("worst", max(boards), "s", digits=2)


main()
