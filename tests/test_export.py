import csv
import io
import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from drawing import draw
from kitchen import kitchen, saying
from listenlive import export
from listenlive.analysis import analyse
from listenlive.config import Settings
from listenlive.conversation import (
    Conversation,
    Practice,
    PracticeAnswer,
    PracticeStep,
    Role,
    StepKind,
)
from listenlive.errors import ConfigError
from listenlive.span import Span

EMPTY = Conversation(duration=3.0)


def exported(conversation):
    return export.export(conversation, analyse(conversation))


def test_export_has_the_documented_shape():
    found = json.loads(export.json_text(exported(kitchen())))
    assert list(found) == [
        "format", "version", "source", "duration", "language", "speakers", "utterances",
        "moments", "measures", "findings", "quoted", "profiles", "lesson", "goal",
        "check_ins", "practice", "not_measured", "settings",
    ]  # fmt: skip
    assert found["format"] == "listenlive/1"
    assert found["source"] == {"kind": "file", "name": "visit-with-Theo.flac", "channels": 2}
    assert found["speakers"][0] == {"id": "A", "name": "Nora", "role": "listener"}
    first = found["utterances"][0]
    assert first["text"] == "How was the visit?"
    assert (first["speaker"], first["start"], first["end"]) == ("A", 1.0, 3.0)
    assert set(first["words"][0]) == {"text", "start", "end", "probability"}
    assert set(first["tone"]) == {"f0_hz", "f0_range_st", "level_db", "rate", "energy", "words"}
    assert found["measures"]["A"]["talk_seconds"] > 0
    assert found["measures"]["A"]["talk_overs"]["over"] == "B"
    assert found["settings"] == Settings().as_dict()


def test_moments_of_the_export_point_at_its_utterances():
    found = exported(kitchen())
    ids = {u["id"] for u in found["utterances"]}
    moments = {m["id"] for m in found["moments"]}
    assert {m["kind"] for m in found["moments"]} >= {"interruption", "question_open"}
    assert all(set(m["utterances"]) <= ids for m in found["moments"])
    assert all(set(f["moments"]) <= moments for f in found["findings"])


def test_an_exercise_is_exported_with_its_steps_answers_and_figures():
    assert exported(kitchen())["practice"] is None
    step = PracticeStep(StepKind.TELL, Span(0, 3.00049), Role.PARTNER, Role.PARTNER)
    answer = PracticeAnswer("got_it", Role.PARTNER, 1, 2.0)
    talk = draw("A    ===\nB  ====", listener="A")
    found = exported(replace(talk, practice=Practice("two-minutes", (step,), (answer,))))
    assert json.loads(export.json_text(found))["practice"] == {
        "exercise": "two-minutes",
        "steps": [
            {"kind": "tell", "start": 0.0, "end": 3.0, "teller": "partner", "floor": "partner"}
        ],
        "answers": [{"question": "got_it", "by": "partner", "value": 1}],
        "figures": [
            {"name": "slips", "by": "A", "value": 1, "size": 3.0, "reason": None, "quotes": []}
        ],
    }


def test_what_is_unknown_is_null():
    found = exported(kitchen(me=None))
    assert [s["role"] for s in found["speakers"]] == [None, None]
    blind = export.export(c := draw("A  ==\nB    ==", sees_overlap=False), analyse(c))
    assert blind["measures"]["A"]["interruptions_made"] is None
    assert blind["utterances"][0]["tone"] is None
    assert "overlaps" in blind["not_measured"]


def test_rttm_gives_the_utterances_back():
    conversation = kitchen()
    rows = [line.split() for line in export.rttm(conversation).splitlines()]
    assert {row[0] for row in rows} == {"SPEAKER"}
    assert all(len(row) == 10 for row in rows)
    told = [(r[7], float(r[3]), round(float(r[3]) + float(r[4]), 3)) for r in rows]
    assert told == [(u.speaker, u.span.start, u.span.end) for u in conversation.utterances]


def cues(text, separator):
    time = rf"(\d+):(\d\d):(\d\d)\{separator}(\d\d\d)"
    return [
        (seconds(m.groups()[:4]), seconds(m.groups()[4:8]), m.group(9))
        for m in re.finditer(rf"^{time} --> {time}\n(.+)$", text, re.MULTILINE)
    ]


