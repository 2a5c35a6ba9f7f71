"""`listenlive checkin`: what people say themselves, before and after a talk."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from select import select

from listenlive import app, store
from listenlive.commands.asking import Ask, asked, number
from listenlive.commands.status import OK
from listenlive.conversation import CheckIn, Conversation, Role
from listenlive.errors import ConfigError
from listenlive.events import CheckedIn, apply
from listenlive.forms import FELT_HEARD, MOOD_AFTER, MOOD_BEFORE, SELF_CHECK, Form, form
from listenlive.plain import one_line

SKIPPED = "-"
PATIENCE = 60.0
"""Seconds that the offer of a self-check stands: a session may have been left to itself."""

_FLAGS = (
    ("mood_before", MOOD_BEFORE),
    ("mood_after", MOOD_AFTER),
    ("felt_heard", FELT_HEARD),
    ("self_check", SELF_CHECK),
)


def checkin(options: argparse.Namespace) -> int:
    """Keep what people answer with a session; asked at the terminal, or given with flags."""
    session = store.find(store.data_folder(options.data), options.session)
    if not session.ended:
        raise ConfigError(f"session {session.id} was cut off: there is nothing to answer about.")
    conversation = session.conversation()
    given = tuple(_given(options))
    if not given and not sys.stdin.isatty():
        raise ConfigError(
            "nobody is here to answer. Give the answers, an Enter as -: --felt-heard "
            "4,4,5,-,4,3,4,5 (or --mood-before 6,4 --mood-after 7,5 --self-check 4,3,4,2,4)."
        )
    answers = given or tuple(_interview(conversation, input))
    for each in answers:
        session.append(CheckedIn(_together(each, conversation)))
    kept = len(answers)
    print(f"{kept} {'form' if kept == 1 else 'forms'} kept with {session.id}.", file=sys.stderr)
    return OK


def _together(now: CheckIn, conversation: Conversation) -> CheckIn:
    """`now` with what was answered before to the questions that it leaves out."""
    asks = form(now.form)
    before = asks.answered(now.by, conversation.check_ins)
    given = {each.question: each.value for each in now.answers}
    return asks.check_in(now.by, {**before, **given}, at=now.at)


def may_check(heard: app.Analysed, options: argparse.Namespace) -> bool:
    """Whether the self-check is to be offered before the report.

    Only where somebody sits at a terminal, knows who they are and has not answered yet.
    """
    if options.quiet or options.no_checkin or not _somebody_reads():
        return False
    return _open(heard)


def present(answer: Ask, *, within: float = PATIENCE) -> Ask:
    """`answer`, for somebody who may have left: EOFError where nothing is typed for so long."""

    def asks(question: str) -> str:
        print(question, end="", flush=True)
        if not select([sys.stdin], [], [], within)[0]:
            print("\nNobody answered; there is time for it later: listenlive checkin")
            raise EOFError
        return answer("")

    return asks


def offered(heard: app.Analysed, answer: Ask) -> app.Analysed:
    """`heard` with the self-check, if its listener wanted to answer it; Enter goes straight on."""
    asks = form(SELF_CHECK)
    title = asks.title[:1].lower() + asks.title[1:]
    question = f"Before you look: {title} {len(asks.questions)} statements. [y/Enter: no] "
    if (asked(answer, question) or "").lower() not in {"y", "yes"}:
        return heard
    found = _filled(asks, Role.LISTENER, answer)
    if found is None or heard.session is None:
        return heard
    event = CheckedIn(found)
    heard.session.append(event)
    return replace(heard, conversation=apply(heard.conversation, event))


def _somebody_reads() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _open(heard: app.Analysed) -> bool:
    answered = {(each.form, each.by) for each in heard.conversation.check_ins}
    return (
        heard.session is not None
        and heard.analysis.lesson is not None
        and (SELF_CHECK, Role.LISTENER) not in answered
    )


def _interview(conversation: Conversation, answer: Ask) -> Iterator[CheckIn]:
    """Ask for everything, the partner's part at their own turn; q leaves a form."""
    partners = [one_line(p.name) for p in conversation.people if p.role is Role.PARTNER]
    partner = partners[0] if len(partners) == 1 else "the other person"
    print("Enter leaves a question as it was, q the rest of a part.\n")
    yield from _part((MOOD_BEFORE, MOOD_AFTER), Role.LISTENER, answer)
    yield from _part((SELF_CHECK,), Role.LISTENER, answer)
    print(f"\nNow {partner}, please; the answers are kept with this talk, on this computer.\n")
    yield from _part((MOOD_BEFORE, MOOD_AFTER, FELT_HEARD), Role.PARTNER, answer)


def _part(names: Sequence[str], by: Role, answer: Ask) -> Iterator[CheckIn]:
    for name in names:
        if found := _filled(form(name), by, answer):
            yield found


def _filled(asks: Form, by: Role, answer: Ask) -> CheckIn | None:
    """What `by` answers to a form; None without any answer."""
    print(f"{asks.title}  {asks.least} {asks.low} … {asks.most} {asks.high}")
    print("   Enter leaves one out, q the rest.")
    found: dict[str, int] = {}
    for question in asks.questions:
        value = number(answer, f"   {question.text}  > ", least=asks.least, most=asks.most)
        if value is None:
            break
        if value:
            found[question.id] = value
    return asks.check_in(by, found, at=_now()) if found else None


def _given(options: argparse.Namespace) -> Iterator[CheckIn]:
    """What the flags say: moods of me and of the other, answers in the order of a form."""
    for flag, name in _FLAGS:
        if text := getattr(options, flag):
            asks = form(name)
            values = _values(text, flag=f"--{flag.replace('_', '-')}", asks=asks)
            if asks.by is None:
                for by, value in zip(Role, values, strict=True):
                    if value is not None:
                        yield asks.check_in(by, {asks.questions[0].id: value}, at=_now())
                continue
            found = {
                question.id: value
                for question, value in zip(asks.questions, values, strict=True)
                if value is not None
            }
            if found:
                yield asks.check_in(asks.by, found, at=_now())


def _values(text: str, *, flag: str, asks: Form) -> list[int | None]:
    parts = [part.strip() for part in text.split(",")]
    needed = len(asks.questions) if asks.by else len(Role)
    if asks.by is None and len(parts) == 1:
        parts.append(SKIPPED)  # my own mood alone
    fits = all(part == SKIPPED or part.isdecimal() for part in parts)
    if len(parts) != needed or not fits:
        what = f"{needed} answers" if asks.by else "one number, or two: yours and the other's"
        raise ConfigError(
            f"{flag} {text!r} does not read as {what}, from {asks.least} to {asks.most} with "
            f"commas between; - leaves one out."
        )
    return [None if part == SKIPPED else int(part) for part in parts]


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
