import re

import pytest

from kitchen import kitchen, partner_words, saying
from listenlive.analysis import analyse
from listenlive.demo import demo_events
from listenlive.errors import ConfigError
from listenlive.events import replay
from listenlive.report.clips import Clip
from listenlive.report.html import render
from listenlive.report.page import Audience, page_of
from listenlive.report.share import mine_only, without_names


def shared(conversation):
    analysis = analyse(conversation)
    return render(
        page_of(
            conversation,
            analysis,
            audience=Audience.SHARE,
            clip=lambda span: Clip(b"both voices"),
        )
    )


def test_no_word_name_or_voice_of_the_other_is_in_the_file():
    conversation = kitchen(names=("Nora", "Zebedee"))
    html = shared(conversation).lower()
    assert partner_words()
    assert [w for w in partner_words() if w in html] == []
    assert "zebedee" not in html
    assert "data:audio" not in html
    assert "<audio" not in html
    assert "the other person" in html


def test_my_own_words_are_not_in_it_either():
    html = shared(saying(kitchen(), "A", "What did the marmalade do?"))
    assert "marmalade" not in html
    assert "You asked an open question" in html


def test_only_my_figures_are_in_the_values():
    conversation = kitchen()
    left, figures = mine_only(conversation, analyse(conversation))
    assert {u.speaker for u in left.utterances} == {"A"}
    assert list(figures.measures) == ["A"]
    assert figures.measures["A"].interruptions_received is None
    assert {m.by for m in figures.moments} == {"A"}
    assert all(set(w.seconds) == {"A"} for w in figures.windows)
    assert figures.findings == ()


def test_my_figures_stay():
    conversation = kitchen()
    page = page_of(conversation, analyse(conversation), audience=Audience.SHARE)
    whole = page_of(conversation, analyse(conversation))
    assert [c.figure for c in page.sides[0].cards] == [c.figure for c in whole.sides[0].cards]
    assert len(page.sides) == 1
    assert page.closing == whole.closing


def test_sharing_needs_to_know_who_i_am():
    with pytest.raises(ConfigError, match="--me"):
        mine_only(kitchen(me=None), analyse(kitchen(me=None)))


def test_names_inside_words_stay():
    conversation = kitchen(names=("Nora", "Al"))
    assert without_names("Al said: alas, AL", conversation) == (
        "the other person said: alas, the other person"
    )
    assert re.search("Nora", without_names("Nora", conversation))


def test_my_profile_is_shared_without_what_needs_words_or_the_other():
    talk = replay(demo_events()[2])
    conversation, analysis = mine_only(talk, analyse(talk))
    (profile,) = analysis.profiles
    found = {each.name.value: each for each in profile.dimensions}
    assert found["floor"].phrase == "came in early once"
    assert found["floor"].sample == "in 3 min 20 s of the other person's speech"
    assert found["understanding"].missing == "told from words that nobody has confirmed yet"
    assert not any(each.beside for each in profile.dimensions)
    known = {moment.id for moment in analysis.moments}
    assert all(known.issuperset(each.moments) for each in profile.dimensions)
    assert analysis.lesson is None
    assert (talk.check_ins != (), conversation.check_ins) == (True, ())
    assert "Theo" not in shared(talk)
