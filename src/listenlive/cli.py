"""The command line: parse, call, print. Nothing heavy is imported before it is needed."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from listenlive import __version__
from listenlive.commands.status import FAILED, PIPE_CLOSED, STOPPED, USAGE
from listenlive.config import KEEP_AUDIO
from listenlive.errors import ConfigError, ListenLiveError

GOALS = ("mutual", "listening", "exercise")
EXPORT_FORMATS = ("json", "rttm", "srt", "vtt", "csv", "textgrid")

_NAMES = ("who", "me", "names", "name", "partner", "device", "partner_device")
"""Options that are written down, or said again."""

_EPILOG = """\
examples:
  listenlive analyze talk.m4a                      who spoke, over whom, and how well you listened
  listenlive analyze call.wav --me left --html     the same as a page with the moments to hear again
  listenlive report last                           read it again
  listenlive export last --format srt              subtitles with speakers

Everything stays on this computer. Only `models fetch` uses the network.
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and where help is."""

    def error(self, message: str) -> NoReturn:
        command = self.prog.split(" ", 1)[-1] if " " in self.prog else ""
        _say(f"error: {message}. See: listenlive {command + ' ' if command else ''}--help")
        raise SystemExit(USAGE)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 done, 1 failed, 2 usage or settings, 130 stopped by Ctrl-C.

    141 when whoever read the output left, as other programs.
    """
    _with_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    options = _in_unicode(_parser().parse_args(arguments))
    try:
        status: int = options.run(options)
        sys.stdout.flush()  # a closed pipe may only show now
    except ListenLiveError as error:
        if options.debug:
            raise
        _say(f"error: {error}")
        return USAGE if isinstance(error, ConfigError) else FAILED
    except KeyboardInterrupt:
        _say("stopped; nothing half-done was kept.")
        return STOPPED
    except BrokenPipeError:  # `listenlive sessions | head`
        return _pipe_closed()
    except SystemExit as stopped:
        if isinstance(stopped.__context__, BrokenPipeError):  # rich makes it an exit with 1
            return _pipe_closed()
        raise
    return status


def _with_streams() -> None:
    """What was started without one of the standard streams reads nothing and prints nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


def _in_unicode(options: argparse.Namespace) -> argparse.Namespace:
    """`options` with � for what is no text in names.

    They could be kept nowhere. Paths are as the system gives them: any bytes.
    """
    for name in _NAMES:
        if isinstance(given := getattr(options, name, None), str):
            setattr(options, name, os.fsencode(given).decode("utf-8", "replace"))
    return options


def _pipe_closed() -> int:
    """Nobody reads any more: what is left in the buffer goes nowhere, and no word is lost on it."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="listenlive",
        description="How well did you listen? Measured on your own computer, from a recording.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"listenlive {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for add in (
        _listen,
        _enroll,
        _analyze,
        _report,
        _checkin,
        _trends,
        _remind,
        _sessions,
        _export,
        _forget,
        _models,
        _review,
        _practice,
        _devices,
        _doctor,
    ):
        add(commands)
    return parser


_Commands = "argparse._SubParsersAction[_Parser]"


def _command(
    commands: _Commands,  # type: ignore[valid-type]
    name: str,
    run: Callable[[argparse.Namespace], int],
    about: str,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(  # type: ignore[attr-defined]
        name, help=about, description=about[0].upper() + about[1:] + "."
    )
    parser.set_defaults(run=run)
    parser.add_argument("--data", type=Path, metavar="DIR", help="where sessions are kept")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _analyze(commands: _Commands) -> None:  # type: ignore[valid-type]
    parser = _command(commands, "analyze", _run_analyze, "analyse recordings of conversations")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="audio or video files")
    _hearing_options(parser)
    output = parser.add_argument_group("what to make of it")
    output.add_argument(
        "--date",
        metavar="DATE",
        help="when it was, as 2026-05-31; default: as the file says itself",
    )
    _page_options(output)
    _goal_option(output)
    _checkin_option(output)
    output.add_argument(
        "--json",
        metavar="PATH",
        help="write listenlive/1 to a file (a folder for several recordings); - is standard output",
    )
    output.add_argument("--no-save", action="store_true", help="do not keep a session")
    output.add_argument("--quiet", action="store_true", help="no summary, no progress")
    _settings_options(parser)


def _listen(commands: _Commands) -> None:  # type: ignore[valid-type]
    parser = _command(commands, "listen", _run_listen, "listen to a conversation as it happens")
    _source_options(parser)
    _hearing_options(parser)
    before = parser.add_argument_group("before the start")
    before.add_argument("--with", dest="who", metavar="NAME", help="who is with you")
    before.add_argument(
        "--consent",
        action="store_true",
        help="everybody knows that this is recorded: start without asking",
    )
    before.add_argument(
        "--keep-audio", choices=KEEP_AUDIO, help="what becomes of the sound (as last; at first 30d)"
    )
    before.add_argument("--goal", metavar="GOAL", help="mutual, listening or exercise")
    before.add_argument(
        "--mood", type=int, choices=range(1, 11), metavar="1-10", help="your mood before the talk"
    )
    before.add_argument(
        "--minutes", type=float, metavar="N", help="end softly after so many minutes"
    )
    _view_options(parser)
    output = parser.add_argument_group("what to make of it")
    _page_options(output)
    _checkin_option(output)
    output.add_argument(
        "--json",
        metavar="PATH",
        help="write listenlive/1 to a file (a folder for several sessions); - is standard output",
    )
    output.add_argument("--no-save", action="store_true", help="keep neither session nor sound")
    _settings_options(parser)


def _enroll(commands: _Commands) -> None:  # type: ignore[valid-type]
    parser = _command(
        commands, "enroll", _run_enroll, "learn your voice, so that one microphone knows you"
    )
    parser.add_argument("--name", default="Me", metavar="NAME", help="whose voice (default: Me)")
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="FILE", help="a recording of that person alone"
    )
    parser.add_argument(
        "--device", metavar="NAME", help="the microphone: number or part of its name"
    )
    parser.add_argument("--list", action="store_true", help="list the learned voices")
    parser.add_argument("--delete", metavar="NAME", help="delete a learned voice")
    parser.add_argument("--yes", action="store_true", help="do not ask before deleting")


