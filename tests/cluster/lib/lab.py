"""A Lab: a LAN of boards under one folder, made for one test and taken away with it."""
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from .board import Board
from .lan import Lan
from .leftovers import identity, remove_dead_labs
from .waiting import Failed, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def binary_path():
    """What is under test: $EDGESWARM, or the newest build."""
    if os.environ.get("EDGESWARM"):
        return os.path.abspath(os.environ["EDGESWARM"])
    built = [os.path.join(ROOT, "build", preset, "edgeswarm") for preset in ("x86_64", "dev")]
    built = [path for path in built if os.access(path, os.X_OK)]
    if built:
        return max(built, key=os.path.getmtime)
    sys.exit("there is no edgeswarm binary: run ./dev build, or set EDGESWARM")


def missing():
    """Why no cluster can be made here, or None."""
    if os.geteuid() != 0:
        return "network namespaces and containers need root"
    for tool, package in (("ip", "iproute2"), ("unshare", "util-linux"), ("nsenter", "util-linux"),
                          ("busybox", "busybox-static")):
        if shutil.which(tool) is None:
            return f"no `{tool}` here (apt-get install {package})"
    if shutil.which("crun") is None and shutil.which("runc") is None:
        return "no crun and no runc here"
    return None


class Lab:
    def __init__(self, folder=None, outlives=False, own_binaries=False):
        self.outlives = outlives
        self.own_binaries = own_binaries
        pattern = os.path.join(tempfile.gettempdir(), "edgeswarm-lab.")
        remove_dead_labs(pattern + "*")
        self.folder = folder or tempfile.mkdtemp(prefix=os.path.basename(pattern))
        os.makedirs(self.folder, exist_ok=True)
        with open(os.path.join(self.folder, "owner"), "w") as file:
            print(*identity(os.getpid()), file=file)
        self.boards = {}
        self.binary = os.path.join(self.folder, "edgeswarm")
        self._images = {}
        self.lan = None
        try:
            self._keep_binary(binary_path())
            self.lan = Lan("lan", outlives)
        except BaseException:
            self.close()
            raise

    def _keep_binary(self, source):
        """A rebuild in the middle of a test must not change what is tested."""
        try:
            os.link(source, self.binary)
        except OSError:
            shutil.copy2(source, self.binary)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for board in self.boards.values():
            board.power_off()
        if self.lan is not None:
            self.lan.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __getitem__(self, name):
        return self.boards[name]

    def board(self, name, *daemon_flags, host=None):
        """A new board, with power and an idle daemon."""
        board = Board(self, name, len(self.boards) + 1, daemon_flags, host)
        self.boards[name] = board
        return board.power_on()

    def image(self, name="busybox:latest", arch="amd64", **options):
        """The path of an archive with Debian's busybox in it."""
        key = (name, arch, *sorted(options.items()))
        if key not in self._images:
            path = os.path.join(self.folder, f"image-{len(self._images)}.tar")
            flags = [word for option, value in options.items() for word in (f"--{option}", value)]
            subprocess.run([sys.executable, os.path.join(ROOT, "tests/tools/make_busybox_image.py"),
                            path, "--name", name, "--arch", arch,
                            *flags], check=True)
            self._images[key] = path
        return self._images[key]

    def form(self, managers=("m1", "m2", "m3"), workers=("w1", "w2"), flags=()):
        """A cluster by tokens alone, with busybox on each board. The first manager leads.

        Boards that exist already are used.
        """
        names = [*managers, *workers]
        for name in names:
            if name not in self.boards:
                self.board(name, *flags)
        first = self[managers[0]]
        first.es("init")
        tokens = {role: first.es("join-token", "-q", role) for role in ("manager", "worker")}
        for name in managers[1:]:
            self[name].es("join", tokens["manager"])
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda name: self[name].es("join", tokens["worker"]), workers))
        self.load_everywhere(self.image())
        self.wait_ready(names, len(managers))
        return first

    def load_everywhere(self, archive, names=None):
        for name in names or self.boards:
            self[name].es("image", "load", "-q", "-i", archive)

    def wait_ready(self, names, managers):
        def ready():
            nodes = self.manager().nodes()
            not_ready = [name for name in names if nodes.get(name, {}).get("Status") != "Ready"]
            leading = [name for name in nodes
                       if nodes[name]["ManagerStatus"] in ("Leader", "Reachable")]
            if not_ready or len(leading) != managers:
                raise Failed(f"not ready: {not_ready}, managers: {leading}")
            return True
        wait_for(f"{len(names)} ready nodes, {managers} of them managers", ready, 30)

    def manager(self):
        """A board that answers as a manager of a cluster with a leader."""
        for board in self.boards.values():
            if board.is_running and board.call("node", "ls", "-q").returncode == 0:
                return board
        raise Failed("no board answers as a manager")

    def leader(self, timeout=15):
        def find():
            for name, node in self.manager().nodes().items():
                if node["ManagerStatus"] == "Leader":
                    board = self.boards.get(name)
                    return board if board is not None and board.is_running else None
            return None
        return wait_for("a leader", find, timeout)

    def managers(self):
        """Names of the boards that run and whose daemon says that it is a manager."""
        return [name for name, node in self.manager().nodes().items() if node["ManagerStatus"]]
