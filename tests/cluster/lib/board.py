"""A Board: one machine of the cluster, its daemon, and ways to speak to it."""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import urllib.parse

from .lan import PREFIX
from .leftovers import cgroups_of, remove_cgroups
from .namespaces import Machine, children_of, command_of
from .waiting import Failed, expect, wait_for


class Connection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("edgeswarm", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Board:
    """`host`: a machine that lends it all but the network, so that several daemons share a host."""

    def __init__(self, lab, name, number, daemon_flags=(), host=None):
        self.lab = lab
        self.name = name
        self.number = number
        self.ip = f"{PREFIX}.{number}"
        self.daemon_flags = list(daemon_flags)
        self.folder = os.path.join(lab.folder, name)
        self.data_dir = os.path.join(self.folder, "data")
        self.run_dir = os.path.join(self.folder, "run")
        self.socket_path = os.path.join(self.run_dir, "docker.sock")
        self.log_path = os.path.join(self.folder, "daemon.log")
        self.host = host
        self.machine = None
        self.port = None
        self._process = None
        self.pid = None
        os.makedirs(self.folder, exist_ok=True)
        self.binary = lab.binary
        if lab.own_binaries:
            self.binary = shutil.copy2(lab.binary, os.path.join(self.folder, "edgeswarm"))

    # --- power and daemon

    def move_to(self, number):
        """Its DHCP server gives it another address from the next start on."""
        self.number = number
        self.ip = f"{PREFIX}.{number}"

    def power_on(self):
        self.machine = Machine(self.name, self.lab.outlives)
        self.port = self.lab.lan.plug_in(self.machine, self.number)
        self.start_daemon()
        return self

    def start_daemon(self, wait=True, flags=()):
        with open(self.log_path, "ab") as log:
            self._process = (self.host or self.machine).start(
                self.binary, "daemon", "--data-dir", self.data_dir, "--run-dir", self.run_dir,
                "--hostname", self.name, *self.daemon_flags, *flags, output=log,
                network_of=self.machine)
        self.pid = wait_for(f"a daemon on {self.name}", self._daemon_pid, timeout=10, pause=0.002)
        if wait:
            wait_for(f"the API of {self.name}", self.answers, timeout=20, pause=0.005)

    def _daemon_pid(self):
        if self._process.poll() is not None:
            raise Failed(f"the daemon of {self.name} ended with status {self._process.returncode}: "
                         f"{self.log_tail(5)}")
        for pid in children_of(self._process.pid):
            if command_of(pid) not in ("nsenter", ""):
                return pid
        return None

    def answers(self):
        try:
            connection = Connection(self.socket_path, 5)
            connection.request("GET", "/_ping")
            return connection.getresponse().status == 200
        except OSError:
            return False

    @property
    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def kill_daemon(self, sig=signal.SIGKILL):
        os.kill(self.pid, sig)
        self._process.wait(timeout=20)

    def freeze_daemon(self):
        os.kill(self.pid, signal.SIGSTOP)

    def thaw_daemon(self):
        """nsenter, which waits for the daemon, stopped itself when it saw it stopped."""
        for pid in (self.pid, self._process.pid):
            os.kill(pid, signal.SIGCONT)

    def stop_daemon(self):
        self.kill_daemon(signal.SIGTERM)

    def power_off(self):
        """The plug is pulled: every process dies, and what a real board keeps in memory is gone."""
        if self.machine is None:
            return
        self.machine.power_off()
        if self._process is not None:
            self._process.wait(timeout=20)
        remove_cgroups(self.task_ids())
        shutil.rmtree(self.run_dir, ignore_errors=True)

    def task_ids(self):
        try:
            return sorted(os.listdir(os.path.join(self.run_dir, "tasks")))
        except OSError:
            return []

    def mounts(self):
        """Mounts below its folders, in the mount namespace of its daemon."""
        with open(f"/proc/{(self.host or self.machine).pid}/mounts") as file:
            return [line.split()[1] for line in file
                    if line.split()[1].startswith(self.folder + "/")]

    def shims(self):
        """Host process ids of the monitors of its tasks."""
        machine = self.host or self.machine
        space = os.readlink(f"/proc/{machine.pid}/ns/pid")
        return [pid for pid in processes() if command_of(pid).startswith("edgeswarm-shi")
                and namespace_of(pid) == space]

    def cgroups(self):
        """The cgroups of this board's tasks that are there now."""
        return cgroups_of(self.task_ids())

    # --- speaking to it

    def es(self, *words, check=True, timeout=60, **options):
        """Runs the binary against this board and returns what it printed."""
        done = self.call(*words, timeout=timeout, **options)
        if check and done.returncode != 0:
            raise Failed(f"`edgeswarm {' '.join(words)}` on {self.name} ended with "
                         f"{done.returncode}: "
                         f"{(done.stderr or done.stdout).strip()}")
        return done.stdout.strip()

    def call(self, *words, timeout=60, **options):
        """The same, with exit code and both outputs."""
        environment = {**os.environ, "COLUMNS": "80"}
        environment.pop("EDGESWARM_HOST", None)
        options.setdefault("stdin", subprocess.DEVNULL)
        if "input" in options:
            options.pop("stdin")
        try:
            return subprocess.run([self.lab.binary, "--run-dir", self.run_dir, *words],
                                  capture_output=True, text=True,
                                  timeout=timeout, env=environment, **options)
        except subprocess.TimeoutExpired as late:
            raise Failed(f"`edgeswarm {' '.join(words)}` on {self.name} has not ended within "
                         f"{timeout} s; it printed "
                         f"{(late.stdout or b'')[-300:]!r}") from None

    def docker(self, *words, check=True, timeout=60, **options):
        environment = {**os.environ, "DOCKER_HOST": f"unix://{self.socket_path}",
                       "DOCKER_CONFIG": self.folder}
        options.setdefault("stdin", subprocess.DEVNULL)
        if "input" in options:
            options.pop("stdin")
        done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=timeout,
                              env=environment, **options)
        if check and done.returncode != 0:
            raise Failed(f"`docker {' '.join(words)}` on {self.name} ended with {done.returncode}: "
                         f"{(done.stderr or done.stdout).strip()}")
        return done.stdout.strip() if check else done

    def request(self, method, path, body=None, headers=None, timeout=30):
        """One HTTP request; returns status and body, the body parsed when it is JSON."""
        connection = Connection(self.socket_path, timeout)
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, data,
                               {"Content-Type": "application/json", **(headers or {})})
            response = connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException) as trouble:
            raise Failed(f"{method} {path} on {self.name}: {trouble!r}") from None
        finally:
            connection.close()
        try:
            return response.status, json.loads(raw)
        except ValueError:
            return response.status, raw.decode(errors="replace")

    def get(self, path, **options):
        status, answer = self.request("GET", path, **options)
        expect(status == 200, f"200 from GET {path} on {self.name}", f"{status}: {answer}")
        return answer

    # --- what it says

    def lines(self, *words):
        """A listing as JSON objects."""
        return [json.loads(line) for line in self.es(*words, "--format", "json").splitlines()]

    def nodes(self):
        return {node["Hostname"]: node for node in self.lines("node", "ls")}

    def tasks(self, service, **filters):
        """Tasks as the API tells them, oldest slot first."""
        query = {"service": {service: True},
                 **{key.replace("_", "-"): {value: True} for key, value in filters.items()}}
        tasks = self.get("/tasks?filters=" + quote(json.dumps(query)))
        return sorted(tasks, key=lambda task: (task.get("Slot", 0), task["CreatedAt"]))

    def running(self, service):
        return [task for task in self.tasks(service) if task["Status"]["State"] == "running"
                and task["DesiredState"] == "running"]

    def node_names(self):
        return {node["ID"]: node["Description"]["Hostname"] for node in self.get("/nodes")}

    def placement(self, service):
        """How many running tasks of a service each board has."""
        names = self.node_names()
        counts = {}
        for task in self.running(service):
            name = names.get(task["NodeID"], task["NodeID"])
            counts[name] = counts.get(name, 0) + 1
        return counts

    def wait_running(self, service, count, timeout=30):
        def reached():
            running = self.running(service)
            if len(running) == count:
                return running or True
            states = [(task.get("Slot"), task["Status"]["State"], task["Status"].get("Err", ""))
                      for task in self.tasks(service)
                      if task["DesiredState"] == "running"]
            raise Failed(f"{len(running)} running; {states}")
        return wait_for(f"{count} running tasks of {service}", reached, timeout)

    def log_size(self):
        try:
            return os.path.getsize(self.log_path)
        except OSError:
            return 0

    def log_tail(self, lines=25, since=0):
        """The last lines of the daemon's log, of those written after it had the size `since`."""
        try:
            with open(self.log_path, errors="replace") as file:
                file.seek(since)
                return "".join(file.readlines()[-lines:])
        except OSError:
            return ""


def quote(text):
    return urllib.parse.quote(text, safe="")


def processes():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def namespace_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return ""
