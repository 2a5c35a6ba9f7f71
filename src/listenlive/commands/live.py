"""Live sessions: what is asked before, what is shown meanwhile, what is made of it after."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from listenlive import app, listening, profiles, store
from listenlive.commands.recorded import (
    asked_and_delivered,
    check_places,
    names_from,
    progress_bar,
    say,
    settings_from,
    unused_names,
)
from listenlive.commands.status import FAILED, OK, PIPE_CLOSED, STOPPED
from listenlive.config import Settings, from_mapping
from listenlive.errors import ConfigError, ListenLiveError, ModelError, SessionError
from listenlive.listening import Input, Listening, Wish
from listenlive.live.consent import ALOUD, KEPT, Answers, Before, goal_called, kept_until
from listenlive.live.cues import Cues, Wanted, wanted
from listenlive.live.feed import STOP_SIGNALS, Phase
from listenlive.live.lines import show_json, show_lines
from listenlive.live.look import Look
from listenlive.live.picture import Picture
from listenlive.plain import sentence
from listenlive.profiles import Preferences
from listenlive.session import Hear
from listenlive.store import SavedSession
from listenlive.voices import OUTDATED, VoiceProfile

if TYPE_CHECKING:
    from textual.screen import Screen

    from listenlive.live.asking import AskScreen
    from listenlive.live.feed import Session
    from listenlive.portaudio import InputDevice
    from listenlive.review.page_microphone import PageMicrophone


@dataclass(frozen=True, slots=True)
class Plan:
    """What a session is to be.

    folder : where sessions and preferences are
    """

    settings: Settings
    folder: Path
    remembered: Preferences
    cues: Wanted
    options: argparse.Namespace

    @property
    def screen(self) -> bool:
        """Whether there is a screen to draw on, and it is wanted."""
        wanted = not (self.options.plain or self.options.json_lines)
        return wanted and sys.stdin.isatty() and sys.stdout.isatty()


def listen(options: argparse.Namespace) -> int:
    """Listen to a conversation, show quietly what happens, and make the report of it."""
    _fits(options)
    plan = plan_of(options)
    if options.finish is not None:
        return _finish(options, plan.folder, options.finish)
    check_places(options)
    if options.demo:
        return _demo(plan)
    return through_microphone(plan, Start)


def plan_of(options: argparse.Namespace) -> Plan:
    """What the command line and the last session ask for. ConfigError for what cannot be."""
    folder = store.data_folder(options.data)
    remembered = profiles.preferences(folder)
    base = _with(Settings(), "live", keep_audio=remembered.keep_audio or None)
    settings = settings_from(options, base=base)
    settings = _with(settings, "live", keep_audio=options.keep_audio)
    if options.minutes is not None and not 0 < options.minutes <= 24 * 60:
        raise ConfigError(f"--minutes {options.minutes:g} is out of range; allowed: up to 1440.")
    return Plan(
        settings, folder, remembered, wanted(options.cue or "", settings.measuring), options
    )


def _with(settings: Settings, section: str, **values: str | None) -> Settings:
    """`settings` with those of `values` that are given."""
    given = {name: value for name, value in values.items() if value is not None}
    return from_mapping({section: given}, base=settings, where="the command line")


def _demo(plan: Plan) -> int:
    """A written example at the pace of real time: nobody is recorded, so nobody is asked.

    It is never among one's own sessions: what its pages read is gone when they are closed.
    """
    from listenlive.demo import demo_folder
    from listenlive.paced import PacedFile

    path = listening.demo_recording()
    if plan.settings.speakers.channels == "auto":
        plan = replace(plan, settings=_with(plan.settings, "speakers", channels="split"))
    names = ("Nora", "Theo") if plan.settings.speakers.channels == "split" else ()
    _check_cues(plan)
    wish = Wish(
        minutes=plan.options.minutes,
        recording=path,
        names=names,
        watched=_watched(plan),
        scripted=plan.options.scripted,
    )
    speed = plan.options.speed
    start = DemoStart(plan, PacedFile(path, speed=1.0 if speed is None else speed), wish)
    start.check()
    with start.until_end as opened:
        start.plan = replace(plan, folder=opened.enter_context(demo_folder()))
        if plan.options.web:
            return _on_page(start, None, ask=False)
        if not (plan.screen or plan.options.quiet):
            say(sentence(f"{_heading(wish)}; {what_is_kept(plan, wish.answers)}"))
        return _run(start)


def through_microphone(plan: Plan, start_of: "Callable[[Plan, Input, Wish], Start]") -> int:
    """A real conversation, once everybody's consent is given; `start_of` begins and tells it."""
    from listenlive import recorder

    recorder.prepare()
    options, remembered = plan.options, plan.remembered
    if not (options.consent or options.web or sys.stdin.isatty()):
        raise ConfigError(
            "nobody is here to say that everybody knows this is recorded. A script says it with "
            "--consent; a demo needs none: listenlive listen --demo"
        )
    page = _page_microphone() if options.browser_mic else None
    plan, source = _of_page(plan, page) if page else _of_devices(plan)
    answers = Answers(
        who=options.who or remembered.who,
        keep_audio=plan.settings.live.keep_audio,
        how="flag" if options.consent else "page" if options.web else "key",
        goal=goal_called(options.goal) if options.goal else None,
        mood=options.mood,
    )
    names = names_from(options.names)
    voice, settings = profiles.my_voice(plan.folder, plan.settings, names=names)
    wish = Wish(
        answers=answers,
        names=names,
        minutes=options.minutes,
        voice=voice,
        watched=_watched(plan),
    )
    plan = replace(plan, settings=settings)
    _check_cues(plan, voice=voice)
    start = start_of(plan, source, wish)
    start.check()
    if options.web:
        return _on_page(start, page, ask=page is not None or not options.consent)
    if (cut_off := _cut_off(plan)) and not plan.screen:
        say(f"{cut_off}. Make the report of it: listenlive listen --finish")
    if options.consent or plan.screen:
        return _run(start, ask=not options.consent)
    return _run(start) if _agreed(start) else FAILED


