"""Live commands in a real terminal of 80 by 24 (tmux): what a person sees and types."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from listenlive import profiles
from listenlive.audio import SAMPLE_RATE
from listenlive.enrolment import ALOUD

pytestmark = pytest.mark.live

SAMPLES = Path(__file__).parents[2] / "samples"
ENDED = "[ended: "


class Terminal:
    """A command in a terminal, and what is seen of it."""

    def __init__(self, home: Path, *arguments: str, environment: dict[str, str]) -> None:
        self._home = home
        self._environment = {**environment, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        told = home / "told"
        os.mkfifo(told)
        listenlive = Path(sys.executable).with_name("listenlive")
        program = f"{listenlive} {' '.join(arguments)}"
        self._tmux(
            *("new-session", "-d", "-x", "80", "-y", "24"),
            f"{program}; echo '{ENDED}'$?']'; cat",
        )
        self._tmux("pipe-pane", f"cat >{told}")
        self._told = told.open("rb", buffering=0)

    def until(self, text: str) -> str:
        """The picture once `text` is in it. Waits as long as the command draws."""
        while text not in (seen := self.picture()):
            assert ENDED not in seen, seen
            assert self._told.read(65_536), seen
        return seen

    def picture(self) -> str:
        """What is seen now, a line for each row."""
        return self._tmux("capture-pane", "-p")

    def type(self, *keys: str) -> None:
        """Press `keys`."""
        self._tmux("send-keys", *keys)

    def close(self) -> None:
        """End it, whatever runs in it."""
        self._tmux("kill-server")
        self._told.close()

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._home / "socket"), "-f", "/dev/null", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """Runs listenlive in a terminal."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed: scripts/test-needs does that")
    home = Path(tempfile.mkdtemp(prefix="tm", dir="/tmp"))  # a socket's path must be short
    opened: list[Terminal] = []

    def run(*arguments: str, environment: dict[str, str] | None = None) -> Terminal:
        opened.append(Terminal(home, *arguments, environment=environment or dict(os.environ)))
        return opened[-1]

    yield run
    for each in opened:
        each.close()
    shutil.rmtree(home)


def test_the_live_view_is_whole_and_clean_in_a_small_terminal(terminal, tmp_path):
    folder = str(tmp_path / "data")
    view = terminal("listen", "--demo", "--scripted", "--speed", "20", "--data", folder)
    rows = view.until("came in over").splitlines()
    assert len(rows) == 24
    assert max(map(len, rows)) <= 80
    assert rows[0].startswith(" ● a written example; you are Nora · nothing is kept")
    assert rows[-1].strip() == "space pause   m mark   n note   q end"
    shares = next(row for row in rows if "%" in row)
    assert "Nora" in shares
    assert "Theo" in shares
    assert any("mic " in row for row in rows)
    view.type("Space")
    assert "PAUSED" in view.until("space go on").splitlines()[0]
    view.type("q")
    assert "nothing of it is kept" in view.until(f"{ENDED}0]")


@pytest.mark.model
def test_a_voice_is_learned_through_a_microphone(mic, terminal, tmp_path):
    mic.play(np.tile(alone("A"), 3))
    learning = terminal(
        *("enroll", "--name", "Nora", "--device", "vmic", "--data", str(tmp_path)),
        environment=mic.environment,
    )
    asked = learning.until("of 20 s of speech")
    assert "Nothing of the sound is kept" in asked
    assert ALOUD in " ".join(asked.split())  # no line ends inside a word
    assert "this voice is you now" in " ".join(learning.until(f"{ENDED}0]").split())
    learned = profiles.voice(tmp_path, "Nora")
    assert learned is not None
    assert learned.seconds > 10
    assert not list(tmp_path.rglob("*.flac"))


def alone(speaker: str) -> np.ndarray:
    """Half a minute of what `speaker` says in the bundled conversation, on a channel of theirs."""
    samples, rate = soundfile.read(SAMPLES / "evening.flac", dtype="float32")
    assert rate == SAMPLE_RATE
    rows = [line.split() for line in (SAMPLES / "evening.rttm").read_text().splitlines()]
    turns = [(float(row[3]), float(row[4])) for row in rows if row[7] == speaker]
    pieces = [
        samples[round(start * rate) : round((start + length) * rate), "AB".index(speaker)]
        for start, length in turns
    ]
    return np.concatenate(pieces)[: 30 * rate]
