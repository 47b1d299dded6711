"""A Lan: one switch in a namespace of its own, without any way out of it."""
import subprocess

from .namespaces import Machine

PREFIX = "10.88.0"
SWITCH_ADDRESS = f"{PREFIX}.254"  # where a test stands when it speaks to the boards from outside


class Lan:
    def __init__(self, name, outlives=False):
        self.machine = Machine(name, outlives)
        self._cables = 0
        self._ip("link add br0 type bridge\nlink set br0 up\n"
                 f"addr add {SWITCH_ADDRESS}/24 dev br0\n")

    def _ip(self, batch, machine=None):
        command = (machine or self.machine).inside("ip", "-batch", "-", new_process_tree=False)
        subprocess.run(command, input=batch, text=True, check=True, capture_output=True)

    def plug_in(self, machine, number):
        """A cable from the switch to a machine, which gets the address 10.88.0.<number>."""
        self._cables += 1
        port = f"p{self._cables}"
        # The kernel takes a moment to tear down the cable of a machine that died, so each has
        # a name of its own.
        address = f"02:00:0a:58:00:{number:02x}"
        self._ip(f"link add {port} type veth peer name eth0 address {address} netns {machine.pid}\n"
                 f"link set {port} master br0 up\n")
        self._ip(f"addr add {PREFIX}.{number}/24 dev eth0\nlink set eth0 up\n"
                 f"route add default via {SWITCH_ADDRESS}\n", machine)
        return port

    def unplug(self, port):
        self._ip(f"link set {port} down\n")

    def replug(self, port):
        self._ip(f"link set {port} up\n")

    def stop(self):
        self.machine.power_off()