def _source_options(parser: argparse.ArgumentParser) -> None:
    source = parser.add_argument_group("what is listened to")
    source.add_argument(
        "--device", metavar="NAME", help="the microphone: number or part of its name; remembered"
    )
    source.add_argument(
        "--partner-device",
        metavar="NAME",
        help="a second input with the other person; remembered, until --device comes without it",
    )
    source.add_argument(
        "--browser-mic", action="store_true", help="with --web: the microphone of the browser"
    )
    source.add_argument(
        "--demo",
        action="store_true",
        help="a written example at its pace: no microphone, nothing is kept",
    )
    source.add_argument(
        "--scripted", action="store_true", help="with --demo: no models, its script is told"
    )
    source.add_argument(
        "--finish",
        nargs="?",
        const="",
        metavar="SESSION",
        help="make the report of a session that was cut off (default: of all)",
    )
    source.add_argument("--speed", type=float, metavar="X", help="with --demo: X times as fast")


def _view_options(parser: argparse.ArgumentParser) -> None:
    view = parser.add_argument_group("what is shown meanwhile")
    view.add_argument("--quiet", action="store_true", help="only a dot and the time")
    view.add_argument("--plain", action="store_true", help="plain lines instead of the screen")
    view.add_argument(
        "--web", action="store_true", help="a local page instead of the screen, then the report"
    )
    view.add_argument("--port", type=_port, metavar="N", help="with --web (default: any free one)")
    view.add_argument(
        "--json-lines", action="store_true", help="every event as a line of JSON, for programs"
    )
    view.add_argument(
        "--cue",
        metavar="CUES",
        help="gentle cues about you: long-turn=90s,talk-over,fast-reply (default: none)",
    )


def _hearing_options(parser: argparse.ArgumentParser) -> None:
    hearing = parser.add_argument_group("who is who")
    hearing.add_argument(
        "--channels",
        choices=("auto", "split", "mix"),
        help="split: one person per channel; mix: one microphone for all; auto finds out",
    )
    hearing.add_argument(
        "--me", metavar="WHO", help="the listener: left, right, 1, 2, or a name from --names"
    )
    hearing.add_argument(
        "--names", metavar="A,B", help="names, in order of channel or of first word"
    )
    hearing.add_argument(
        "--speakers",
        type=int,
        metavar="N",
        help="people on one microphone (default 2; 0: find out)",
    )
    words = parser.add_argument_group("words")
    words.add_argument("--model", metavar="NAME", help="speech-to-text model: a name or a folder")
    words.add_argument("--language", metavar="CODE", help="en, de, ...; default: detected once")
    words.add_argument("--no-words", action="store_true", help="timing only, no transcription")


