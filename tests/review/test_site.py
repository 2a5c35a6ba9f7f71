"""The pages as they are answered: the list, one session, corrections, sound, what is refused."""

import json
import stat
from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from talks_kept import ASKS, HOME, hum, keep

from kitchen import kitchen, saying
from listenlive import library, store
from listenlive.demo import keep_demo
from listenlive.events import PersonNamed, Titled
from listenlive.review.site import site
from listenlive.store import LISTENING_COPY as COPY
from listenlive.store import sessions

EVIL = "<script>alert('x')</script>\"'"


def at(session, rest=""):
    return f"/sessions/{session.id}/{rest}"


def drawn(client, session, query=""):
    return client.get(at(session, f"data{query}"), headers=ASKS).json()


def correct(client, session, **asked):
    version = drawn(client, session)["version"]
    return client.post(at(session, "corrections"), json={"version": version, **asked}, headers=ASKS)


# --- the list


def test_the_list_shows_what_is_kept_and_what_people_answered(data, client):
    keep_demo(data)
    text = client.get("/").text
    assert text.count('class="session"') == 6
    assert "18 October 2026, 20:20" in text
    assert "felt heard, Theo: 4.4 of 5" in text
    assert "mood, you: 7 then 8 of 10" in text


def test_it_is_filtered_by_partner(data, client):
    keep_demo(data)
    assert client.get("/?partner=Lena").text.count('class="session"') == 1


def test_what_was_said_is_found_with_a_link_to_its_time(data, talk, client):
    text = client.get("/", params={"words": "marmalade"}).text
    assert f"sessions/{talk.id}/#t=35.0" in text
    assert "marmalade incident" in text
    assert "Nobody said that" in client.get("/", params={"words": "submarine"}).text


def test_an_empty_folder_says_what_to_do(client):
    assert "No sessions yet" in client.get("/").text


def test_a_title_and_tags_are_kept_and_shown(data, talk, client):
    answer = client.post(at(talk, "filing"), data={"title": EVIL, "tags": "family, , home,family"})
    assert answer.status_code == 303
    text = client.get("/").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text
    assert client.get("/?tag=family").text.count('class="session"') == 1
    assert client.get("/?tag=work").text.count('class="session"') == 0
    assert list(talk.events())[-2] == Titled(EVIL)
    client.post(at(talk, "filing"), data={"title": EVIL, "tags": "family,home"})
    assert len(list(talk.events())) == drawn(client, talk)["version"]


def test_a_title_that_is_too_long_is_refused(talk, client):
    answer = client.post(at(talk, "filing"), data={"title": "x" * 121})
    assert answer.status_code == 400
    assert "at most 120 characters, not 121" in answer.text


def test_tags_that_are_too_many_leave_the_title(talk, client):
    tags = ",".join(map(str, range(13)))
    answer = client.post(at(talk, "filing"), data={"title": "In the kitchen", "tags": tags})
    assert answer.status_code == 400
    assert "The title is kept" in answer.text
    assert list(talk.events())[-1] == Titled("In the kitchen")


def test_deleting_says_what_goes_and_removes_it_from_the_index_too(data, talk, client):
    client.get("/")
    question = client.get(at(talk, "delete")).text
    assert "events.jsonl" in question
    assert "its entries in the index" in question
    assert client.post(at(talk, "delete")).status_code == 303
    assert sessions(data) == ()
    with library.opened(data) as index:
        assert index.search("marmalade") == ()


def test_a_damaged_session_is_named_and_can_be_deleted(data, talk, client):
    (talk.folder / store.SETTINGS).write_text("live = 3")
    assert "is damaged" in client.get("/").text
    assert talk.id in client.get(at(talk, "delete")).text
    assert client.post(at(talk, "delete")).status_code == 303
    assert not talk.folder.exists()


@pytest.mark.parametrize("output", ["json", "csv", "srt", "vtt", "rttm", "textgrid"])
def test_a_session_is_exported(talk, client, output):
    answer = client.get(at(talk, f"export/{output}"))
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert len(answer.text) > 500


def test_an_unknown_format_is_refused(talk, client):
    assert "unknown format" in client.get(at(talk, "export/exe")).text


# --- one session


def test_a_session_is_drawn(talk, client):
    page = client.get(at(talk))
    assert page.status_code == 200
    assert "Theo" in page.text
    found = drawn(client, talk)
    assert [p["label"] for p in found["people"]] == ["You", "Theo"]
    assert found["duration"] == 360.0
    assert len(found["moments"]) > 10
    assert found["both"]
    assert found["balance"]
    assert found["energy"]
    assert found["noEnergy"] == ""
    figures = client.get(at(talk, "figures")).text
    assert "What could be observed" in figures
    assert 'href="#m' in figures


