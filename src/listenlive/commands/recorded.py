"""Commands on recordings and on the sessions made of them."""

import argparse
import shlex
import sys
import tomllib
import webbrowser
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from listenlive import app, export, library, profiles, store
from listenlive.commands.checking_in import may_check, offered, present
from listenlive.commands.status import FAILED, OK
from listenlive.config import Settings, from_mapping, load
from listenlive.conversation import Goal, Person
from listenlive.errors import ConfigError, ListenLiveError, SessionError
from listenlive.events import GoalSet, ListenerSet
from listenlive.people import speaker_called
from listenlive.plain import one_line
from listenlive.report.terminal import show
from listenlive.store import SavedSession
from listenlive.voices import Known

if TYPE_CHECKING:
    from listenlive.hearing import Progress

_OF_ONE = (".html", ".htm", ".json")
"""How a file ends that can be of one recording only."""


def analyze(options: argparse.Namespace) -> int:
    """Analyse each file; one that fails does not stop the others. 1 if any failed."""
    settings = settings_from(options, base=Settings())
    app.check_words(settings.transcription)
    date_from(options.date)
    names_from(options.names)
    _check_use(options)
    alone = len(options.files) == 1
    check_places(options, many=not alone)
    failed: list[str] = []
    for path, name in told_apart(options.files):
        try:
            _analyze(path, settings, options, name=name)
        except ListenLiveError as error:
            if options.debug or alone:
                raise
            failed.append(path.name)
            say(f"error: {error}")
    if failed:
        say(f"{len(failed)} of {len(options.files)} files failed: {', '.join(failed)}")
    return FAILED if failed else OK


