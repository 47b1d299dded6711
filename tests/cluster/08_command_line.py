#!/usr/bin/env python3
"""How our own command line behaves: exit codes, one clear line, formats, filters, 80 columns."""
import json
import os
import pty
import re
import subprocess
import sys
import time
sys.dont_write_bytecode = True

from lib.programs import STAYS
from lib.suite import Suite
from lib.waiting import Failed, expect, wait_for


def prepare(lab):
    lab.form(managers=["m1"], workers=["w1"])
    lab["m1"].es("service", "create", "--detach", "--name", "web", "--label", "tier=front",
                 "--replicas", "3", *STAYS)
    lab["m1"].es("service", "create", "--detach", "--name", "agent", "--mode", "global", *STAYS)
    lab["m1"].wait_running("web", 3)
    lab["m1"].wait_running("agent", 2)


suite = Suite(prepare)


def one_line(done, code, *words):
    line = done.stderr.strip()
    good = done.returncode == code and len(line.splitlines()) == 1 and not done.stdout.strip()
    expect(good and all(word in line for word in words),
           f"exit {code}, nothing on standard output, one line with {words}",
           f"exit {done.returncode}: {done.stdout[:100]} {line[:400]}")


@suite.test("an unknown command, a wrong flag, too many words: exit 2, and what to do")
def misuse(lab):
    for words in (["servce", "ls"], ["service", "lss"], ["service", "ls", "--nosuch"],
                  ["service", "scale"], ["node", "ls", "extra", "words"],
                  ["service", "create"], ["node", "update", "--availability", "asleep", "w1"],
                  ["join-token", "king"], ["service", "scale", "web=x"]):
        done = lab["m1"].call(*words)
        expect(done.returncode == 2 and "help" in done.stderr and not done.stdout,
               f"`{' '.join(words)}`: exit 2 and a hint",
               f"exit {done.returncode}: {done.stdout[:80]} {done.stderr[:300]}")
    done = lab["m1"].call("service", "lss")
    expect("service ls" in done.stderr or '"ls"' in done.stderr, "a suggestion", done.stderr)


@suite.test("things that are not there: exit 1, one line with the name")
def not_found(lab):
    for words in (["service", "inspect", "nosuch"], ["service", "ps", "nosuch"],
                  ["service", "rm", "nosuch"], ["service", "logs", "nosuch"],
                  ["node", "inspect", "nosuch"], ["node", "rm", "nosuch"],
                  ["service", "scale", "nosuch=2"], ["image", "rm", "nosuch"]):
        done = lab["m1"].call(*words)
        line = done.stderr.strip()
        expect(done.returncode == 1 and len(line.splitlines()) == 1 and "nosuch" in line,
               f"`{' '.join(words)}`: exit 1 and one line",
               f"exit {done.returncode}: {line[:300]}")


@suite.test("several names: those that exist are done, the others told, exit 1")
def some(lab):
    lab["m1"].es("service", "create", "--detach", "--name", "gone", "--replicas", "0", *STAYS)
    done = lab["m1"].call("service", "rm", "gone", "nosuch")
    expect(done.returncode == 1 and done.stdout.strip() == "gone" and "nosuch" in done.stderr,
           "gone removed, nosuch told",
           f"exit {done.returncode}: {done.stdout} {done.stderr}")


@suite.test("on a worker: one line that says where to ask")
def on_worker(lab):
    for words in (["service", "ls"], ["node", "ls"], ["service", "create", "--detach", *STAYS],
                  ["join-token", "worker"]):
        one_line(lab["w1"].call(*words), 1, "manager")


@suite.test("without a daemon: one line that says so and what to do")
def no_daemon(lab):
    done = subprocess.run([lab.binary, "--run-dir", os.path.join(lab.folder, "nowhere"), "service",
                           "ls"], capture_output=True, text=True)
    one_line(done, 1, "daemon", os.path.join(lab.folder, "nowhere"))


