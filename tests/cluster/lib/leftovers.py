"""What a lab leaves that was killed with SIGKILL: not its processes, but folder and cgroups."""
import glob
import os
import shutil

from .waiting import wait_for

CGROUPS = "/sys/fs/cgroup"


def identity(pid):
    """A process and when it began, as the number alone may be another's by now. None: gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return [pid, int(file.read().rpartition(")")[2].split()[19])]
    except OSError:
        return None


def cgroups_of(tasks):
    trees = [CGROUPS, *(entry.path for entry in os.scandir(CGROUPS) if entry.is_dir())]
    paths = [os.path.join(tree, "edgeswarm", task) for tree in trees for task in tasks]
    return [path for path in paths if os.path.isdir(path)]


def remove_cgroups(tasks):
    """Pre: their processes were killed; the kernel may need a moment to bury them."""
    for path in cgroups_of(tasks):
        wait_for(f"{path} to be empty", lambda path=path: is_removed(path), timeout=10)


def is_removed(path):
    try:
        os.rmdir(path)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True


def remove_lab(folder):
    """The folder of a lab whose processes are dead, and the cgroups of the tasks that it names."""
    remove_cgroups([os.path.basename(path) for path in glob.glob(f"{folder}/*/run/tasks/*")])
    shutil.rmtree(folder, ignore_errors=True)


def remove_dead_labs(pattern):
    for folder in glob.glob(pattern):
        owner = owner_of(folder)
        if owner and identity(owner[0]) != owner:
            remove_lab(folder)


def owner_of(folder):
    """Who made this lab. None: it is no lab, or one that is being made at this moment."""
    try:
        with open(os.path.join(folder, "owner")) as file:
            pid, begun = (int(word) for word in file.read().split())
            return [pid, begun]
    except (OSError, ValueError):
        return None
