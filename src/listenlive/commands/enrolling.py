"""Learning voices, so that one microphone knows who "me" is."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from textwrap import fill

from listenlive import profiles, store
from listenlive.audio import AudioChunk, seconds
from listenlive.commands.recorded import confirmed, say
from listenlive.commands.status import FAILED, OK
from listenlive.enrolment import ALOUD, SPEECH, Enrolment, learned_from
from listenlive.errors import ConfigError, EnrolmentError
from listenlive.plain import one_line
from listenlive.sound import Sound
from listenlive.voices import VoiceProfile

WIDTH = 78  # columns

PATIENCE = 60.0
"""Seconds in which the speech should have been heard."""


def enroll(options: argparse.Namespace) -> int:
    """Learn a voice, list the learned ones, or delete one."""
    data = store.data_folder(options.data)
    if options.list:
        return _listed(data)
    if options.delete:
        return _deleted(data, options.delete, asked=options.yes)
    name = one_line(options.name)
    if not name:
        raise ConfigError("--name is empty. Give the voice a name, such as --name Nora.")
    at = datetime.now().astimezone().isoformat(timespec="seconds")
    return _kept(data, _learned(options, name, at=at))


def _learned(options: argparse.Namespace, name: str, *, at: str) -> VoiceProfile:
    if options.source is not None:
        from listenlive.sources import AudioFile

        return learned_from(AudioFile(options.source), name, at=at)
    from listenlive.microphone import Microphone, chosen, inputs

    remembered = profiles.preferences(store.data_folder(options.data))
    among = inputs()
    there = remembered.device if any(d.name == remembered.device for d in among) else None
    device = chosen(options.device or there, among)
    say(f"Learning the voice of {name} through {device.name}. Nothing of the sound is kept.")
    say(f"Speak for {SPEECH:.0f} seconds, alone and as usual; you may read this aloud:")
    print(f"\n{fill(ALOUD, WIDTH)}\n", file=sys.stderr)
    enrolment = Enrolment()
    with Microphone(device) as source:
        for sound in _until_enough(source, enrolment):
            enrolment.feed(sound)
        source.stop()
    print(file=sys.stderr)
    return enrolment.learned(name, at=at)


def _until_enough(sounds: Iterable[Sound], enrolment: Enrolment) -> Iterator[Sound]:
    """`sounds` until enough speech was heard, or nobody speaks."""
    for sound in sounds:
        yield sound
        heard = enrolment.quality.speech_seconds
        if isinstance(sound, AudioChunk):
            told = f"\r{min(heard, SPEECH):4.0f} of {SPEECH:.0f} s of speech "
            print(told, end="", file=sys.stderr, flush=True)
            if heard >= SPEECH or seconds(sound.end) >= PATIENCE:
                return


def _kept(data: Path, learned: VoiceProfile) -> int:
    """Keep the voice; from now on it is "me"."""
    profiles.keep_voice(data, learned)
    profiles.remember(data, replace(profiles.preferences(data), voice=learned.name))
    print(
        f"learned: {learned.name}, from {learned.seconds:.0f} s of speech. On one microphone this "
        "voice is you now. Delete it: listenlive enroll --delete "
        f"{learned.name}"
    )
    return OK


def _listed(data: Path) -> int:
    known, me = profiles.voices(data), profiles.preferences(data).voice
    if not known:
        say("no voice was learned yet. Learn yours: listenlive enroll")
    for voice in known:
        mine = "  (you)" if voice.name == me or len(known) == 1 else ""
        print(f"{voice.name}  {voice.seconds:.0f} s of speech, {voice.at[:10]}{mine}")
    return OK


def _deleted(data: Path, name: str, *, asked: bool) -> int:
    known = profiles.voice(data, name)
    if known is None:
        names = ", ".join(voice.name for voice in profiles.voices(data)) or "none"
        raise EnrolmentError(f"no voice is called {name!r}; there is: {names}.")
    if not asked and not confirmed(f"Delete the voice of {known.name}?"):
        say("nothing was deleted.")
        return FAILED
    profiles.forget_voice(data, known.name)
    print(f"deleted: the voice of {known.name}.")
    return OK