@suite.test("the daemon's own flags: exit 2 and a hint")
def daemon_flags(lab):
    for words in (["--nosuch"], ["--data-dir", "relative"], ["--offer-memory", "lots"],
                  ["--listen-addr", "nonsense:x:y"], ["--config", "/nosuch"]):
        done = subprocess.run([lab.binary, "daemon", *words], capture_output=True, text=True,
                              timeout=20)
        expect(done.returncode == 2 and done.stderr.strip(),
               f"`daemon {' '.join(words)}`: exit 2 and a line",
               f"{done.returncode}: {done.stderr}")


@suite.test("the socket by -H, by EDGESWARM_HOST, by --run-dir")
def socket_choice(lab):
    path = f"unix://{lab['m1'].socket_path}"
    nowhere = {**os.environ, "EDGESWARM_HOST": "unix:///nowhere.sock"}
    told = [subprocess.run([lab.binary, *words], env=environment, capture_output=True,
                           text=True).stdout
            for words, environment in ((["-H", path, "node", "ls", "-q"], nowhere),
                                       (["node", "ls", "-q"],
                                        {**os.environ, "EDGESWARM_HOST": path}),
                                       (["--run-dir", lab["m1"].run_dir, "node", "ls", "-q"],
                                        nowhere))]
    expect(told[0] and told[0] == told[1] == told[2], "the same two ids", told)


@suite.test("--format: json, templates, tables; -q")
def formats(lab):
    m = lab["m1"]
    rows = m.lines("service", "ls")
    expect(sorted(row["Name"] for row in rows) == ["agent", "web"]
           and all("ID" in row for row in rows), "one object a line", rows)
    expect(m.es("service", "ls", "--format", "{{.Name}}/{{.Replicas}}").split() == ["agent/2/2",
                                                                                    "web/3/3"],
           "both", m.es("service", "ls"))
    table = m.es("node", "ls", "--format", r"table {{.Hostname}}\t{{.Status}}").splitlines()
    expect(table[0].split() == ["HOSTNAME", "STATUS"] and len(table) == 3, "a heading and two rows",
           table)
    ids = m.es("service", "ls", "-q").split()
    expect(len(ids) == 2 and all(re.fullmatch("[0-9a-z]{12}|[0-9a-z]{25}", one) for one in ids),
           "two ids", ids)
    one = m.es("service", "inspect", "--format",
               "{{.Spec.Name}} {{.Spec.Mode.Replicated.Replicas}}", "web")
    expect(one == "web 3", "web 3", one)
    whole = json.loads(m.es("service", "inspect", "web"))
    expect(whole[0]["Spec"]["Labels"] == {"tier": "front"}, "the service", whole[0]["Spec"])
    bad = m.call("service", "ls", "--format", "{{.Name")
    expect(bad.returncode != 0 and bad.stderr.strip(), "a broken template refused",
           f"{bad.returncode} {bad.stdout}")


@suite.test("--filter, and names that are shortened")
def filters(lab):
    m = lab["m1"]
    cases = {("service", "ls", "--filter", "name=w"): "web",
             ("service", "ls", "--filter", "label=tier=front"): "web",
             ("service", "ls", "--filter", "mode=global"): "agent"}
    for words, name in cases.items():
        told = m.es(*words, "--format", "{{.Name}}")
        expect(told == name, f"{name} from {' '.join(words)}", told)
    expect(m.es("node", "ls", "--filter", "role=worker", "--format", "{{.Hostname}}") == "w1", "w1",
           m.es("node", "ls"))
    running = m.es("service", "ps", "--filter", "desired-state=running", "-q", "web").split()
    expect(len(running) == 3, "three tasks", running)
    full = m.get("/services/web")["ID"]
    expect(m.es("service", "inspect", "--format", "{{.Spec.Name}}", full[:8]) == "web",
           "web by a part of its id", full)
    bad = m.call("service", "ls", "--filter", "colour=blue")
    expect(bad.returncode in (1, 2) and "colour" in bad.stderr, "an unknown filter refused",
           bad.stderr)