def _check_cues(plan: Plan, *, voice: VoiceProfile | None = None) -> None:
    """ConfigError where cues are wanted that nobody could give, or see."""
    if not plan.cues:
        return
    cue = f"--cue {plan.options.cue}"
    speakers = plan.settings.speakers
    knows_me = speakers.channels == "split" or bool(speakers.me)
    if voice and not knows_me:
        from listenlive.hearing import comparable

        knows_me = comparable(voice)
        if not knows_me:
            raise ConfigError(f"{cue}: a cue is about you. {OUTDATED}")
    if not knows_me:
        raise ConfigError(
            f"{cue}: a cue is about you, and one microphone does not know which voice is yours. "
            "Learn it first (20 s): listenlive enroll; or say who speaks first, you (--me 1) or "
            "the other (--me 2); or give everybody a channel: --channels split."
        )
    seen = plan.screen or plan.options.web
    if plan.options.json_lines or (plan.options.quiet and not seen):
        how = "--json-lines" if plan.options.json_lines else "--quiet without a screen"
        raise ConfigError(
            f"{cue}: {how} shows no cues. They are given on the live screen and with --plain."
        )


def _of_devices(plan: Plan) -> tuple[Plan, Input]:
    """What the computer's own inputs hear; they are remembered."""
    from listenlive.microphone import Microphone, chosen, inputs

    options, remembered = plan.options, plan.remembered
    among = inputs()
    device = chosen(options.device or _still_there(remembered.device, among), among)
    # A device that is named is all that was meant: the last partner's belonged to the last device.
    second = options.partner_device or ("" if options.device else remembered.partner_device)
    partner = chosen(second, among) if second and options.channels != "mix" else None
    split = partner is not None or plan.settings.speakers.channels == "split"
    plan = replace(
        plan,
        settings=_with(plan.settings, "speakers", channels="split" if split else "mix"),
        remembered=replace(
            remembered, device=device.name, partner_device=partner.name if partner else ""
        ),
    )
    channels = 2 if split and partner is None else 1
    return plan, Microphone(device, channels=channels, partner=partner)


