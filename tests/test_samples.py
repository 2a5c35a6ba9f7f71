"""The bundled conversations, heard from their sound and held against their truth."""

import json
import socket
from functools import cache
from pathlib import Path

import pytest

from bench.rttm import read_rttm
from bench.score import Score, score
from listenlive import app
from listenlive.analysis.measures import SpeakerMeasures
from listenlive.config import Settings
from listenlive.export import export

pytestmark = pytest.mark.model

SAMPLES = Path(__file__).parent.parent / "samples"
BOTH = ("evening", "walk")


@cache
def heard(recording: str) -> app.Analysed:
    """The recording analysed as `listenlive analyze` does, with the network out of reach."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refused)
        patch.setattr(socket, "getaddrinfo", refused)
        return app.analyse_file(SAMPLES / recording, Settings())


def refused(*_args, **_how):
    raise AssertionError("the analysis reached for the network")


@cache
def lines(name: str) -> list[dict]:
    return json.loads((SAMPLES / f"{name}.words.json").read_text())


def scored(recording: str) -> Score:
    name = recording.partition(".")[0]
    analysed = heard(recording)
    return score(
        export(analysed.conversation, analysed.analysis),
        read_rttm(SAMPLES / f"{name}.rttm"),
        events=json.loads((SAMPLES / f"{name}.events.json").read_text()),
        text=" ".join(line["text"] for line in lines(name)),
    )


def said(name: str, speaker: str, label: str) -> int:
    return sum(line["speaker"] == speaker and label in line["labels"] for line in lines(name))


def mine(recording: str) -> SpeakerMeasures:
    analysed = heard(recording)
    assert analysed.conversation.listener is not None
    return analysed.analysis.measures[analysed.conversation.listener.id]


@pytest.mark.parametrize("name", BOTH)
def test_separate_channels_are_heard_as_they_are(name):
    found = scored(f"{name}.flac").as_dict()
    assert found["der"] <= 0.08
    assert found["share_error"] <= 0.01
    assert found["overlap"]["f1"] >= 0.85
    assert found["wer"] <= 0.12


@pytest.mark.parametrize(("name", "least"), [("evening", 0.9), ("walk", 0.99)])
def test_talk_overs_are_found_on_separate_channels(name, least):
    events = scored(f"{name}.flac").as_dict()["events"]
    assert events["talk_over"]["f1"] >= least
    assert events["backchannel"]["recall"] >= 0.85


@pytest.mark.parametrize("name", BOTH)
def test_one_microphone_tells_the_two_people_apart(name):
    found = scored(f"{name}.mono.flac").as_dict()
    assert found["speakers"] == [2, 2]
    assert found["confusion"] <= 0.02
    assert found["miss"] <= 0.03
    # Short pauses inside a turn, which the truth has from 0.2 s on, are filled up to about 0.35 s.
    assert found["false_alarm"] <= 0.15
    assert found["share_error"] <= 0.03
    assert found["wer"] <= 0.2


def test_the_listener_is_seen_to_do_it_badly_in_one_and_well_in_the_other():
    evening, walk = mine("evening.flac"), mine("walk.flac")
    assert evening.interruptions_made is not None
    assert evening.interruptions_made >= 4
    assert walk.interruptions_made == 0
    assert walk.talk_share is not None
    assert evening.talk_share is not None
    assert walk.talk_share < 0.4 < evening.talk_share
    assert walk.response_median_seconds is not None
    assert evening.response_median_seconds is not None
    assert walk.response_median_seconds > 2 * evening.response_median_seconds


@pytest.mark.parametrize("name", BOTH)
def test_questions_are_counted_by_kind(name):
    measures = mine(f"{name}.flac")
    asked = said(name, "A", "question_open"), said(name, "A", "question_closed")
    found = measures.questions_open, measures.questions_closed
    assert found == tuple(pytest.approx(count, abs=2) for count in asked)


def test_rates_need_five_minutes():
    evening, walk = mine("evening.flac").talk_overs, mine("walk.flac").talk_overs
    assert evening is not None
    assert evening.per_minute is not None
    assert walk is not None
    assert walk.per_minute is None
    assert "5" in (walk.withheld or "")


def test_the_stretch_spoken_louder_and_quicker_is_described_so():
    words = {
        word
        for stretch in heard("evening.flac").analysis.tone
        if stretch.speaker == "A" and stretch.span.start < 154 and stretch.span.end > 138
        for word in stretch.words
    }
    assert words >= {"raised", "quicker"}


@pytest.mark.parametrize("name", BOTH)
def test_findings_have_moments_to_play(name):
    analysis = heard(f"{name}.flac").analysis
    known = {moment.id for moment in analysis.moments}
    assert analysis.findings
    assert all(f.moments and set(f.moments) <= known for f in analysis.findings)
    assert analysis.worth_hearing
    assert set(analysis.worth_hearing) <= known