def _checkin(commands: _Commands) -> None:  # type: ignore[valid-type]
    about = "say how it was: mood, feeling heard, a self-check"
    parser = _command(commands, "checkin", _run_checkin, about)
    parser.add_argument("session", nargs="?", default="last", help="its name; default: last")
    moods = {"before": "6,4: your mood 1 to 10, and the other's", "after": "the same afterwards"}
    for when, what in moods.items():
        parser.add_argument(f"--mood-{when}", metavar="N,N", help=what)
    skipped = "- leaves one as it was (in front with =, as in --self-check=-,4,3,4,4)"
    parser.add_argument(
        "--felt-heard", metavar="N,...", help=f"the other's eight answers, 1 to 5; {skipped}"
    )
    parser.add_argument("--self-check", metavar="N,...", help="your five answers, 1 to 5")


def _report(commands: _Commands) -> None:  # type: ignore[valid-type]
    parser = _command(commands, "report", _run_report, "read the report of a session")
    parser.add_argument("session", nargs="?", default="last", help="its name; default: last")
    parser.add_argument("--me", metavar="WHO", help="from now on this is the listener")
    _goal_option(parser)
    _page_options(parser)
    parser.add_argument("--json", metavar="PATH", help="write listenlive/1; - is standard output")
    _settings_options(parser)


def _trends(commands: _Commands) -> None:  # type: ignore[valid-type]
    parser = _command(commands, "trends", _run_trends, "see how conversations change over time")
    parser.add_argument("--partner", metavar="NAME", help="only with this person")
    parser.add_argument(
        "--demo", action="store_true", help="on six written conversations instead of your own"
    )


def _remind(commands: _Commands) -> None:  # type: ignore[valid-type]
    about = "write a calendar file that reminds of an exercise"
    parser = _command(commands, "remind", _run_remind, about)
    parser.add_argument("name", help="an exercise or a card: listenlive practice lists them")
    parser.add_argument("when", nargs="+", metavar="WHEN", help="such as: every sunday 19:00")
    parser.add_argument("--output", "-o", metavar="PATH", help="default: listenlive-NAME.ics here")


def _sessions(commands: _Commands) -> None:  # type: ignore[valid-type]
    _command(commands, "sessions", _run_sessions, "list the sessions that are kept")


def _export(commands: _Commands) -> None:  # type: ignore[valid-type]
    parser = _command(commands, "export", _run_export, "write a session in another format")
    parser.add_argument("session", nargs="?", default="last", help="its name; default: last")
    parser.add_argument("--format", choices=EXPORT_FORMATS, default="json")
    parser.add_argument(
        "--output", "-o", metavar="PATH", default="-", help="default: standard output"
    )


def _forget(commands: _Commands) -> None:  # type: ignore[valid-type]
    parser = _command(commands, "forget", _run_forget, "delete a session and all that is in it")
    parser.add_argument("session", help="its whole name, or last")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _models(commands: _Commands) -> None:  # type: ignore[valid-type]
    parser = _command(commands, "models", _run_models, "list speech-to-text models, or fetch one")
    parser.add_argument("action", nargs="?", choices=("list", "fetch", "verify"), default="list")
    parser.add_argument("name", nargs="?", help="for fetch and verify: base, small, large-v3-turbo")


def _review(commands: _Commands) -> None:  # type: ignore[valid-type]
    parser = _command(commands, "review", _run_review, "open the local pages")
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="answer there (default: any free one)"
    )
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--demo", action="store_true", help="six written example sessions instead of your own"
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 (any free one) to 65535")
    return int(text)


def _practice(commands: _Commands) -> None:  # type: ignore[valid-type]
    parser = _command(commands, "practice", _run_practice, "listening exercises, and cards")
    parser.add_argument("name", nargs="?", help="the exercise or card; without it they are listed")
    parser.add_argument(
        "--names", metavar="ME,PARTNER", help="what the two of you are called on the screen"
    )
    parser.add_argument(
        "--first",
        choices=("me", "partner"),
        default="partner",
        help="who tells first (default: partner, so you listen first)",
    )
    parser.add_argument("--no-save", action="store_true", help="keep nothing")
    _practised_live(parser)
    _practised_before(parser)
    _settings_options(parser)


def _practised_live(parser: argparse.ArgumentParser) -> None:
    live = parser.add_argument_group("with a microphone")
    live.add_argument("--device", metavar="NAME", help="the microphone, as in listenlive listen")
    live.add_argument(
        "--partner-device", metavar="NAME", help="a second input with the other person"
    )
    live.add_argument("--with", dest="who", metavar="NAME", help="who is with you")
    live.add_argument(
        "--consent", action="store_true", help="everybody knows that this is recorded"
    )
    live.add_argument(
        "--keep-audio", choices=KEEP_AUDIO, help="what becomes of the sound (as last; at first 30d)"
    )
    live.add_argument("--plain", action="store_true", help="plain lines instead of the screen")
    parser.set_defaults(goal=None, mood=None, minutes=None, cue=None, json_lines=False)
    # for the report of a session that was cut off, which may be finished first
    parser.set_defaults(html=None, json=None, share=False, no_audio=False, no_open=True)
    parser.set_defaults(no_checkin=True, web=False, browser_mic=False)