def told_apart(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Each path with its file's name, the second of one name with a -2: pages lie side by side."""
    known: Counter[str] = Counter()
    for path in paths:
        same = path.name.casefold()  # as some file systems see it
        known[same] += 1
        yield path, path.name if known[same] == 1 else f"{path.name}-{known[same]}"


def _analyze(path: Path, settings: Settings, options: argparse.Namespace, *, name: str) -> None:
    data = None if options.no_save else store.data_folder(options.data)
    names = names_from(options.names)
    voice, settings = profiles.my_voice(store.data_folder(options.data), settings, names=names)
    with progress_bar(path.name, quiet=options.quiet) as progress:
        heard = app.analyse_file(
            path,
            settings,
            data=data,
            known=Known(names=names, voice=voice, at=date_from(options.date)),
            progress=progress,
            goal=goal_from(options),
        )
    if unused := unused_names(names, heard.conversation.people):
        say(unused)
    try:
        asked_and_delivered(heard, options, name=name)
    finally:  # a page that cannot be written is no reason to analyse again
        if heard.session and not options.quiet:
            say_kept(heard.session, options)
    if heard.not_saved:
        raise SessionError(heard.not_saved)


def say_kept(session: SavedSession, options: argparse.Namespace) -> None:
    """Say under which name `session` is kept, and the command that reads it."""
    where = f" --data {shlex.quote(str(options.data))}" if options.data else ""
    say(f"kept as session {session.id}; read it again: listenlive report{where}")


def _check_use(options: argparse.Namespace) -> None:
    """ConfigError if nothing at all would come of the analysis."""
    if options.quiet and options.no_save and options.json is None and options.html is None:
        raise ConfigError(
            "--quiet --no-save would print nothing and keep nothing. Leave one of them out, or say "
            "what to write: --json PATH or --html PATH."
        )


def check_places(options: argparse.Namespace, *, many: bool = False) -> None:
    """ConfigError if --json or --html names a place where nothing can be written, --share none.

    Before anything is heard: an hour of work must not end in a misspelt folder.
    many : of several recordings, each has a file of its own in a folder, which is made
    """
    if options.share and options.html is None:
        raise ConfigError(
            "--share is about the page, and no page is asked for: the summary and --json hold what "
            "the other person said as well. Add --html, or leave it out."
        )
    for flag, given in (("--json", options.json), ("--html", options.html)):
        if given in (None, "", "-"):
            continue
        path = Path(given)
        if many and not path.is_dir() and (path.exists() or path.suffix in _OF_ONE):
            raise ConfigError(
                f"{flag} {given} is one file, and there are several recordings. Name a folder: "
                "each gets a file of its own in it."
            )
        folder = path if many or path.is_dir() else path.parent
        try:
            if many:
                path.mkdir(parents=True, exist_ok=True)
            TemporaryFile(dir=folder).close()
        except OSError as error:
            raise ConfigError(
                f"{flag} {given}: nothing can be written in {folder} ({error.strerror}). "
                "Name a file in a folder that exists and is yours."
            ) from error


def report(options: argparse.Namespace) -> int:
    """Show a saved session again, maybe with other thresholds. Needs no models and no audio."""
    check_places(options)
    data = store.data_folder(options.data)
    store.sweep(data)
    session = store.find(data, options.session)
    settings = settings_from(options, base=session.settings())
    if options.me:
        conversation = session.conversation()
        session.append(ListenerSet(speaker_called(options.me, conversation.people)))
    if goal := goal_from(options):
        session.append(GoalSet(goal))
    heard = app.reanalyse(session, settings)
    options.quiet = False
    deliver(heard, options, name=session.id)
    return OK


def list_sessions(options: argparse.Namespace) -> int:
    """One line a session: name, length, people."""
    data = store.data_folder(options.data)
    store.sweep(data)
    found = store.sessions(data)
    if not found:
        say("no sessions yet. Make one: listenlive analyze FILE")
    for session in found:
        print(_line(session))
    return OK


def export_session(options: argparse.Namespace) -> int:
    """Write a session in another format, to a file or standard output."""
    session = store.find(store.data_folder(options.data), options.session)
    heard = app.reanalyse(session, session.settings())
    text = export.text(
        heard.conversation, heard.analysis, output=options.format, settings=heard.settings
    )
    write(options.output, text)
    return OK


def forget_session(options: argparse.Namespace) -> int:
    """Delete a session, after asking."""
    data = store.data_folder(options.data)
    session = store.find(data, options.session, exactly=True)
    live = session.damage is not None or session.live  # damaged: nothing is known of a recording
    if not options.yes and not confirmed(f"Delete session {session.id} and all that is in it?"):
        say("nothing was deleted.")
        return FAILED
    gone = store.forget(session)
    if library.forget(data, session.id):
        gone = (*gone, f"its entries in {library.FILE}")
    left = "" if live else " Your recording itself was not touched."
    print(f"forgotten: {session.id} ({', '.join(gone)}).{left}")
    return OK


def models(options: argparse.Namespace) -> int:
    """List models that work offline; fetch one (the only use of the network); verify one."""
    from listenlive import weights

    match options.action:
        case "fetch":
            print(f"fetched: {weights.fetch(_named(options))}")
        case "verify":
            print(f"complete and unchanged: {weights.verify(options.name or 'base')}")
        case _:
            for each in weights.available():
                print(each)
    return OK


def _named(options: argparse.Namespace) -> str:
    if not options.name:
        raise ConfigError("models fetch needs a name, such as base, small or large-v3-turbo.")
    return str(options.name)


def _place(given: str, file: str) -> str:
    """Where what goes to `given` is written: there, or as `file` in it if that is a folder."""
    path = Path(given)
    return str(path / file) if path.is_dir() else given


def asked_and_delivered(heard: app.Analysed, options: argparse.Namespace, *, name: str) -> None:
    """The self-check if it is to be offered, then all that was asked for.

    Everything is on the disk before the question: whoever leaves there loses nothing. Where it
    cannot be written, the summary comes first and then says so.
    """
    if may_check(heard, options):
        with suppress(SessionError):
            _keep_export(heard)
            if options.json != "-":
                _write_export(heard, options, name)
            if options.html is not None:
                _save_page(heard, options, name)
        heard = offered(heard, present(input))
    deliver(heard, options, name=name)
    _keep_export(heard)


def _keep_export(heard: app.Analysed) -> None:
    if heard.session:
        heard.session.write(store.EXPORT, exported(heard))


def deliver(heard: app.Analysed, options: argparse.Namespace, *, name: str) -> None:
    """Summary, export and page, as asked; `name` is that of their files in a folder."""
    if not options.quiet:
        show(heard.conversation, heard.analysis, file=sys.stderr if options.json == "-" else None)
    _write_export(heard, options, name)
    if options.html is not None:
        path = _save_page(heard, options, name)
        say(f"page: {path}")
        if sys.stdout.isatty() and not options.no_open:
            webbrowser.open(path.resolve().as_uri())


def _write_export(heard: app.Analysed, options: argparse.Namespace, name: str) -> None:
    if options.json is not None:
        write(_place(options.json, f"{name}.json"), exported(heard))


def exported(heard: app.Analysed) -> str:
    """The export of `heard` as JSON text."""
    return export.json_text(
        export.export(heard.conversation, heard.analysis, settings=heard.settings)
    )


def _save_page(heard: app.Analysed, options: argparse.Namespace, name: str) -> Path:
    """Write the page where it was asked for, else into the session."""
    text = app.page(heard, share=options.share, audio=not options.no_audio)
    if options.html:
        path = Path(_place(options.html, f"{name}.html"))
        write(str(path), text)
    elif heard.session and not options.share:
        path = heard.session.write(store.PAGE, text)
    else:
        path = Path(f"{name}.{'share.' if options.share else ''}html")
        write(str(path), text)
    return path


def write(path: str, text: str) -> None:
    """Write `text` to `path`, readable by the user only; "-" is standard output."""
    if path == "-":
        sys.stdout.write(text)
        return
    try:
        store.write_private(Path(path), text)
    except OSError as error:
        raise SessionError(
            f"cannot write {path}: {error.strerror or error}. Choose another place."
        ) from error


def settings_from(options: argparse.Namespace, *, base: Settings) -> Settings:
    """`base`, then the settings file, then the flags."""
    settings = load(options.config, base=base) if options.config else base
    for setting in options.set:
        settings = from_mapping(_setting(setting), base=settings, where="--set")
    return from_mapping(_flags(options), base=settings, where="the command line")


def _setting(text: str) -> Mapping[str, Any]:
    name, equals, value = text.partition("=")
    section, dot, setting = name.partition(".")
    if not (equals and dot):
        raise ConfigError(
            f"--set {text!r} does not read as SECTION.NAME=VALUE; "
            "an example: --set measuring.turn_gap=1.5"
        )
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value  # a word without quotes is that word
    return {section.strip(): {setting.strip(): parsed}}


def _flags(options: argparse.Namespace) -> Mapping[str, Any]:
    """The settings that have a flag of their own, where it was given."""
    if not hasattr(options, "speakers"):
        return {}
    speakers = {"channels": options.channels, "count": options.speakers, "me": options.me}
    words = {
        "model": options.model,
        "language": options.language,
        "words": False if options.no_words else None,
    }
    sections = {"speakers": speakers, "transcription": words}
    return {
        section: {name: value for name, value in values.items() if value is not None}
        for section, values in sections.items()
    }


def goal_from(options: argparse.Namespace) -> Goal | None:
    """What the talk is for, as --goal says."""
    return Goal(options.goal) if options.goal else None


def date_from(given: str | None) -> str | None:
    """When a recording was made, as --date says: a day, or a day and a time."""
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given).astimezone()
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f"--date {given!r} does not read as a day; examples: 2026-05-31, 2026-05-31T20:15."
        ) from error
    if at > datetime.now().astimezone():
        raise ConfigError(f"--date {given} is yet to come. Say when the recording was made.")
    return at.isoformat()