def _page_microphone() -> "PageMicrophone":
    from listenlive.review.page_microphone import PageMicrophone

    return PageMicrophone()


def _of_page(plan: Plan, page: "PageMicrophone") -> tuple[Plan, Input]:
    """What a browser hears: one microphone for all."""
    from listenlive.microphone import Microphone

    plan = replace(plan, settings=_with(plan.settings, "speakers", channels="mix"))
    return plan, Microphone(page.inputs()[0], backend=page)


def _on_page(start: "Start", page: "PageMicrophone | None", *, ask: bool) -> int:
    from listenlive.commands.on_page import on_page

    return on_page(start, before=before_of(start) if ask else None, microphone=page)


def _fits(options: argparse.Namespace) -> None:
    """ConfigError for ways to listen and to show that do not go together."""
    others = {"--demo": options.demo, "--device": options.device}
    others |= {"--partner-device": options.partner_device, "--channels split": _split(options)}
    _has_effect(options)
    if options.finish is not None:
        _fits_what_was_begun(options)
    if options.browser_mic and not options.web:
        raise ConfigError("--browser-mic is the microphone of a page, so it needs --web as well.")
    if options.browser_mic and (found := [name for name, given in others.items() if given]):
        raise ConfigError(
            f"--browser-mic is one microphone for all; it does not go with {found[0]}. "
            "Leave out one of the two."
        )
    if options.web and (options.plain or options.json_lines):
        raise ConfigError(
            "--web shows the session on a page, --plain and --json-lines in the terminal. "
            "Leave out one of the two."
        )


def _has_effect(options: argparse.Namespace) -> None:
    """ConfigError for options that would change nothing without another one, or beside it."""
    speed = f"--speed {options.speed:g}" if options.speed is not None else ""
    port = f"--port {options.port}" if options.port is not None else ""
    scripted = "--scripted" if options.scripted else ""
    for given, needs in ((speed, "--demo"), (scripted, "--demo"), (port, "--web")):
        if given and not (options.demo if needs == "--demo" else options.web):
            raise ConfigError(
                f"{given} has no effect without {needs}. Add {needs}, or leave it out."
            )
    real = {"--device": options.device, "--partner-device": options.partner_device}
    real |= {"--with": options.who, "--names": options.names, "--goal": options.goal}
    real |= {"--mood": options.mood, "--keep-audio": options.keep_audio}
    if options.demo and (found := [f"{name} {given}" for name, given in real.items() if given]):
        raise ConfigError(
            f"{found[0]} has no effect with --demo, a written example that nobody records. "
            "Leave out one of the two."
        )


def _fits_what_was_begun(options: argparse.Namespace) -> None:
    """ConfigError for options that say nothing about a session that was begun already."""
    new = {"--device": options.device, "--partner-device": options.partner_device}
    new |= {"--demo": options.demo, "--browser-mic": options.browser_mic, "--web": options.web}
    new |= {"--with": options.who, "--goal": options.goal, "--mood": options.mood}
    new |= {"--minutes": options.minutes, "--json-lines": options.json_lines, "--cue": options.cue}
    new |= {"--no-save": options.no_save}
    if found := [name for name, given in new.items() if given]:
        raise ConfigError(
            f"{found[0]} is for a new session, and --finish makes the report of one that was begun "
            "already. Leave one of them out. Of how it is heard these count: --model, --language, "
            "--no-words, --me, --names, --channels, --speakers, --keep-audio."
        )


def _split(options: argparse.Namespace) -> bool:
    return bool(options.channels == "split")


def _watched(plan: Plan) -> bool:
    """Whether what is provisional is shown, or needed for cues."""
    return bool(plan.cues) or not plan.options.quiet


def _still_there(name: str, among: "Sequence[InputDevice]") -> str | None:
    """The remembered device, if it is still plugged in; else the usual one, and that is said."""
    if not name or any(device.name == name for device in among):
        return name or None
    say(f"{name} is not there; the usual microphone is used. Another: --device NAME")
    return None


