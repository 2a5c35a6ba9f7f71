"""Nothing leaves the machine: not by the libraries that engines load, either."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "walk.mono.flac"

LOADS_NETWORKS = """
import numpy as np
from listenlive.engines.silero import silero_session
from listenlive.engines.speakers import SegmentationNetwork
silero_session()
SegmentationNetwork()(np.zeros(16_000, dtype=np.float32))
"""


def _environment(home):
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**kept, "HOME": str(home), "LISTENLIVE_DATA": str(home / "data")}


def test_libraries_leave_no_device_id_behind(tmp_path):
    # onnxruntime keeps an id and a queue of reports in the user's cache unless it is told not to
    subprocess.run([sys.executable, "-c", LOADS_NETWORKS], check=True, env=_environment(tmp_path))
    assert [path.name for path in tmp_path.rglob("*") if "icrosoft" in path.name] == []


KEPT = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "16", "MKL_DISABLE_FAST_MM": "1"}


@pytest.mark.parametrize("given", [{}, dict.fromkeys(KEPT, "0")])
def test_libraries_keep_little_of_what_they_used_unless_the_user_says_so(given, tmp_path):
    asked = f"import os, listenlive.engines; print(*(os.environ[name] for name in {list(KEPT)}))"
    command, env = [sys.executable, "-c", asked], _environment(tmp_path) | given
    done = subprocess.run(command, check=True, env=env, capture_output=True, text=True)
    assert done.stdout.split() == list((given or KEPT).values())


@pytest.mark.model
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="strace is for Linux")
def test_an_analysis_asks_the_system_for_no_network(tmp_path):
    # sockets blocked in Python say nothing of those that C++ opens: here the system itself tells
    strace, log = shutil.which("strace"), tmp_path / "calls"
    assert strace, "scripts/test-needs installs strace"
    traced = [strace, "-f", "-qq", "-e", "trace=socket,connect,sendto,sendmsg", "-o", str(log)]
    if subprocess.run([*traced, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let one program trace another")
    program = Path(sys.executable).with_name("listenlive")
    analyze = [str(program), "analyze", str(SAMPLE), "--no-words", "--quiet"]
    subprocess.run([*traced, *analyze], check=True, env=_environment(tmp_path))
    calls = log.read_text(errors="replace").splitlines()
    assert [call for call in calls if "AF_INET" in call] == []
