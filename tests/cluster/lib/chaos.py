"""Chaos: what happens to boards and links, drawn from one seed, and how all of it ends."""
import collections
import subprocess
import time

TABLE = "chaos"


class Chaos:
    """At most two boards are in trouble at once, and links are cut besides."""

    def __init__(self, lab, names, dice):
        self._lab = lab
        self._names = list(names)
        self._dice = dice
        self._until = {}  # name -> (when its trouble ends, how)
        self._cuts = {}  # (from, to) -> when the link is whole again
        self._counts = collections.Counter()

    def run(self, deadline):
        while time.monotonic() < deadline:
            self._end_what_is_over(time.monotonic())
            self._strike(time.monotonic())
            time.sleep(self._dice.uniform(0.1, 1.2))  # the faults' own rhythm, not a wait

    def heal(self):
        self._end_what_is_over(float("inf"))

    def summary(self):
        return ", ".join(f"{count} {what}" for what, count in sorted(self._counts.items()))

    def _strike(self, now):
        what = self._dice.choice(("kill", "kill", "freeze", "cut", "cut", "isolate", "nothing"))
        name = self._dice.choice(self._names)
        lasts = self._dice.choice((0.1, 0.5, 1, 2, 4, 8)) * self._dice.uniform(0.5, 1.5)
        other = self._dice.choice([one for one in self._names if one != name])
        both_ways = self._dice.random() < 0.5
        if what in ("kill", "freeze"):
            if name in self._until or len(self._until) == 2:
                return
            board = self._lab[name]
            if what == "kill":
                board.kill_daemon()
                self._until[name] = (now + lasts, board.start_daemon)
            else:
                board.freeze_daemon()
                self._until[name] = (now + lasts, board.thaw_daemon)
        elif what == "cut":
            self._cuts[(other, name)] = now + lasts
            if both_ways:
                self._cuts[(name, other)] = now + lasts
            self._apply_cuts({name, other})
        elif what == "isolate":
            for one in self._names:
                if one != name:
                    self._cuts[(one, name)] = now + lasts
            self._apply_cuts({name})
        if what != "nothing":
            self._counts[what + "s"] += 1

    def _end_what_is_over(self, now):
        for name, (end, undo) in list(self._until.items()):
            if end <= now:
                del self._until[name]
                undo()
        over = [link for link, end in self._cuts.items() if end <= now]
        for link in over:
            del self._cuts[link]
        self._apply_cuts({to for _, to in over})

    def _apply_cuts(self, names):
        """Packets are dropped where they arrive, so a cut has a direction."""
        for name in names:
            drops = "".join(f"ip saddr {self._lab[origin].ip} drop\n"
                            for origin, to in self._cuts if to == name)
            rules = (f"table inet {TABLE} {{}}\ndelete table inet {TABLE}\n"
                     f"table inet {TABLE} {{ chain arriving {{\n"
                     f"type filter hook input priority 0;\n{drops}}}\n}}\n")
            command = self._lab[name].machine.inside("nft", "-f", "-", new_process_tree=False)
            subprocess.run(command, input=rules, text=True, check=True, capture_output=True)