def test_who_spoke_when_is_told_before_anything_is_analysed(talk, client):
    sketch = drawn(client, talk, "?sketch")
    assert (sketch["whole"], sketch["moments"]) == (False, [])
    whole = drawn(client, talk)
    said = [[line["person"], line["at"], line["said"]] for line in whole["lines"]]
    assert [[line["person"], line["at"], line["said"]] for line in sketch["lines"]] == said
    assert [p["spoke"] for p in sketch["people"]] == [p["spoke"] for p in whole["people"]]
    assert drawn(client, talk, "?sketch")["whole"]


def test_a_picture_of_it_is_drawn(talk, client):
    answer = client.get(at(talk, "thumbnail.svg"))
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.lstrip().startswith("<svg")
    assert answer.text.count("<path") == 4


@pytest.mark.parametrize("name", ["%2e%2e", "%2e%2e%2f%2e%2e%2fetc", "last", "", "nothing", "2026"])
def test_only_whole_names_of_sessions_are_read(data, talk, client, name):
    (data / "secret").write_text("secret")
    for rest in ("", "data", "sound", "export/json", "delete"):
        answer = client.get(f"/sessions/{name}/{rest}")
        assert answer.status_code in (400, 404)
        assert "secret" not in answer.text


@pytest.mark.parametrize("name", ["page.html", "../report/html.py", "%2e%2e/page.html", "x"])
def test_only_our_own_styles_and_scripts_are_served(client, name):
    assert client.get(f"/static/{name}").status_code == 404


def test_words_and_names_are_text_everywhere(data, client):
    session = keep(data, saying(kitchen(names=("Nora", EVIL)), "B", f"{EVIL} שלום"))
    pages = ("/", at(session), at(session, "figures"), at(session, "thumbnail.svg"))
    for page in pages:
        assert "<script>alert" not in client.get(page).text
    assert drawn(client, session)["people"][1]["name"] == EVIL


def test_a_session_that_was_cut_off_says_so(data, talk, client):
    path = talk.folder / "events.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert "cut off" in client.get(at(talk)).text
    assert "Cannot be read" in client.get("/").text


UNTONED = tuple(replace(utterance, tone=None) for utterance in kitchen().utterances)


@pytest.mark.parametrize(
    ("utterances", "told"),
    [
        (UNTONED, "Pitch, level and pace were not measured."),
        (
            kitchen().utterances[:4],
            "Too little was heard of you and Theo to know what is usual.",
        ),
        ((), "No speech was found in this recording."),
        (
            tuple(replace(u, speaker=None) for u in kitchen().utterances),
            "Speech was heard, but not by whom.",
        ),
    ],
)
def test_where_nothing_is_drawn_of_energy_it_says_why(data, client, utterances, told):
    session = keep(data, replace(kitchen(), utterances=utterances))
    found = drawn(client, session)
    assert (found["energy"], found["noEnergy"]) == ([], told)


def test_three_hours_are_drawn_from_few_bars(data, client):
    hour = kitchen()
    longer = tuple(
        replace(u, id=u.id + 1000 * n, span=u.span.shifted(n * hour.duration))
        for n in range(30)
        for u in hour.utterances
    )
    session = keep(data, replace(hour, utterances=longer, duration=30 * hour.duration))
    found = drawn(client, session)
    assert len(found["balance"]) <= 240
    assert sum(len(line["said"]) for line in found["lines"]) == len(longer)


# --- corrections


def test_figures_follow_a_correction_at_once(talk, client):
    before = drawn(client, talk)["people"]
    assert correct(client, talk, do="me", speaker="B").status_code == 200
    after = drawn(client, talk)["people"]
    assert [p["id"] for p in before] == ["A", "B"]
    assert [p["id"] for p in after] == ["B", "A"]
    assert "You" in after[0]["label"]
    assert "What Nora" in client.get(at(talk, "figures")).text or "Nora" in after[1]["label"]


def test_a_correction_is_undone_and_the_original_is_still_there(talk, client):
    correct(client, talk, do="name", speaker="B", name="Bea")
    found = drawn(client, talk)
    assert found["people"][1]["name"] == "Bea"
    assert found["corrections"][0][1] == "Theo is called Bea"
    assert drawn(client, talk, "?original")["people"][1]["name"] == "Theo"
    place = found["corrections"][0][0]
    assert correct(client, talk, do="undo", correction=place).status_code == 200
    assert drawn(client, talk)["people"][1]["name"] == "Theo"
    assert PersonNamed("B", "Bea") in list(talk.events())


