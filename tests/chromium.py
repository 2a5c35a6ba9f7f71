"""A real Chromium, where one is installed."""

import shutil
from contextlib import contextmanager

import pytest

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --autoplay-policy=no-user-gesture-required"
)
MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed"),
]


@contextmanager
def launched(more_flags=""):
    api = pytest.importorskip("playwright.sync_api")
    flags = f"{FLAGS} {more_flags}".split()
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=PROGRAM, args=flags)
        yield found
        found.close()
