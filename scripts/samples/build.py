"""Write the conversations: audio, truth and checksums. Run by scripts/make_samples."""

import argparse
import hashlib
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np
import soundfile
from dialogue import Dialogue, load_dialogue
from numpy.typing import NDArray
from scipy.signal import lfilter
from timeline import Event, Placed, events, mix, place, spans
from truth import check
from voices import RATE, Studio

PEAK = 10 ** (-3 / 20)  # of the mix: -3 dBFS
ROOM_DBFS = -72.0
ROOM_POLE = 0.97  # rooms rumble rather than hiss, and FLAC packs rumble well
STEP = 2.0**-12  # samples are rounded to 13 bits, under the room (-83 dBFS): a third less to store


def room(length: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the noise of two quiet rooms, shape (length, 2), at -72 dBFS RMS each."""
    noise = lfilter([1.0], [1.0, -ROOM_POLE], rng.standard_normal((length, 2)), axis=0)
    return noise / np.sqrt(np.mean(noise**2, axis=0)) * 10 ** (ROOM_DBFS / 20)


def write_audio(folder: Path, dialogue: Dialogue, placed: list[Placed]) -> None:
    """Write NAME.flac (A left, B right) and NAME.mono.flac (their sum), 16 kHz, 16 bit."""
    voices = mix(placed)
    voices *= PEAK / np.abs(voices.sum(axis=1)).max()
    sound = voices + room(len(voices), np.random.default_rng(dialogue.seed))
    for name, samples in (("flac", sound), ("mono.flac", sound.sum(axis=1))):
        path = folder / f"{dialogue.name}.{name}"
        rounded = np.round(samples / STEP) * STEP
        soundfile.write(path, rounded, RATE, "PCM_16", format="FLAC", compression_level=1.0)


def write_rttm(path: Path, name: str, placed: list[Placed]) -> None:
    """Write who speaks when, one row for each run of voice."""
    rows = sorted((start, end, who) for who in "AB" for start, end in spans(placed, who))
    path.write_text(
        "".join(
            f"SPEAKER {name} 1 {start:.3f} {end - start:.3f} <NA> <NA> {who} <NA> <NA>\n"
            for start, end, who in rows
        )
    )


def write_events(path: Path, found: list[Event]) -> None:
    """Write the events, sorted by start."""
    rows = [
        asdict(event) | {"start": round(event.start, 3), "end": round(event.end, 3)}
        for event in found
    ]
    path.write_text(json.dumps(rows, indent=1) + "\n")


def write_words(path: Path, placed: list[Placed]) -> None:
    """Write what was said, one entry a line, sorted by start."""
    rows = [
        {
            "speaker": entry.line.by,
            "text": entry.spoken.heard,
            "start": round(entry.start, 3),
            "end": round(entry.end, 3),
            "labels": list(entry.line.labels),
        }
        for entry in sorted(placed, key=lambda entry: entry.start)
    ]
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_checksums(folder: Path) -> None:
    """Write SHA256SUMS over all other files of a folder but its README."""
    files = sorted(p for p in folder.iterdir() if p.name not in ("SHA256SUMS", "README.md"))
    rows = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(rows))


def summary(dialogue: Dialogue, placed: list[Placed], found: list[Event]) -> str:
    """Return one line about a conversation, for whoever runs this."""
    talk = {who: sum(end - start for start, end in spans(placed, who)) for who in "AB"}
    counts = Counter(f"{event.by} {event.kind}" for event in found)
    length = max(entry.end for entry in placed)
    share = talk["A"] / sum(talk.values())
    return f"{dialogue.name}: {length:.1f} s, A speaks {share:.0%}, {dict(sorted(counts.items()))}"


def build(dialogue: Dialogue, studio: Studio, folder: Path) -> str:
    """Write all files of a conversation and return its summary."""
    placed = place(dialogue, studio)
    found = events(placed)
    check(placed, found)
    write_audio(folder, dialogue, placed)
    write_rttm(folder / f"{dialogue.name}.rttm", dialogue.name, placed)
    write_events(folder / f"{dialogue.name}.events.json", found)
    write_words(folder / f"{dialogue.name}.words.json", placed)
    return summary(dialogue, placed, found)


def main() -> None:
    """Build the named conversations."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", type=Path, required=True, help="folder that keeps spoken clips")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    studio = Studio(arguments.clips)
    for name in arguments.names:
        dialogue = load_dialogue(Path(__file__).with_name(f"{name}.toml"))
        print(build(dialogue, studio, arguments.out))
    write_checksums(arguments.out)


if __name__ == "__main__":
    main()
