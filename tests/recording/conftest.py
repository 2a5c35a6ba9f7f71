"""A virtual microphone for the tests here: a PulseAudio of their own, which they may kill."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

SCRIPT = Path(__file__).parents[2] / "scripts" / "virtual_mic"
NEEDED = ("pulseaudio", "pactl", "pacmd", "paplay")


class VirtualMicrophone:
    """Inputs vmic, vsys (one channel each) and vboth (both), and who speaks into them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.players: list[subprocess.Popen[bytes]] = []

    def __call__(self, *arguments: str) -> str:
        """Run scripts/virtual_mic."""
        done = subprocess.run(
            [SCRIPT, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to find the inputs, and the script to find its folder."""
        home = str(self.home)
        return {
            **os.environ,
            "VIRTUAL_MIC_DIR": home,
            "PULSE_SERVER": f"unix:{home}/native",
            "PULSE_COOKIE": f"{home}/cookie",
            "PULSE_RUNTIME_PATH": home,
            "ALSA_CONFIG_PATH": f"{home}/asound.conf",
        }

    def play(self, sound: np.ndarray, into: str = "vmic") -> None:
        """Begin to speak `sound` (float, 16 kHz, shape (n,) or (n, channels))."""
        path = self.home / f"{len(self.players)}.wav"
        soundfile.write(path, sound, 16_000)
        command = [SCRIPT, "play", str(path), into]
        self.players.append(subprocess.Popen(command, env=self.environment))

    def kill(self) -> None:
        """The sound server crashes."""
        os.kill(int((self.home / "pid").read_text()), signal.SIGKILL)

    def quiet(self) -> None:
        """Nobody speaks any more."""
        for player in self.players:
            player.kill()
            player.wait()
        self.players.clear()


@pytest.fixture(scope="session")
def server() -> Iterator[VirtualMicrophone]:
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        pytest.skip(f"{', '.join(missing)} not installed: scripts/test-needs does that, on Linux")
    home = Path(tempfile.mkdtemp(prefix="vm", dir="/tmp"))  # a socket's path must be short
    microphone = VirtualMicrophone(home)
    microphone("start")
    yield microphone
    microphone.quiet()
    microphone("stop")


@pytest.fixture
def mic(server: VirtualMicrophone, monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualMicrophone]:
    """The virtual microphone, all of it plugged in, and PortAudio looking at it."""
    from listenlive.portaudio import PortAudio, hushed

    server("start")
    plugged = {line.split("\t")[1] for line in _sinks(server)}
    for name in {"vmic", "vsys"} - plugged:
        server("plug", name)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    with hushed():
        PortAudio().refresh()
    yield server
    server.quiet()


def _sinks(server: VirtualMicrophone) -> list[str]:
    listed = subprocess.run(
        ["pactl", "list", "short", "sinks"],
        env=server.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout.splitlines()
