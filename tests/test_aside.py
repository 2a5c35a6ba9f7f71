"""What follows beside the hearing hears the same."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from listenlive.aside import aside
from listenlive.attribution import Diarization
from listenlive.audio import SAMPLE_RATE, AudioChunk
from listenlive.conversation import Tone, Voice
from listenlive.engines.scripted import ScriptedDetector
from listenlive.engines.scripted_people import ScriptedDiarizer, ScriptedToneMeter
from listenlive.pipeline import Ears
from listenlive.segmenter import Segmenter
from listenlive.span import Span

PATIENCE = 20.0  # seconds after which a test is stuck; none waits as long
VOICES = (Voice("A", Span(1.0, 5.0)),)
TONE = Tone(120.0, 4.0, -25.0, 4.0, 0.7)


class Attentive(ScriptedDiarizer):
    """Notes where the chunks began that it was fed; waits with the first until it may go on."""

    def __init__(self, go: Event):
        super().__init__(VOICES)
        self.fed = []
        self._go = go

    def feed(self, chunk, speech):
        self._go.wait(PATIENCE)
        self.fed.append(chunk.offset)
        return super().feed(chunk, speech)


class Broken(ScriptedDiarizer):
    def feed(self, chunk, speech):
        raise RuntimeError("broken")


def ears_with(diarizer) -> Ears:
    return Ears(
        detector=ScriptedDetector("#"),
        segmenters=(Segmenter(),),
        diarizer=diarizer,
        tone_meter=ScriptedToneMeter(TONE),
    )


def feed(ears: Ears, count: int) -> None:
    for i in range(count):
        chunk = AudioChunk(np.zeros((SAMPLE_RATE, 1), dtype=np.float32), i * SAMPLE_RATE)
        ears.diarizer.feed(chunk, np.zeros((31, 1), dtype=np.float32))
        ears.tone_meter.feed(chunk)


def fed_and_finished(ears: Ears) -> Diarization:
    feed(ears, 3)
    return ears.diarizer.finish()


@pytest.fixture
def executors():
    with ThreadPoolExecutor(max_workers=1) as one, ThreadPoolExecutor(max_workers=1) as other:
        yield one, other


def test_it_hears_all_in_order_before_it_decides(executors):
    go = Event()
    diarizer = Attentive(go)
    beside = aside(ears_with(diarizer), *executors)
    feed(beside, 5)
    assert diarizer.fed == []  # it waits, and nobody waited for it, nor does the tone meter
    beside.tone_meter.finish()
    assert beside.tone_meter.tone(Span(1.0, 2.0), channel=0) == TONE
    go.set()
    found = beside.diarizer.finish()
    assert diarizer.fed == [i * SAMPLE_RATE for i in range(5)]
    assert isinstance(found, Diarization)
    assert found.voices == VOICES


def test_only_so_much_waits(executors):
    go = Event()
    go.set()
    diarizer = Attentive(go)
    feed(aside(ears_with(diarizer), *executors, most=2), 9)
    assert len(diarizer.fed) >= 7  # of 9 pieces of work two wait


def test_what_goes_wrong_beside_reaches_the_listener(executors):
    beside = aside(ears_with(Broken(VOICES)), *executors)
    with pytest.raises(RuntimeError, match="broken"):
        fed_and_finished(beside)


def test_what_everything_waits_for_stays(executors):
    gating = replace(
        ears_with(ScriptedDiarizer(VOICES)), gated=lambda: np.zeros((0, 1), dtype=np.float32)
    )
    assert aside(gating, *executors).diarizer is gating.diarizer