def test_the_original_is_whole_where_a_later_correction_was_undone(talk, client):
    first = drawn(client, talk)
    correct(client, talk, do="name", speaker="B", name="Bea")
    correct(client, talk, do="merge", speaker="B", into="A")
    place = drawn(client, talk)["corrections"][-1][0]
    correct(client, talk, do="undo", correction=place)
    found = drawn(client, talk, "?original")
    assert found["people"] == first["people"]
    assert found["lines"] == first["lines"]
    assert "Theo" in client.get(at(talk, "figures?original")).text


def test_corrections_are_told_with_the_names_of_their_time(talk, client):
    correct(client, talk, do="name", speaker="B", name="Bea")
    correct(client, talk, do="split", speaker="B", at=100.0, name="Third")
    third = drawn(client, talk)["people"][-1]["id"]
    correct(client, talk, do="merge", speaker=third, into="A")
    correct(client, talk, do="merge", speaker="A", into="B")
    correct(client, talk, do="name", speaker="B", name="Nora")
    assert [told for _, told in drawn(client, talk)["corrections"]] == [
        "Theo is called Bea",
        "From 1:40 on, Third instead of Bea",
        "Third and you are one person",
        "Bea and you are one person",
        "You are called Nora",
    ]


def test_a_window_that_has_not_seen_the_latest_is_told_so(talk, client):
    seen = drawn(client, talk)["version"]
    correct(client, talk, do="name", speaker="B", name="Bea")
    asked = {"version": seen, "do": "name", "speaker": "B", "name": "Bob"}
    answer = client.post(at(talk, "corrections"), json=asked, headers=ASKS)
    assert answer.status_code == 409
    assert "another window" in answer.json()["error"]
    assert drawn(client, talk)["people"][1]["name"] == "Bea"


def test_the_other_window_hears_of_a_change(talk, client):
    with client.websocket_connect(at(talk, "changes")) as other:
        correct(client, talk, do="name", speaker="B", name="Bea")
        assert other.receive_text() == "changed"


def test_a_window_that_missed_a_change_hears_of_it_when_it_listens(talk, client):
    seen = drawn(client, talk)["version"]
    correct(client, talk, do="name", speaker="B", name="Bea")
    with client.websocket_connect(at(talk, f"changes?version={seen}")) as window:
        assert window.receive_text() == "changed"


def test_nobody_listens_to_a_session_that_is_gone(talk, client):
    store.forget(talk)
    with pytest.raises(WebSocketDisconnect):
        client.websocket_connect(at(talk, "changes")).__enter__()


def test_a_change_by_another_program_is_heard_of_too(talk, client):
    with client.websocket_connect(at(talk, "changes")) as window:
        talk.append(PersonNamed("B", "Bea"))
        assert window.receive_text() == "changed"
    assert drawn(client, talk)["people"][1]["name"] == "Bea"


@pytest.mark.parametrize("sent", [b"", b"[]", b"{", b"\xff", b"7"])
def test_what_is_no_correction_is_refused(talk, client, sent):
    answer = client.post(at(talk, "corrections"), content=sent, headers=ASKS)
    assert answer.status_code == 400
    assert "no JSON object" in answer.json()["error"]


def test_too_much_is_refused(talk, client):
    sent = json.dumps({"do": "x" * 100_000})
    answer = client.post(at(talk, "corrections"), content=sent, headers=ASKS)
    assert "too long" in answer.json()["error"]


# --- beside one another


def test_figures_over_time_are_drawn_for_all_and_per_partner(data, client):
    keep_demo(data)
    text = client.get("/trends").text
    assert "With everybody" in text
    assert "With Theo" in text
    assert 'class="full"' in text
    assert 'class="band"' not in text  # of three each: too few
    assert "all 6: " in text
    assert "may be chance" not in text  # nothing is said of halves of three
    assert text.index("With everybody") < text.index("With Theo")


def test_without_sessions_there_is_nothing_over_time(client):
    assert "No sessions yet" in client.get("/trends").text
    assert "not two sessions yet" in client.get("/compare").text


def test_two_sessions_stand_side_by_side(data, client):
    kept = keep_demo(data)
    text = client.get("/compare").text
    assert "11 October 2026" in text
    assert "18 October 2026" in text
    one, other = kept[0].id, kept[3].id
    text = client.get("/compare", params={"one": one, "other": other}).text
    assert f"/sessions/{one}/" in text
    assert f"/sessions/{other}/" in text
    assert "Curiosity" in text


# --- answers


def test_the_other_person_answers_and_sees_no_figure(talk, client):
    page = client.get(at(talk, "answers/felt_heard/partner")).text
    assert "For <bdi>Theo</bdi>" in page
    assert "Over time" not in page
    assert page.count('type="radio"') == 40
    answer = client.post(at(talk, "answers/felt_heard/partner"), data={"time": "5", "again": "4"})
    assert "Thank you" in answer.text
    check_in = list(talk.events())[-1].check_in
    assert [(a.question, a.value) for a in check_in.answers] == [("time", 5), ("again", 4)]
    assert "felt heard, Theo: 4.5 of 5" in client.get("/").text


