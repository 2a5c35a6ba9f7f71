import io
from dataclasses import replace

import pytest
from rich.console import Console

from listenlive import library
from listenlive.analysis.trends import trends
from listenlive.cli import main
from listenlive.demo import demo_data
from listenlive.report.terminal import print_parts
from listenlive.report.trends import told


@pytest.fixture(scope="module")
def talks():
    with demo_data() as data, library.opened(data) as index:
        return index.talks()


def printed(talks, *, width=80, encoding="utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    print_parts(told(trends(talks)), Console(file=file, width=width, markup=False))
    return raw.getvalue().decode(encoding)


def test_it_fits_80_columns_with_its_intervals(talks):
    text = printed(talks)
    assert max(map(len, text.splitlines())) <= 80
    rows = [line for line in text.splitlines() if line.startswith("You came in early")]
    cells = "You came in early /min 6 █▄▂▃▁▁ 0.8 0.1"  # halves of three have no interval
    assert " ".join(rows[0].split()) == cells
    assert "With Theo  5 conversations, 6 September 2026 to 18 October 2026" in text


def test_one_conversation_has_figures_and_no_line(talks):
    part = printed(talks).partition("With Lena")[2]
    assert "No line under 4 conversations" in part
    assert "→" not in part
    assert not set(part) & set("▁▂▃▄▅▆▇█")


def test_a_terminal_of_few_characters_gets_them(talks):
    text = printed(talks, encoding="ascii")
    assert "#-,.__ 0.8" in text
    assert "?" not in text


def test_the_demo_reads_nothing_of_mine(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LISTENLIVE_DATA", str(tmp_path / "mine"))
    assert main(["trends", "--demo", "--partner", "theo"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("With Theo  5 conversations")
    assert "Lena" not in out
    assert not (tmp_path / "mine").exists()


def test_without_conversations_it_says_how_to_get_some(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LISTENLIVE_DATA", str(tmp_path))
    assert main(["trends"]) == 0
    assert "analyze keeps them" in capsys.readouterr().err
    assert main(["trends", "--demo", "--partner", "Zoe"]) == 2
    assert "there are some with: Lena, Theo" in capsys.readouterr().err


def test_dates_of_the_analysis_are_said_to_be_that(talks):
    assert "that of the analysis" not in printed(talks)
    some = [replace(talk, dated=number > 1) for number, talk in enumerate(talks)]
    told_flat = " ".join(printed(some).split())
    assert "2 dates are those of the analyses, since the recordings hold none." in told_flat
    one = " ".join(printed([replace(talks[0], dated=False), *talks[1:]]).split())
    assert "1 date is that of the analysis" in one
    assert "Say when it was: listenlive analyze FILE --date 2026-05-31" in one
