import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from drawing import draw
from kitchen import kitchen, saying
from listenlive.analysis import analyse
from listenlive.conversation import (
    Answer,
    CheckIn,
    Conversation,
    Mark,
    Practice,
    PracticeStep,
    Role,
    StepKind,
)
from listenlive.report.terminal import show
from listenlive.span import Span


def printed(conversation, *, width=80, file=None, **options):
    out = file or io.StringIO()
    console = Console(file=out, width=width, markup=False, highlight=False, **options)
    show(conversation, analyse(conversation), console=console)
    return out.getvalue() if file is None else ""


def test_the_summary_has_it_all_and_ends_with_the_closing_sentence():
    conversation = kitchen()
    text = printed(conversation)
    labels = ["Who spoke", "Space", "Floor", "Balance", "Curiosity", "Understanding", "Fixing",
              "Tone", "Went well", "To work on", "Next time"]  # fmt: skip
    assert [text.index(label) for label in labels] == sorted(text.index(x) for x in labels)
    assert text.rstrip().endswith(analyse(conversation).closing)
    assert re.search(r"Floor +came in early 6 times \(in [\d a-z]+ of Theo's.* 3 times", text)


def test_it_says_how_to_ask_the_other_until_somebody_has():
    asked = CheckIn("felt_heard", Role.PARTNER, (Answer("time", 4), Answer("again", 5)), "2026")
    assert "Ask the other: listenlive checkin" in printed(kitchen())
    answered = printed(replace(kitchen(), check_ins=(asked,)))
    assert "Theo  Did you feel heard? 4.5 of 5, average of 2 answers" in answered
    assert "listenlive checkin" not in answered


def test_what_was_marked_and_noted_is_told():
    text = printed(replace(kitchen(), marks=(Mark(61.2), Mark(75.0, "[b]she was sad\x1b[31m"))))
    assert re.search(r"You marked +1:01 *\n +1:15 \[b\]she was sad", text)
    assert "\x1b" not in text
    assert "You marked" not in printed(kitchen())


def test_where_sound_was_lost_is_told():
    lost = replace(kitchen(), lost=(Span(61.0, 64.6), Span(64.6, 70.0)))
    assert "No sound was recorded from 1:01 to 1:10." in printed(lost)
    assert "No sound was recorded" not in printed(kitchen())


def test_without_a_listener_both_are_told_alike():
    text = printed(kitchen(me=None))
    assert re.search(r"Floor +Nora +came in early 6 times", text)
    assert re.search(r"\n +Theo +came in early 3 times", text)
    assert "Worth hearing" in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_it_keeps_to_the_width(width):
    text = printed(kitchen(), width=width)
    assert max(map(len, text.splitlines())) <= min(width, 100)


def test_without_a_terminal_it_is_plain_text(monkeypatch):
    assert "\x1b" not in printed(kitchen())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[\d;]*3\dm", printed(kitchen(), force_terminal=True))


def test_names_and_words_are_neither_markup_nor_escapes():
    names = ("[bold]No\x1b[31mra", "[/]Th\x07eo\x9b")
    text = printed(saying(kitchen(names=names), "B", "[red]so\x1b]0;title\x07 what[/red]?"))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\x9b" not in text
    assert "[/]Th eo" in text
    assert "[red]so" in text


def test_what_was_not_measured_says_why():
    text = printed(draw("A  ====\nB      ==", sees_overlap=False, listener="A"))
    assert "Not measured" in text
    assert "people talking at once" in " ".join(text.split())


def test_a_terminal_of_few_characters_gets_them():
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    printed(kitchen(names=("Nora", "Zoë")), file=file)
    assert b"Zo?" in raw.getvalue()
    assert b"###" in raw.getvalue()


def test_an_exercise_tells_what_it_showed():
    step = PracticeStep(StepKind.TELL, Span(0, 3), Role.PARTNER, Role.PARTNER)
    talk = draw("A    ===\nB  ====", listener="A")
    text = printed(replace(talk, practice=Practice("two-minutes", (step,))))
    assert "Exercise      You listened for 3.0 s and spoke up once (at 0:01)." in text
    assert "Exercise" not in printed(talk)


def test_silence_is_one_sentence():
    assert "No speech was found" in printed(Conversation(duration=4.0))


@pytest.mark.parametrize("width", [40, 48, 60, 80])
def test_the_heading_breaks_before_a_dot_that_has_no_room(width):
    heard = replace(kitchen(), recording=None)
    heading = printed(heard, width=width).split("\n\n")[0].splitlines()
    assert not [line for line in heading if line.rstrip().endswith("·")]
    assert max(map(len, heading)) <= width


def test_a_date_of_the_analysis_is_called_that():
    talk = kitchen()
    assert "How you listened  3 May 2026, 19:04 ·" in printed(talk)
    recording = replace(talk.recording, dated=False)
    assert "  analysed 3 May 2026, 19:04 ·" in printed(replace(talk, recording=recording))
    day = replace(talk.recording, at="2026-05-03T00:00:00+02:00")
    assert "  3 May 2026 ·" in printed(replace(talk, recording=day))  # nobody said the hour
