"""Where the benches find the library, and how their tables look."""
import os
import signal
import statistics
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cluster"))

from lib.lab import binary_path, missing  # noqa: E402


def begin(title):
    reason = missing()
    if reason:
        sys.exit(f"bench: {reason}")
    sys.stdout.reconfigure(line_buffering=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the lab is taken away
    path = binary_path()
    print(f"{title}: {os.path.relpath(path)}, {os.path.getsize(path) / 1e6:.1f} MB")
    load = os.getloadavg()[0]
    print(f"{processor()}, {os.cpu_count()} processors, Linux {os.uname().release}, "
          f"load {load:.1f} when it began")
    if load > 1:
        print("Others are using this machine: the figures are worse than they would be alone.")
    print(f"\n{'':44}{'this':>12}{'bar':>12}")


def processor():
    with open("/proc/cpuinfo") as file:
        lines = file.read().splitlines()
    # A Raspberry Pi says in "Model" what it is.
    for key in ("model name", "Model"):
        for line in lines:
            if line.startswith(key):
                return line.split(":", 1)[1].strip()
    return os.uname().machine


def row(name, value, unit, bar=None, digits=0):
    """`bar`: the highest value that is right; None for what has no bar: peers, worst cases."""
    limit = "" if bar is None else f"≤ {bar:g} {unit}"
    verdict = "" if bar is None else ("ok" if value <= bar else "over")
    print(f"{name:44}{value:>{11 - len(unit)}.{digits}f} {unit}{limit:>12}  {verdict}".rstrip())


def median(values):
    return statistics.median(values)


def runs(default):
    return int(sys.argv[1]) if len(sys.argv) > 1 else default
