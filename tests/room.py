"""Microphones without microphones: devices, plugs and time are drawn.

Time stands still unless somebody waits for sound, and then goes on by one block of 20 ms.
"""

import numpy as np

from listenlive.audio import SAMPLE_RATE
from listenlive.errors import DeviceError
from listenlive.portaudio import InputDevice

BLOCK = 0.02
LEVEL = 0.25


def device(number: int, name: str, *, channels: int = 1, rate: int = SAMPLE_RATE, usual=False):
    return InputDevice(number, number + 10, name, channels, rate, usual)


class Stream:
    def __init__(self, rate, channels, heard, ended):
        self.rate, self.channels, self.heard, self.ended = rate, channels, heard, ended
        self.open, self.lossy = True, False

    def close(self):
        self.open = False

    def give(self, seconds: float):
        if self.open:
            samples = np.full((round(seconds * self.rate), self.channels), LEVEL, np.float32)
            self.heard(samples, self.lossy)
            self.lossy = False


class Room:
    """Backend and clock in one: devices that give sound as time goes by."""

    def __init__(self, *devices: InputDevice):
        self.devices = list(devices)
        self.streams: dict[str, Stream] = {}
        self.seconds, self.slept = 1000.0, 0.0
        self.quiet: set[str] = set()  # plugged in, but give nothing
        self.refused: set[str] = set()
        self.refreshed = 0
        self.due: list[tuple[float, object]] = []

    # what happens, by seconds since the beginning

    def at(self, seconds: float, *acts):
        self.due += [(1000.0 + seconds, act) for act in acts]

    def unplug(self, name: str, *, silently: bool = False):
        def act():
            self.devices = [each for each in self.devices if each.name != name]
            stream = self.streams.pop(name)
            stream.open = False
            if not silently:
                stream.ended()

        return act

    def plug(self, device: InputDevice):
        return lambda: self.devices.append(device)

    def sleep(self, seconds: float):
        def act():
            self.seconds += seconds
            self.slept += seconds

        return act

    # the clock

    def now(self):
        return self.seconds

    def asleep(self):
        return self.slept

    def receive(self, inbox, within):
        for _ in range(round(within / BLOCK)):
            if not inbox.empty():
                return inbox.get()
            self.pass_by()
        return None if inbox.empty() else inbox.get()

    def pass_by(self):
        self.seconds += BLOCK
        for name, stream in list(self.streams.items()):
            if name not in self.quiet:
                stream.give(BLOCK)
        for moment, act in list(self.due):
            if moment <= self.seconds + 1e-9:
                self.due.remove((moment, act))
                act()

    # the devices

    def inputs(self):
        return tuple(self.devices)

    def refresh(self):
        self.refreshed += 1
        assert not any(stream.open for stream in self.streams.values())

    def open(self, device, channels, heard, ended):
        if device.name in self.refused or device not in self.devices:
            raise DeviceError(f"{device.name} is in use")
        self.streams[device.name] = Stream(device.rate, channels, heard, ended)
        return self.streams[device.name]

    def elsewhere(self, act):
        act()
