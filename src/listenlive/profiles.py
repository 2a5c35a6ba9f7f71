"""What is remembered between sessions: preferences, and voices. Files that only the user can read.

::

    <data>/preferences.toml      0600   microphone, what becomes of the sound, with whom last
    <data>/voices/NAME.json      0600   a learned voice: numbers, no sound
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import tomli_w

from listenlive import store
from listenlive.config import KEEP_AUDIO, Settings
from listenlive.errors import SessionError
from listenlive.plain import one_line
from listenlive.voices import VoiceProfile

PREFERENCES = "preferences.toml"
VOICES = "voices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What was chosen last.

    device, partner_device : names of microphones, "" for the usual one and for none
    keep_audio             : what becomes of the sound; "" if that was never asked
    who                    : was there last time
    voice                  : the profile that is "me", "" for the only one
    """

    device: str = ""
    partner_device: str = ""
    keep_audio: str = ""
    who: str = ""
    voice: str = ""


def preferences(data: Path) -> Preferences:
    """What is remembered; the defaults where that is nothing, or cannot be read."""
    try:
        found = tomllib.loads((data / PREFERENCES).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return Preferences()
    known = {
        name: one_line(value)
        for name, value in found.items()
        if name in {each.name for each in fields(Preferences)} and isinstance(value, str)
    }
    if known.get("keep_audio") not in KEEP_AUDIO:
        known.pop("keep_audio", None)
    return Preferences(**known)


def remember(data: Path, chosen: Preferences) -> None:
    """Keep `chosen` for the next time."""
    _write(data / PREFERENCES, tomli_w.dumps(asdict(chosen)))


def voices(data: Path) -> tuple[VoiceProfile, ...]:
    """The learned voices, by name. What is damaged is left out."""
    found = []
    for path in sorted((data / VOICES).glob("*.json")):
        try:
            found.append(_read(json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return tuple(sorted(found, key=lambda voice: voice.name.casefold()))


def voice(data: Path, name: str = "") -> VoiceProfile | None:
    """The voice called `name`, or the only one for ""; None if there is none."""
    known = voices(data)
    if not name:
        return known[0] if len(known) == 1 else None
    return next((v for v in known if v.name.casefold() == name.casefold()), None)


def my_voice(
    data: Path, settings: Settings, *, names: Sequence[str] = ()
) -> tuple[VoiceProfile | None, Settings]:
    """The voice that is "me", and `settings` without a `speakers.me` that names it.

    Where `speakers.me` is empty it is the voice that was learned last; a channel, a number or one
    of `names` is no voice.
    """
    me = settings.speakers.me
    if not me:
        return voice(data, preferences(data).voice) or voice(data), settings
    if me.casefold() in (name.casefold() for name in names):
        return None, settings
    known = voice(data, me)
    return known, replace(
        settings, speakers=replace(settings.speakers, me="")
    ) if known else settings


def keep_voice(data: Path, learned: VoiceProfile) -> Path:
    """Keep `learned`, in place of an older one of that name."""
    path = _path(data, learned.name)
    _write(path, json.dumps(asdict(learned), ensure_ascii=False))
    return path


def forget_voice(data: Path, name: str) -> bool:
    """Delete the voice called `name`; False if there was none."""
    known = voice(data, name) if name else None
    if known is None:
        return False
    _path(data, known.name).unlink()
    return True


def _path(data: Path, name: str) -> Path:
    slug = re.sub(r"[^\w-]+", "-", name.casefold()).strip("-")
    return data / VOICES / f"{slug or 'voice'}.json"


def _read(found: Mapping[str, Any]) -> VoiceProfile:
    embedding = tuple(float(value) for value in found["embedding"])
    return VoiceProfile(
        name=one_line(str(found["name"])),
        embedding=embedding,
        network=str(found["network"]),
        seconds=float(found["seconds"]),
        at=str(found["at"]),
    )


def _write(path: Path, text: str) -> None:
    try:
        store.make_private(path.parent)
        store.write_private(path, text)
    except OSError as error:
        raise SessionError(
            f"cannot write {path}: {error.strerror or error}. Free some space or choose another "
            "folder with --data DIR."
        ) from error