def _practised_before(parser: argparse.ArgumentParser) -> None:
    recorded = parser.add_argument_group("on a recording")
    recorded.add_argument(
        "--recording", type=Path, metavar="FILE", help="an exercise that was recorded"
    )
    recorded.add_argument(
        "--steps",
        metavar="TIMES",
        help="when each step begins, as 0:15,2:15,...; default: one after the other as planned",
    )
    recorded.add_argument(
        "--answers",
        metavar="KEYS",
        help="the keys that were answered with, in order, as y,n or 6,8",
    )
    recorded.add_argument("--quiet", action="store_true", help="no progress")
    hearing = parser.add_argument_group("how it is heard")
    hearing.add_argument("--me", metavar="WHO", help="left, right, 1 or 2; default: by the steps")
    hearing.add_argument(
        "--channels", choices=("auto", "split", "mix"), help="as in listenlive analyze"
    )
    hearing.add_argument(
        "--speakers", type=int, metavar="N", help="people on one microphone (default 2)"
    )
    hearing.add_argument("--model", metavar="NAME", help="speech-to-text model")
    hearing.add_argument("--language", metavar="CODE", help="default: detected once")
    hearing.add_argument("--no-words", action="store_true", help="timing only")


def _devices(commands: _Commands) -> None:  # type: ignore[valid-type]
    parser = _command(commands, "devices", _run_devices, "list audio inputs and what they hear")
    parser.add_argument("device", nargs="?", metavar="INPUT", help="only this: number or name")
    parser.add_argument(
        "--no-level", dest="level", action="store_false", help="list only, listen to none"
    )


def _doctor(commands: _Commands) -> None:  # type: ignore[valid-type]
    parser = _command(commands, "doctor", _run_doctor, "check what a live session needs")
    parser.add_argument("--device", metavar="INPUT", help="the input to check: number or name")


def _page_options(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--html",
        nargs="?",
        const="",
        metavar="PATH",
        help="make the report page (and open it): a file, or a folder for several; without PATH "
        "it lies in the session",
    )
    parser.add_argument("--no-open", action="store_true", help="do not open the page")
    parser.add_argument("--no-audio", action="store_true", help="leave the voices out of the page")
    parser.add_argument(
        "--share", action="store_true", help="my figures only: nothing the other said, no voices"
    )


def _checkin_option(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--no-checkin", action="store_true", help="do not offer the self-check before the report"
    )


def _goal_option(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--goal",
        choices=GOALS,
        help="what the talk is for; it changes what is expected, never a figure",
    )


def _settings_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (TOML)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SECTION.NAME=VALUE",
        help="one setting, such as measuring.turn_gap=1.5",
    )


def _run_enroll(options: argparse.Namespace) -> int:
    from listenlive.commands.enrolling import enroll

    return enroll(options)


def _run_listen(options: argparse.Namespace) -> int:
    from listenlive.commands.live import listen

    return listen(options)


def _run_analyze(options: argparse.Namespace) -> int:
    from listenlive.commands.recorded import analyze

    return analyze(options)


def _run_checkin(options: argparse.Namespace) -> int:
    from listenlive.commands.checking_in import checkin

    return checkin(options)


def _run_trends(options: argparse.Namespace) -> int:
    from listenlive.commands.over_time import trends

    return trends(options)


def _run_remind(options: argparse.Namespace) -> int:
    from listenlive.commands.over_time import remind

    return remind(options)


def _run_report(options: argparse.Namespace) -> int:
    from listenlive.commands.recorded import report

    return report(options)


def _run_sessions(options: argparse.Namespace) -> int:
    from listenlive.commands.recorded import list_sessions

    return list_sessions(options)


def _run_export(options: argparse.Namespace) -> int:
    from listenlive.commands.recorded import export_session

    return export_session(options)


def _run_forget(options: argparse.Namespace) -> int:
    from listenlive.commands.recorded import forget_session

    return forget_session(options)


def _run_models(options: argparse.Namespace) -> int:
    from listenlive.commands.recorded import models

    return models(options)


def _run_review(options: argparse.Namespace) -> int:
    from listenlive.commands.reviewing import review

    return review(options)


def _run_practice(options: argparse.Namespace) -> int:
    from listenlive.commands.practising import practice

    return practice(options)


def _run_devices(options: argparse.Namespace) -> int:
    from listenlive.commands.devices import devices

    return devices(options)


def _run_doctor(options: argparse.Namespace) -> int:
    from listenlive.commands.devices import doctor

    return doctor(options)
