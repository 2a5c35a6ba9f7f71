import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources

import pytest

from kitchen import kitchen, saying
from listenlive.analysis import analyse
from listenlive.conversation import Conversation
from listenlive.report.clips import Clip
from listenlive.report.html import render
from listenlive.report.page import page_of

EVIL = (
    """<script>alert(1)</script><img src=x onerror="alert(1)"> " ' ` & \u202e --> ]]> {{ 7*7 }}"""
)


class Elements(HTMLParser):
    """All elements and their text."""

    def __init__(self, html):
        super().__init__()
        self.found, self.open, self.words = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def of(self, tag):
        return [attrs for name, attrs in self.found if name == tag]


def html(conversation, **options):
    return render(page_of(conversation, analyse(conversation), **options))


def test_names_and_words_are_text():
    bad = saying(kitchen(names=(EVIL, EVIL)), "B", EVIL)
    page = html(replace(bad, notes=(EVIL,)))
    elements = Elements(page)
    assert len(elements.of("script")) == 1
    assert elements.of("img") == []
    assert "{{ 7*7 }}" in page  # said, and not computed
    assert "\u202e" not in page
    assert not any(name.startswith("on") for _, attrs in elements.found for name in attrs)


def test_nothing_is_loaded():
    page = html(kitchen(), clip=lambda span: Clip(b"sound"))
    elements = Elements(page)
    assert elements.of("link") == []
    sources = [a["src"] for _, a in elements.found if "src" in a]
    assert sources
    assert all(source.startswith("data:audio/mpeg;base64,") for source in sources)
    targets = [a["href"] for _, a in elements.found if "href" in a]
    assert all(target.startswith("#") for target in targets)
    assert not re.search(r"https?://|@import|url\(", page)


def test_the_policy_allows_our_own_style_and_script_alone():
    page = html(kitchen())
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page).group(1)
    policy = policy.replace("&#39;", "'")
    for tag in ("style", "script"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL).group(1)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert all("style" not in attrs for _, attrs in Elements(page).found)


def test_links_lead_to_places_that_exist_once():
    elements = Elements(html(kitchen()))
    ids = [attrs["id"] for _, attrs in elements.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for _, a in elements.found if "href" in a} <= set(ids)


def test_pictures_have_words():
    for attrs in Elements(html(kitchen())).of("svg"):
        if attrs.get("role"):
            assert len(attrs["aria-label"]) > 20


def test_the_clip_is_the_sound_it_was_given():
    page = html(kitchen(), clip=lambda span: Clip(b"sound"))
    assert base64.b64encode(b"sound").decode() in page
    assert "<audio" not in html(kitchen())


def test_numbers_keep_their_units():
    assert re.search(r"\d\u00a0s\b", html(kitchen()))


def test_silence_has_a_page():
    page = html(Conversation(duration=600.0))
    assert "No speech was found" in page
    assert '<svg class="timeline"' not in page


def test_three_hours_stay_small():
    day = kitchen()
    rounds = int(3 * 3600 / day.duration)
    utterances = tuple(
        replace(u, id=u.id + 1000 * n, span=u.span.shifted(n * day.duration))
        for n in range(rounds)
        for u in day.utterances
    )
    page = html(replace(day, utterances=utterances, duration=rounds * day.duration))
    assert len(page.encode()) < 5_000_000


def luminance(colour):
    """Relative luminance of #rrggbb (WCAG 2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_all_text_has_contrast(scheme):
    css = resources.files("listenlive").joinpath("templates/report.css").read_text()
    roots = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", roots[scheme]))
    grounds = [colours.pop("paper"), colours.pop("card")]
    del colours["rule"]  # lines, not text
    for name, colour in colours.items():
        for ground in grounds:
            light, dark = sorted((luminance(wide(colour)), luminance(wide(ground))), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, name


def wide(colour):
    return colour if len(colour) == 7 else "#" + "".join(c * 2 for c in colour[1:])