class Start:
    """Begins a session once it is known what was answered; how it is heard, shown and told.

    until_end : what goes with the session, however that ends
    """

    def __init__(self, plan: Plan, source: Input, wish: Wish) -> None:
        self.plan = plan
        self.source = source
        self.wish = wish
        self.heard: Listening | None = None
        self.finish_first = False
        self.until_end = ExitStack()

    def check(self) -> None:
        """Raise what stands in the way of understanding, before anything is recorded."""
        listening.check(self.plan.settings, self.wish, channels=self.source.channels)

    def hear(self) -> Hear:
        """What understands the sound."""
        return listening.hear_live(self.source, self.plan.settings, self.wish)

    def answered(self, answers: Answers) -> None:
        """Take note of what the user said."""
        self.wish = replace(self.wish, answers=answers)
        settings = _with(self.plan.settings, "live", keep_audio=answers.keep_audio)
        self.plan = replace(self.plan, settings=settings)

    def begin(self) -> Listening:
        """Start to listen; remember what was chosen."""
        plan, answers = self.plan, self.wish.answers
        keeps = not plan.options.no_save
        data = plan.folder if keeps else None
        self.heard = listening.begin(
            self.source, plan.settings, self.hear(), data=data, wish=self.wish
        )
        if answers is not None and keeps:
            chosen = replace(plan.remembered, keep_audio=answers.keep_audio, who=answers.who)
            profiles.remember(plan.folder, chosen)
        return self.heard

    def screen(self, heard: Listening) -> "Screen[None]":
        """What is on the screen meanwhile."""
        from listenlive.live.screen import LiveScreen

        return LiveScreen(heard.session, self.look(heard))

    def look(self, heard: Listening) -> Look:
        """What is seen besides the talk itself."""
        plan = self.plan
        picture = Picture(expected=heard.expected, thresholds=plan.settings.measuring)
        return Look(
            picture=picture,
            heading=_heading(self.wish),
            kept=what_is_kept(plan, self.wish.answers),
            missing=tuple(_missing(plan)),
            voice=self.wish.voice is not None,
            cues=Cues(plan.cues, picture.me) if plan.cues else None,
            quiet=plan.options.quiet,
        )

    def lines(self, heard: Listening) -> None:
        """What is printed meanwhile, without a screen."""
        options, feed = self.plan.options, heard.session.subscribe()
        if options.json_lines:
            show_json(feed, file=sys.stdout)
        elif options.quiet:
            heard.session.wait()
        else:
            thresholds = self.plan.settings.measuring
            picture = Picture(expected=heard.expected, thresholds=thresholds)
            cues = Cues(self.plan.cues, picture.me) if self.plan.cues else None
            show_lines(feed, picture, file=sys.stdout, cues=cues)

    def delivered(self, analysed: app.Analysed) -> int:
        """Summary, export and page, as for a file."""
        return _delivered(analysed, self.plan.options)


class DemoStart(Start):
    """Plays a written example."""

    def delivered(self, analysed: app.Analysed) -> int:
        """Summary, export and page: what is to stay is written where it was asked for."""
        status = _delivered(replace(analysed, session=None), self.plan.options)
        say("a written example: nothing of it is kept.")
        return status


def _delivered(analysed: app.Analysed, options: argparse.Namespace) -> int:
    options.quiet = options.json_lines
    session = analysed.session
    if unused := unused_names(names_from(options.names), analysed.conversation.people):
        say(unused)
    name = session.id if session else "session"
    asked_and_delivered(analysed, options, name=name)
    if analysed.not_saved:
        raise SessionError(analysed.not_saved)
    if session:
        settle(session, analysed)
    return OK


def settle(session: SavedSession, analysed: app.Analysed) -> None:
    """Leave `session` as it is to be kept once its report was told; the sound as was wished."""
    say(f"kept as session {session.id}; read it again: listenlive report")
    if session.audio and analysed.settings.live.keep_audio == "report":
        session.delete_audio(now=datetime.now().astimezone())
        say("the sound was deleted, as you wished.")


