"""A Machine: a process that holds namespaces of its own; its death is a pulled power plug."""
import ctypes
import os
import signal
import subprocess

from .waiting import wait_for

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1

# Process 1 of the machine. It ignores SIGCHLD (dash cannot, bash can), so the kernel itself
# buries the orphans that come to it.
HOLDER = "mount -t proc proc /proc; ip link set lo up; trap '' CHLD; exec sleep infinity"


def die_with_parent():
    """Runs in the child: whoever kills this test, even with SIGKILL, leaves no process behind."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def command_of(pid):
    try:
        with open(f"/proc/{pid}/comm") as file:
            return file.read().strip()
    except OSError:
        return ""


class Machine:
    """Network, mounts, processes and host name of its own.

    `outlives`: for clusters that stay when this program ends.
    """

    def __init__(self, name, outlives=False):
        self.name = name
        self.outlives = outlives
        self._unshare = subprocess.Popen(
            ["unshare", "--net", "--mount", "--pid", "--uts", "--fork",
             *([] if outlives else ["--kill-child=KILL"]),
             "bash", "-c", f"hostname {name}; {HOLDER}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=None if outlives else die_with_parent, start_new_session=True)
        self.pid = wait_for(f"the namespaces of {name}", self._holder, timeout=10, pause=0.005)

    def _holder(self):
        children = children_of(self._unshare.pid)
        return children[0] if children and command_of(children[0]) == "sleep" else None

    def inside(self, *command, new_process_tree=True, network_of=None):
        """The command line that runs `command` here, perhaps with the network of another."""
        network = f"/proc/{(network_of or self).pid}/ns/net"
        return ["nsenter", "--target", str(self.pid), f"--net={network}", "--uts", "--mount",
                *(["--pid"] if new_process_tree else []), "--", *command]

    def run(self, *command, **options):
        options.setdefault("timeout", 120)
        options.setdefault("check", True)
        return subprocess.run(self.inside(*command), capture_output=True, text=True, **options)

    def start(self, *command, output, network_of=None):
        """Starts a program and gives its Popen (of nsenter, which ends as the program does)."""
        return subprocess.Popen(self.inside(*command, network_of=network_of),
                                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                preexec_fn=None if self.outlives else die_with_parent,
                                start_new_session=True)

    @property
    def is_on(self):
        return self._unshare.poll() is None

    def power_off(self):
        """All on it ends at this instant, as the kernel does when process 1 of a tree dies."""
        if self.is_on:
            os.kill(self.pid, signal.SIGKILL)
            self._unshare.wait()