def names_from(given: str | None) -> tuple[str, ...]:
    """The names in --names, which commas separate."""
    names = tuple(one_line(name).strip() for name in given.split(",")) if given else ()
    known = [name.casefold() for name in names if name]
    twice = next((name for name in names if known.count(name.casefold()) > 1), None)
    if twice:
        raise ConfigError(
            f"--names {one_line(given or '')}: {twice!r} is there twice, so that nobody could tell "
            f"who is meant. Give each person another name, such as {twice} A,{twice} B."
        )
    return names


def unused_names(names: Sequence[str], people: Sequence[Person]) -> str:
    """What to say where more names were given than there are people; "" where all are used."""
    left = [name for name in names[len(people) :] if name]
    if not left:
        return ""
    heard = "1 person was" if len(people) == 1 else f"{len(people)} people were"
    return f"{heard} told apart, so these names are not used: {', '.join(left)}."


def _line(session: SavedSession) -> str:
    if session.in_use:
        return f"{session.id}  (going on right now)"
    if damage := session.damage:
        return f"{session.id}  ({damage})"
    if not session.ended and session.audio:
        return f"{session.id}  (cut off; finish it: listenlive listen --finish)"
    if not session.ended:
        return f"{session.id}  (cut off while it was made; `report {session.id}` says what to do)"
    try:
        conversation = session.conversation()
    except ListenLiveError as error:
        return f"{session.id}  ({error})"
    names = ", ".join(one_line(p.name) for p in conversation.people) or "nobody was heard"
    minutes, seconds = divmod(round(conversation.duration), 60)
    until = session.audio_until
    sound = f"  (sound until {until.day} {until:%B %Y})" if until else ""
    return f"{session.id}  {minutes}:{seconds:02d}  {names}{sound}"


def confirmed(question: str) -> bool:
    """Whether somebody at the terminal says yes. ConfigError where nobody can be asked."""
    if not sys.stdin.isatty():
        raise ConfigError(f"{question} Nobody is here to answer; say it with --yes.")
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


@contextmanager
def progress_bar(name: str, *, quiet: bool) -> "Iterator[Progress | None]":
    """A bar with the time left, where somebody watches: on a terminal."""
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("left"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"listening to {escape(one_line(name))}", total=None)

        def heard(seconds: float, whole: float | None) -> None:
            bar.update(task, completed=seconds, total=whole)

        yield heard


def say(line: str) -> None:
    """Print `line` for people: to standard error, so that standard output stays clean."""
    print(one_line(line), file=sys.stderr)