def _finish(options: argparse.Namespace, folder: Path, name: str) -> int:
    """Make the report of sessions that were cut off: of the one called `name`, "" for all.

    One that cannot be finished does not stop the others; 1 if any failed.
    """
    found = (store.find(folder, name),) if name else store.unfinished(folder)
    if not found:
        say("no session was cut off; there is nothing to finish.")
    check_places(options, many=len(found) > 1)
    failed: list[str] = []
    mended: list[str] = []  # by other options
    for session in found:
        try:
            _finish_one(session, options)
        except ListenLiveError as error:
            if options.debug:
                raise
            failed.append(session.id)
            say(f"error: session {session.id}: {error}")
            mended += [session.id] if isinstance(error, ConfigError | ModelError) else []
    if failed and len(found) > 1:
        say(f"{len(failed)} of {len(found)} sessions failed: {', '.join(failed)}")
    if mended:
        say(
            "what was kept is as it was. Options count over what a session was begun with, "
            f"as in: listenlive listen --finish {mended[0]} --me 1 --no-words"
        )
    return FAILED if failed else OK


def _as_begun(options: argparse.Namespace) -> argparse.Namespace:
    """`options` without what a session is heard with: these were meant for a new one."""
    heard = ("config", "channels", "me", "speakers", "names", "model", "language", "keep_audio")
    without = {"set": [], "no_words": False}
    return argparse.Namespace(**{**vars(options), **dict.fromkeys(heard), **without})


def _finish_one(session: SavedSession, options: argparse.Namespace) -> None:
    from listenlive import finishing
    from listenlive.hearing import heard_live

    base, names = session.settings(), names_from(options.names) or session.names
    settings = _with(settings_from(options, base=base), "live", keep_audio=options.keep_audio)
    if session.ended and (settings, names) != (base, session.names):
        raise SessionError(
            "it is whole, so what it is heard with cannot be changed any more. "
            f"Read it: listenlive report {session.id}"
        )
    voice, settings = profiles.my_voice(session.data, settings, names=names)
    begun = finishing.Begun(settings, names)
    with progress_bar(session.id, quiet=options.quiet) as progress:
        hear = partial(heard_live, voice=voice, show=None)  # nobody watches
        analysed = finishing.finish(session, begun=begun, progress=progress, hear=hear)
    _delivered(analysed, options)


def _cut_off(plan: Plan) -> str:
    """Which sessions were cut off, in words; "" if none was."""
    found = store.finishable(plan.folder)
    if not found:
        return ""
    began = found[0].began
    when = f"of {began:%d %B, %H:%M}" if began else found[0].id
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"A session {when}{more} was cut off"


def _heading(wish: Wish) -> str:
    if wish.answers is None:
        return f"a written example; you are {wish.names[0]}" if wish.names else "a written example"
    return f"listening with {wish.answers.who}" if wish.answers.who else "listening"


def what_is_kept(plan: Plan, answers: Answers | None) -> str:
    """What becomes of the sound, in a few words. answers : None: of an example nothing is kept"""
    if answers is None or plan.options.no_save:
        return "nothing is kept"
    return kept_until(answers.keep_audio, date.today())


def _missing(plan: Plan) -> Iterator[str]:
    """What this session will not measure, in a few words each."""
    if not plan.settings.transcription.words:
        yield "words"


def _run(start: Start, *, ask: bool = False) -> int:
    """One session from its first sound to its report."""
    heard = _on_screen(start, ask=ask) if start.plan.screen else _in_lines(start)
    if start.finish_first:
        return _finish(_as_begun(start.plan.options), start.plan.folder, "")
    if heard is None:
        say("nothing was recorded.")
        return FAILED
    if heard.session.phase is Phase.ABANDONED:
        stopped_at_once(start, heard)
    return start.delivered(heard.analysed())


def stopped_at_once(start: Start, heard: Listening) -> NoReturn:
    """Say what becomes of a session that was stopped at once, and leave."""
    say(f"stopped at once; {_left(start, heard)}")
    _vanish(STOPPED)