def seconds(parts):
    hours, minutes, whole, thousandths = map(int, parts)
    return hours * 3600 + minutes * 60 + whole + thousandths / 1000


@pytest.mark.parametrize(("write", "separator"), [(export.srt, ","), (export.vtt, ".")])
def test_subtitles_are_short_ordered_and_complete(write, separator):
    conversation = kitchen()
    found = cues(write(conversation), separator)
    assert found == sorted(found, key=lambda cue: cue[:2])
    assert max(len(text) for *_, text in found) < 110
    assert sum(text.count("trombone") for *_, text in found) == 3
    assert all(start < end for start, end, _ in found)


def test_subtitles_neutralise_markup_and_arrows():
    bad = "a --> b <b>bold</b> {\\an8} 1 & 2"
    conversation = saying(kitchen(names=("<i>Nora", "Th\neo")), "A", bad)
    srt, vtt = export.srt(conversation), export.vtt(conversation)
    assert len(cues(srt, ",")) == srt.count("-->")  # only the times of cues
    assert not re.search(r"[<{]", srt)
    assert "--&gt; b &lt;b&gt;bold&lt;/b&gt;" in vtt
    assert "<v &lt;i&gt;Nora>" in vtt
    assert "<v Th eo>" in vtt
    assert "1 &amp; 2" in vtt


@pytest.mark.parametrize("bad", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_csv_has_no_formula(bad):
    conversation = saying(kitchen(names=("Nora", bad)), "A", bad)
    rows = list(csv.DictReader(io.StringIO(export.csv(conversation, analyse(conversation)))))
    mine, theirs = rows[0], rows[1]
    assert mine["text"].startswith("'")
    assert theirs["name"].startswith("'")
    assert (float(mine["start"]), float(mine["end"])) == (1.0, 3.0)


def test_csv_gives_quotes_and_commas_back():
    conversation = saying(kitchen(), "A", 'Well, "fine", he said')
    rows = list(csv.DictReader(io.StringIO(export.csv(conversation, analyse(conversation)))))
    assert rows[0]["text"] == 'Well, "fine", he said'
    assert len(rows) == len(conversation.utterances)


def tiers(text):
    """Tiers of a TextGrid in long format: name -> [(xmin, xmax, label)]."""
    found = {}
    for block in re.split(r"item \[\d+\]:", text)[1:]:
        name = re.search(r'name = "((?:[^"]|"")*)"', block).group(1).replace('""', '"')
        rows = re.findall(r'xmin = ([\d.]+)\s+xmax = ([\d.]+)\s+text = "((?:[^"]|"")*)"', block)
        found[name] = [(float(a), float(b), label.replace('""', '"')) for a, b, label in rows]
        assert int(re.search(r"intervals: size = (\d+)", block).group(1)) == len(rows)
    assert int(re.search(r"^size = (\d+)", text, re.MULTILINE).group(1)) == len(found)
    return found


def test_textgrid_fills_the_time_without_overlap():
    conversation = saying(kitchen(names=('No"ra', "Theo")), "A", 'say "x" now')
    found = tiers(export.textgrid(conversation))
    assert list(found) == ['No"ra', 'No"ra words', "Theo", "Theo words"]
    for rows in found.values():
        assert rows[0][0] == 0
        assert rows[-1][1] == conversation.duration
        assert all(a[1] == b[0] for a, b in pairwise(rows))
    assert [label for *_, label in found['No"ra words'] if label][:3] == ["say", '"x"', "now"]


@pytest.mark.parametrize("output", list(export.ExportFormat))
@pytest.mark.parametrize("conversation", [EMPTY, kitchen()], ids=["silence", "talk"])
def test_every_format_is_text_and_ends_its_line(output, conversation):
    text = export.text(conversation, analyse(conversation), output=output)
    assert not text or text.endswith("\n")
    text.encode("utf-8")


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(ConfigError, match=r"'docx'.*json, rttm"):
        export.text(EMPTY, analyse(EMPTY), output="docx")
