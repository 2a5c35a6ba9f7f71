"""How the engines of a recording come together."""

from threading import Event

import pytest

from listenlive import hearing
from listenlive.config import Settings
from listenlive.layout import Layout


def test_words_are_made_ready_while_the_rest_is(monkeypatch: pytest.MonkeyPatch):
    begun = Event()
    transcriber = object()

    def loading(*_: object) -> object:
        begun.set()
        return transcriber

    def diarizer(_count: int | None) -> object:
        assert begun.wait(timeout=30), "words wait until all else is ready"
        return object()

    monkeypatch.setattr(hearing, "_transcriber", loading)
    monkeypatch.setattr("listenlive.engines.speakers.SpeakerDiarizer", diarizer)
    monkeypatch.setattr("listenlive.engines.channels.ChannelDiarizer", type("Other", (), {}))
    ears = hearing.ears_for(Settings(), Layout("mix", "one channel", 1, (0,)))
    assert ears.transcriber is transcriber