def _left(start: Start, heard: Listening) -> str:
    """Leave a session as it is, and say what is left of it."""
    kept = heard.keeper.leave()
    start.until_end.close()
    if kept:
        return "the sound is kept. Make the report of it: listenlive listen --finish"
    return "nothing is kept."


def _on_screen(start: Start, *, ask: bool) -> Listening | None:
    """A session with the live screen, after the question if that is to be asked."""
    from listenlive.live.screen import ListenApp, own_screen

    def begin() -> "tuple[Session, Screen[None]]":
        heard = start.begin()
        return heard.session, start.screen(heard)

    question = _question(start) if ask else None
    shown = ListenApp(begin, ask=question)
    with own_screen():
        shown.run()
    if shown.failed is not None:
        raise shown.failed
    start.finish_first = question is not None and question.finish_first
    return start.heard


def _question(start: Start) -> "AskScreen":
    from listenlive.live.asking import AskScreen

    return AskScreen(before_of(start), start.answered)


def before_of(start: Start) -> Before:
    """What is known before the question is asked."""
    plan, answers = start.plan, start.wish.answers
    assert answers is not None
    return Before(
        answers=answers,
        first=not plan.remembered.keep_audio,
        device=start.source.name,
        today=date.today(),
        cut_off=_cut_off(plan),
        offer=_offer(plan),
    )


def _offer(plan: Plan) -> str:
    if plan.settings.speakers.channels == "split" or profiles.voices(plan.folder):
        return ""
    return "One microphone can know you by your voice (20 seconds): listenlive enroll"


def _agreed(start: Start) -> bool:
    """The question in plain lines; True: everybody knows."""
    answers = start.wish.answers
    assert answers is not None
    until = kept_until(answers.keep_audio, date.today())
    say(f"Microphone: {start.source.name}. The {until}.")
    say(f"Say it aloud, if you like: {ALOUD}")
    try:
        who = input(f"Who is with you? [{answers.who or 'nobody named'}] ").strip()
        if not start.plan.remembered.keep_audio:
            kinds = ", ".join(f"{name} ({words})" for name, words in KEPT.items())
            given = input(f"What becomes of the sound: {kinds}? [{answers.keep_audio}] ").strip()
            answers = replace(answers, keep_audio=given or answers.keep_audio)
        start.answered(replace(answers, who=who or answers.who))
        return input("Does everybody here know that this is recorded? [y/N] ").lower() in {
            "y",
            "yes",
        }
    except EOFError:
        return False


def _in_lines(start: Start) -> Listening:
    """A session without a screen; what sound libraries print of lost devices is dropped."""
    from listenlive.portaudio import hushed

    unwritten: OSError | None = None
    with hushed():
        heard = start.begin()
        with _stops(heard):
            try:
                start.lines(heard)
            except OSError as error:  # whoever read the lines left, or their disk is full
                unwritten = error
                heard.session.abandon()
    if unwritten is not None:
        reason = unwritten.strerror or str(unwritten)
        say(f"error: what is heard cannot be written any more: {reason}; {_left(start, heard)}")
        _vanish(PIPE_CLOSED if isinstance(unwritten, BrokenPipeError) else FAILED)
    return heard


def _stops(heard: Listening) -> AbstractContextManager[None]:
    """Ctrl-C ends the stream; a second one stops at once. A closed terminal is the first."""

    def stop(_signal: int) -> None:
        session = heard.session
        first = session.phase in (Phase.LISTENING, Phase.PAUSED)
        (session.end if first else session.abandon)()

    return stopped_by(stop)


@contextmanager
def stopped_by(stop: Callable[[int], None]) -> Iterator[None]:
    """Call `stop` with the number of each signal that asks for an end, meanwhile."""

    def asked(number: int, _frame: FrameType | None) -> None:
        # Not here: a signal may come while this thread holds what `stop` needs.
        Thread(target=stop, args=(number,), daemon=True).start()

    before = {each: signal.signal(each, asked) for each in STOP_SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _vanish(status: int) -> NoReturn:
    """Leave at once: what still works on threads is not waited for."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(status)
