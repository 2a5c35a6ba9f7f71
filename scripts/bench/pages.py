"""Measure the local pages in a real browser: the first picture of a timeline, and scrolling."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from listenlive.config import Settings
from listenlive.conversation import Conversation
from listenlive.events import Diarized, Ended, LanguageDetected, UtteranceHeard
from listenlive.store import SavedSession, SessionWriter

FLAGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-sync"
DRAWN = "() => performance.getEntriesByName('timeline-drawn')[0].startTime / 1000"
FRAMES = """async ([id, pixels]) => {
  const list = document.getElementById(id), times = [];
  let last = performance.now();
  for (let i = 0; i < 120; i++) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    times.push((now - last) / 1000);
    last = now;
    list.scrollTop += pixels;
  }
  return times.slice(5).sort((a, b) => a - b);
}"""
ZOOMS = """async () => {
  const lanes = document.getElementById("lanes"), times = [];
  lanes.focus();
  for (let i = 0; i < 60; i++) {
    const key = i % 20 < 10 ? "+" : "-", began = performance.now();
    lanes.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    times.push((performance.now() - began) / 2000);
  }
  return times.sort((a, b) => a - b);
}"""


def kept(data: Path, conversation: Conversation) -> SavedSession:
    """`conversation` as a session in `data`."""
    writer = SessionWriter(
        data, "long", Settings(), began=datetime(2026, 5, 3, tzinfo=UTC), recording=None
    )
    for utterance in conversation.utterances:
        writer.append(UtteranceHeard(utterance))
    writer.append(LanguageDetected("en", None))
    writer.append(Diarized(conversation.people, sees_overlap=True))
    writer.append(Ended(conversation.duration))
    return writer.close()


@contextmanager
def reviewing(data: Path) -> Iterator[str]:
    """`listenlive review` over `data`; the address it printed."""
    program = str(Path(sys.executable).with_name("listenlive"))
    command = [program, "review", "--no-open", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            found = re.search(r"http://\S+", running.stdout.readline())
            assert found
            yield found[0]
        finally:
            running.terminate()


def measured(conversation: Conversation, *, runs: int = 5) -> dict[str, tuple[float, ...]]:
    """Seconds by name: the timeline drawn for the first time and again, frames while scrolling."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    found: dict[str, list[float]] = {"first": [], "again": [], "transcript": [], "zoom": []}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        session = kept(Path(folder), conversation)
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS.split())
        for _ in range(runs):
            with reviewing(Path(folder)) as home:
                page = browser.new_page(viewport={"width": 1280, "height": 1000})
                found["first"].append(_opened(page, home, session))
                found["again"].append(_opened(page, home, session))
                frames = page.evaluate(FRAMES, ["lines", 120])
                found["transcript"].append(frames[int(0.95 * len(frames))])
                zooms = page.evaluate(ZOOMS)
                found["zoom"].append(zooms[int(0.95 * len(zooms))])
                page.close()
        browser.close()
    return {name: tuple(values) for name, values in found.items()}


def _opened(page: Any, home: str, session: SavedSession) -> float:
    """Seconds from asking for the page until its timeline is drawn."""
    page.goto(f"{home}sessions/{session.id}/")
    page.locator("body[data-version]").wait_for(timeout=60_000)
    seconds: float = page.evaluate(DRAWN)
    return seconds