@suite.test("tables have Docker's columns")
def columns(lab):
    m = lab["m1"]
    wanted = {("node", "ls"): "ID HOSTNAME STATUS AVAILABILITY MANAGER STATUS ENGINE VERSION",
              ("service", "ls"): "ID NAME MODE REPLICAS IMAGE PORTS",
              ("image", "ls"): "REPOSITORY TAG IMAGE ID CREATED SIZE",
              ("service", "ps",
               "web"): "ID NAME IMAGE NODE DESIRED STATE CURRENT STATE ERROR PORTS",
              ("node", "ps"): "ID NAME IMAGE NODE DESIRED STATE CURRENT STATE ERROR PORTS"}
    for words, heading in wanted.items():
        told = m.es(*words).splitlines()[0]
        expect(told.split() == heading.split(), heading, told)


@suite.test("help of every command fits into 80 columns and has an example")
def help_texts(lab):
    overview = lab["m1"].es("--help")
    commands = re.findall(r"^  ([a-z-]+(?: [a-z-]+)?)  +[A-Z]", overview, re.M)
    expect(len(commands) >= 20, "20 commands in the overview", commands)
    wrong = []
    for command in commands:
        done = subprocess.run([lab.binary, *command.split(), "--help"], capture_output=True,
                              text=True)
        wide = [line for line in done.stdout.splitlines() if len(line) > 80]
        if done.returncode != 0 or wide or ("xample" not in done.stdout
                                            and command not in ("version",)):
            wrong.append(f"{command}: exit {done.returncode}, {len(wide)} wide lines such as "
                         f"{wide[:1]}, {done.stderr.strip()[-200:]}")
    if wrong:
        raise Failed("\n     ".join(wrong))


@suite.test("on a terminal of 80 columns the progress is redrawn and never wraps")
def progress(lab):
    parent, child = pty.openpty()
    process = subprocess.Popen([lab.binary, "--run-dir", lab["m1"].run_dir, "service", "scale",
                                "web=6"], stdin=child, stdout=child, stderr=child,
                               env={**os.environ, "COLUMNS": "80", "TERM": "xterm"})
    os.close(child)
    told = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            piece = os.read(parent, 4096)
        except OSError:
            break
        if not piece:
            break
        told += piece
    os.close(parent)
    expect(process.wait(10) == 0, "exit 0", str(process.returncode))
    text = told.decode()
    expect("\x1b[" in text and "6/6" in text, "bars that are redrawn", text[-300:])
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    wide = [line for line in re.split(r"[\r\n]+", plain) if len(line) > 80]
    expect(not wide, "no line beyond 80 columns", wide[:2])


@suite.test("logs: tail, timestamps, raw, follow")
def logs(lab):
    m = lab["m1"]
    m.es("service", "create", "--detach", "--name", "talks", "busybox", "sh", "-c",
         "trap exit TERM; i=0; while :; do i=$((i+1)); echo n $i; sleep 0.1 & wait $!; done")
    m.wait_running("talks", 1)
    wait_for("ten lines", lambda: len(m.es("service", "logs", "--raw", "talks").splitlines()) >= 10)
    expect(len(m.es("service", "logs", "--tail", "3", "talks").splitlines()) == 3, "three lines",
           m.es("service", "logs", "--tail", "3", "talks"))
    stamped = m.es("service", "logs", "--raw", "--timestamps", "--tail", "1", "talks")
    expect(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", stamped), "a time", stamped)
    process = subprocess.Popen([lab.binary, "--run-dir", m.run_dir, "service", "logs", "--follow",
                                "--raw", "--tail", "1", "talks"],
                               stdout=subprocess.PIPE, text=True)
    numbers = [int(process.stdout.readline().split()[1]) for _ in range(15)]
    process.kill()
    process.wait()
    expect(numbers == list(range(numbers[0], numbers[0] + 15)), "fifteen lines in order", numbers)
    m.es("service", "rm", "talks")


@suite.test("info and version")
def info(lab):
    told = lab["m1"].es("info")
    expect(all(word in told for word in ("Swarm:", "active", "Nodes:", "2, 1 managers", "manager")),
           "swarm, role and nodes", told[:400])
    expect(lab["m1"].es("info", "--format", "{{.Swarm.LocalNodeState}}") == "active", "active",
           told[:200])
    version = lab["m1"].es("version", "--format", "{{.Server.APIVersion}}")
    expect(version == "1.44", "1.44", version)


suite.run()
