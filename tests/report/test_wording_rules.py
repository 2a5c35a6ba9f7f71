"""The rules of wording, over everything that is said about many conversations at random.

No adjectives about people, no emotion or motive claimed, a sample with every figure.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from chance import drawn
from kitchen import kitchen
from listenlive.analysis import analyse
from listenlive.analysis.history import talk as kept
from listenlive.analysis.trends import trends
from listenlive.conversation import Answer, CheckIn, Role
from listenlive.demo import demo_events
from listenlive.events import replay
from listenlive.forms import FELT_HEARD, form
from listenlive.report.entries import Quote
from listenlive.report.page import page_of
from listenlive.report.terminal import print_parts, show
from listenlive.report.transcript import Section
from listenlive.report.trends import told

DEMO = [replay(events) for events in demo_events()]
HISTORY = [
    kept(f"s{n}", datetime(2026, 1, n + 1, tzinfo=UTC), t, analyse(t)) for n, t in enumerate(DEMO)
]
TALKS = [
    *(drawn(seed) for seed in range(200, 280)),
    kitchen(),
    kitchen(me="B"),
    kitchen(me=None),
    *DEMO,
]

ABOUT_PEOPLE = """
    rude aggressive dominant dominating domineering passive patient impatient attentive
    inattentive empathic empathetic cold warm kind unkind selfish generous pushy controlling
    dismissive supportive caring uncaring polite impolite respectful disrespectful nice good
    bad better best worse worst great terrible poor excellent perfect weak strong toxic
    healthy unhealthy defensive critical arrogant humble shy bossy sensitive insensitive
    skilled unskilled talented should must wrongly rightly
"""
EMOTIONS = """
    angry anger annoyed irritated sad sadness happy happiness afraid fear anxious nervous
    upset hurt frustrated bored excited ashamed jealous disgusted surprised stressed depressed
    lonely guilty loved hated furious enthusiastic
"""
MOTIVES = ["wanted", "intended", "tried", "meant", "deliberately", "ignored", "refused"]
BANNED = re.compile(
    rf"\b({'|'.join((*ABOUT_PEOPLE.split(), *EMOTIONS.split(), *MOTIVES))})\b", re.IGNORECASE
)
SCORES = re.compile(
    r"\b(score|grade|points?|rating|rank(ed)?|level \d|out of 100)\b", re.IGNORECASE
)
ALLOWED = (
    "twice as many good",  # MITI's own word for a ratio, named as such
    "sessions rated high",
    "listener signals",
    "You marked this as wrong",
)


def said(value: object) -> Iterator[str]:
    """Every text in `value` that is ours: no quotes, no transcript, no answers of people."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, Quote | Section):
        for each in fields(value):
            if each.name not in {"answered", "settings", "definitions", "notes", "path"}:
                yield from said(getattr(value, each.name))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from said(each)


def texts(conversation) -> list[str]:
    analysis = analyse(conversation, history=HISTORY)
    out = io.StringIO()
    show(conversation, analysis, console=Console(file=out, width=200, markup=False))
    lines = [line for line in out.getvalue().splitlines() if "“" not in line]
    ours = [*said(page_of(conversation, analysis)), *said(analysis.profiles)]
    ours += [*said(analysis.lesson), *said(analysis.findings), analysis.closing]
    return [*ours, *lines]


@pytest.mark.parametrize("number", range(len(TALKS)))
def test_no_word_judges_a_person_or_claims_what_they_felt(number):
    conversation = replace(TALKS[number], notes=(), recording=None)
    for text in texts(conversation):
        plain = text
        for allowed in ALLOWED:
            plain = plain.replace(allowed, "")
        assert not BANNED.search(plain), text
        assert not SCORES.search(plain), text


@pytest.mark.parametrize("number", range(len(TALKS)))
def test_every_figure_says_what_it_rests_on(number):
    analysis = analyse(TALKS[number], history=HISTORY)
    for profile in analysis.profiles:
        for each in profile.dimensions:
            assert each.missing or re.search(r"\d|\bno\b", each.sample), each
    for point in analysis.lesson.points if analysis.lesson else ():
        counts = re.search(r"\d+ times|once|twice|\d %", point.text)
        if counts:  # a count stands with what it was counted in
            assert re.search(r"in \d+|of your|of the talk time|that happened", point.text), point


def test_no_two_spaces_no_raw_names_no_unfinished_sentences():
    for conversation in TALKS:
        analysis = analyse(conversation, history=HISTORY)
        for profile in analysis.profiles:
            for each in profile.dimensions:
                assert not re.search(r"  |\bNone\b|\{|\}|MomentKind|nan\b", repr_of(each)), each
        for point in analysis.lesson.points if analysis.lesson else ():
            assert point.text[0].isupper()
            assert point.text.endswith(".")


def repr_of(dimension) -> str:
    place = dimension.place.text if dimension.place else ""
    return " | ".join(filter(None, (dimension.phrase, dimension.sample, dimension.beside, place)))


@pytest.mark.parametrize("shares", [(0.9, 0.9, 0.9), (0.1, 0.1, 0.1), (0.5, 0.5, 0.5)])
def test_what_is_said_over_time_judges_nobody(shares):
    weekly = [
        replace(
            HISTORY[0],
            at=HISTORY[0].at + timedelta(weeks=n),
            mine=replace(HISTORY[0].mine, others_seconds=100 * s, talk_seconds=100 * (1 - s)),
        )
        for n, s in enumerate(shares)
    ]
    out = io.StringIO()
    print_parts(told(trends([*weekly, *HISTORY])), Console(file=out, width=200, markup=False))
    text = out.getvalue()
    assert "95 % interval" in text
    assert not BANNED.search(text.replace("felt heard", ""))
    assert not SCORES.search(text)


def test_what_people_answer_changes_no_figure():
    asked = form(FELT_HEARD).questions
    told = CheckIn(FELT_HEARD, Role.PARTNER, tuple(Answer(q.id, 1) for q in asked), "2026-05-03")
    talk = kitchen()
    assert analyse(replace(talk, check_ins=(told,))) == analyse(talk)
