"""All sessions: found, filed, exported, deleted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from listenlive import export, library, store
from listenlive.analysis.history import Talk
from listenlive.conversation import CheckIn, Conversation, Goal, Role
from listenlive.errors import SessionError
from listenlive.events import Event, Tagged, Titled
from listenlive.forms import FELT_HEARD, MOODS, SELF_CHECK, mean
from listenlive.forms import form as form_called
from listenlive.library import Hit
from listenlive.plain import one_line
from listenlive.report import picture
from listenlive.report.entries import people
from listenlive.report.wording import clock, lasting, when
from listenlive.review.web import desk, elsewhere, form, rendered
from listenlive.span import Span
from listenlive.store import SavedSession

LONGEST_TITLE = 120  # characters
MOST_TAGS, LONGEST_TAG = 12, 40
SNIPPET = 160  # characters of a hit that are shown

GOALS = {
    Goal.MUTUAL: "both speak and listen",
    Goal.LISTENING: "to be there and listen",
    Goal.EXERCISE: "an exercise",
}
FORM_NAMES = {FELT_HEARD: "felt heard", SELF_CHECK: "looking back"}
MEDIA = {"json": "application/json", "csv": "text/csv", "vtt": "text/vtt"}
THUMBNAIL_BINS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A session in the list, as it is shown."""

    id: str
    title: str
    given: str  # the title the user gave, "" if none
    date: str
    length: str
    partner: str
    goal: str
    check_ins: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found in one session. `at`: seconds, for the link."""

    row: Row
    hits: tuple[tuple[float, str, str, str], ...]  # at, its time as printed, who, words


def sessions(request: Request) -> Response:
    """The list, filtered by partner and tag; with words to look for, what was said with them."""
    here = desk(request)
    query = {k: request.query_params.get(k, "").strip() for k in ("words", "partner", "tag")}
    with library.opened(here.shelf.data) as index:
        talks = index.talks()
        hits = index.search(query["words"]) if query["words"] else ()
        problems = index.problems()
    shown = [
        t
        for t in talks
        if (not query["partner"] or query["partner"] == t.partner)
        and (not query["tag"] or query["tag"] in t.tags)
    ]
    return rendered(
        request,
        "sessions.html",
        rows=[row(t) for t in shown],
        found=_found(shown, hits) if query["words"] else None,
        query=query,
        partners=sorted({t.partner for t in talks if t.partner}),
        tags=sorted({tag for t in talks for tag in t.tags}),
        problems=problems,
        imports=here.imports is not None,
        any=bool(talks),
    )


def row(talk: Talk) -> Row:
    """`talk` as a row of the list."""
    partner = one_line(talk.partner or "")
    names = " and ".join(one_line(name) for name in talk.people)
    title = one_line(talk.title or "") or (f"With {partner}" if partner else names or talk.session)
    return Row(
        id=talk.session,
        title=title,
        given=one_line(talk.title or ""),
        date=when(talk.at) if talk.dated else f"analysed {when(talk.at)}",
        length=lasting(talk.seconds),
        partner=partner,
        goal=GOALS[talk.goal] if talk.goal else "",
        check_ins=told_check_ins(talk.check_ins, partner or "the other person"),
        tags=tuple(one_line(tag) for tag in talk.tags),
    )


def told_check_ins(check_ins: Iterable[CheckIn], partner: str) -> tuple[str, ...]:
    """The latest answers to each form, as short phrases beside the session."""
    latest = {(each.form, each.by): each for each in check_ins}
    found = []
    for by, who in ((Role.LISTENER, "you"), (Role.PARTNER, partner)):
        moods = [mean(latest[name, by]) for name in MOODS if (name, by) in latest]
        if known := [f"{mood:g}" for mood in moods if mood is not None]:
            found.append(f"mood, {who}: {' then '.join(known)} of {form_called(MOODS[0]).most}")
    for (name, by), check_in in latest.items():
        if name not in MOODS and (value := mean(check_in)) is not None:
            who = "you" if by is Role.LISTENER else partner
            most = f" of {form_called(name).most}" if name in FORM_NAMES else ""
            found.append(f"{FORM_NAMES.get(name, one_line(name))}, {who}: {value:.1f}{most}")
    return tuple(found)


def _found(shown: Sequence[Talk], hits: Iterable[Hit]) -> tuple[Found, ...]:
    """Hits by session, best session first; in each, in order of time."""
    rows = {t.session: row(t) for t in shown}
    by: dict[str, list[Hit]] = {}
    for hit in hits:
        if hit.session in rows:
            by.setdefault(hit.session, []).append(hit)
    return tuple(
        Found(
            rows[name],
            tuple(
                (h.at, clock(h.at), one_line(h.person), _short(one_line(h.text)))
                for h in sorted(theirs, key=lambda h: h.at)
            ),
        )
        for name, theirs in by.items()
    )


def _short(text: str) -> str:
    return text if len(text) <= SNIPPET else text[:SNIPPET].rsplit(" ", 1)[0] + " …"


def thumbnail(request: Request) -> Response:
    """The timeline of a session as a small picture: who spoke when."""
    opened = desk(request).shelf.open(request.path_params["session"])
    return rendered_svg(request, opened.conversation)


def rendered_svg(request: Request, conversation: Conversation) -> Response:
    """A lane for each of the first four people."""
    lanes = []
    if conversation.duration > 0:
        whole = Span(0.0, conversation.duration)
        for speaker, number in list(people(conversation).items())[:4]:
            spans = conversation.spans_of(speaker)
            lanes.append((number, picture.fullness(spans, whole, bins=THUMBNAIL_BINS)))
    answer = rendered(request, "thumbnail.svg", lanes=lanes)
    answer.headers["content-type"] = "image/svg+xml"
    return answer


async def filed(request: Request) -> Response:
    """Give a session a title and tags."""
    given = await form(request)
    name = request.path_params["session"]
    here = desk(request)

    def keep() -> None:
        with here.shelf.changing:
            opened = here.shelf.open(name)
            for event in _filing(given, opened.conversation):
                here.shelf.append(opened, event)

    await run_in_threadpool(keep)
    here.bell.ring(name)
    return elsewhere(request, "sessions")


def _filing(given: dict[str, str], conversation: Conversation) -> Iterable[Event]:
    title = one_line(given.get("title", ""))
    if len(title) > LONGEST_TITLE:
        raise SessionError(f"a title has at most {LONGEST_TITLE} characters, not {len(title)}.")
    if title != (conversation.title or ""):
        yield Titled(title)
    tags = tuple(
        dict.fromkeys(t for tag in given.get("tags", "").split(",") if (t := one_line(tag)))
    )
    if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
        raise SessionError(
            f"at most {MOST_TAGS} tags, each of at most {LONGEST_TAG} characters. The title is "
            "kept; go back to shorten the tags."
        )
    if tags != conversation.tags:
        yield Tagged(tags)


def going(request: Request) -> Response:
    """What would go if a session were deleted, and the question."""
    session = desk(request).shelf.session(request.path_params["session"])
    names = sorted(p.name for p in session.folder.iterdir() if store.LISTENING_COPY not in p.name)
    files = [(name, _told_file(name), _size(session, name)) for name in names]
    kept = session.folder if session.audio else None
    recording = kept if session.damage else session.recording  # damaged can be deleted all the same
    kept_here = recording is not None and session.folder in (recording, recording.parent)
    return rendered(
        request,
        "delete.html",
        session=session.id,
        files=files,
        stays="" if kept_here else str(recording or ""),
        kept_here=kept_here,
    )


def _told_file(name: str) -> str:
    known = {
        store.EVENTS: "what was heard and said, with your corrections",
        store.SETTINGS: "the settings it was made with",
        store.EXPORT: "the figures and words for other programs",
        store.PAGE: "its report page",
    }
    sound = name.startswith(("recording.", "audio-"))
    return known.get(name, "the sound" if sound else "kept with it")


def _size(session: SavedSession, name: str) -> str:
    size = (session.folder / name).stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{max(size / 1e3, 0.1):.1f} kB"


def deleted(request: Request) -> Response:
    """Delete a session, also from the index."""
    here = desk(request)
    session = here.shelf.session(request.path_params["session"])
    store.forget(session)
    library.forget(here.shelf.data, session.id)
    return elsewhere(request, "sessions")


def exported(request: Request) -> Response:
    """A session in another format, to be saved."""
    output = request.path_params["format"]
    opened = desk(request).shelf.open(request.path_params["session"])
    text = export.text(
        opened.conversation, opened.analysis, output=output, settings=opened.settings
    )
    suffix = "TextGrid" if output == "textgrid" else output
    headers = {"content-disposition": f'attachment; filename="{opened.session.id}.{suffix}"'}
    return Response(text, media_type=MEDIA.get(output, "text/plain"), headers=headers)