def test_a_later_answer_leaves_the_earlier_ones(talk, client):
    address = at(talk, "answers/felt_heard/partner")
    client.post(address, data={"time": "5"})
    assert "average of 1 answer<" in client.get(at(talk, "figures")).text.replace(".", "<")
    assert "One question was answered" in client.get(address).text
    thanks = client.post(address, data={"again": "4", "time": "2"}).text
    check_in = list(talk.events())[-1].check_in
    assert {a.question: a.value for a in check_in.answers} == {"time": 2, "again": 4}
    assert f"sessions/{talk.id}" not in thanks
    assert "2 questions were answered" in client.get(address).text


def test_a_refusal_leads_the_other_person_nowhere_either(talk, client):
    theirs = client.post(at(talk, "answers/felt_heard/partner"), data={}).text
    assert "no question was answered" in theirs
    assert "<a href" not in theirs.replace('<a class="skip" href="#main">', "")
    assert "All sessions" in client.post(at(talk, "answers/self_check/listener"), data={}).text


@pytest.mark.parametrize(
    ("path", "sent", "told"),
    [
        ("felt_heard/listener", {}, "is answered by the partner"),
        ("felt_heard/partner", {}, "no question was answered"),
        ("felt_heard/partner", {"time": "6"}, "allowed: 1 to 5"),
        ("felt_heard/partner", {"other": "1"}, "no question was answered"),
        ("nothing/partner", {"time": "1"}, "there is no form"),
        ("mood_after/cat", {"mood": "1"}, "allowed: listener, partner"),
    ],
)
def test_answers_that_make_no_sense_are_refused(talk, client, path, sent, told):
    answer = client.post(at(talk, f"answers/{path}"), data=sent)
    assert answer.status_code == 400
    assert told in answer.text


def test_what_an_exercise_showed_is_told(data):
    conversation = kitchen()
    session = keep(data, conversation, practice="two-minutes")
    with TestClient(site(data, practised=lambda _: ("<b>No</b> slips.",)), base_url=HOME) as asking:
        text = asking.get(at(session, "figures")).text
    assert "What the exercise showed" in text
    assert "&lt;b&gt;No&lt;/b&gt; slips." in text


# --- sound


@pytest.fixture
def sounding(data, tmp_path):
    return keep(data, kitchen(), recording=hum(tmp_path / "hum.wav", 60.0))


def ready(client, session):
    while (state := client.get(at(session, "sound/state")).json())["state"] == "making":
        pass
    return state


def test_sound_is_heard_by_byte_ranges_and_only_while_the_pages_are_open(data, sounding):
    with TestClient(site(data), base_url=HOME) as client:
        assert ready(client, sounding)["state"] == "ready"
        copy = sounding.folder / COPY
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        part = client.get(at(sounding, "sound"), headers={"range": "bytes=0-3"})
        assert (part.status_code, part.content) == (206, b"fLaC")
        assert part.headers["content-type"] == "audio/flac"
        middle = client.get(at(sounding, "sound"), headers={"range": "bytes=1000-1999"})
        assert middle.content == copy.read_bytes()[1000:2000]
        beyond = client.get(at(sounding, "sound"), headers={"range": "bytes=999999999-"})
        assert beyond.status_code == 416
    assert not copy.exists()


def test_where_the_recording_is_gone_so_is_its_copy_and_the_page_says_so(data, sounding):
    with TestClient(site(data), base_url=HOME) as client:
        ready(client, sounding)
        sounding.recording.unlink()
        state = client.get(at(sounding, "sound/state")).json()
        assert state["state"] == "none"
        assert "deleted or moved" in state["told"]
        assert client.get(at(sounding, "sound")).status_code == 404
        assert not (sounding.folder / COPY).exists()
        assert client.get(at(sounding)).status_code == 200


def test_a_recording_that_cannot_be_read_says_why(data, tmp_path):
    (tmp_path / "noise.wav").write_bytes(b"RIFF no sound at all")
    session = keep(data, kitchen(), recording=tmp_path / "noise.wav")
    with TestClient(site(data), base_url=HOME) as client:
        assert "cannot be played" in ready(client, session)["told"]


def test_copies_that_a_crash_left_are_removed(data, talk):
    (talk.folder / COPY).write_bytes(b"left")
    with TestClient(site(data), base_url=HOME):
        assert not (talk.folder / COPY).exists()


def test_without_sound_the_page_stays_readable(talk, client):
    assert "no sound" in client.get(at(talk, "sound/state")).json()["told"]
    assert len(drawn(client, talk)["lines"]) > 10
