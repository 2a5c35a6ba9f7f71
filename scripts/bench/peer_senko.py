"""Run by the Python of the peers' folder: senko tells who speaks, faster-whisper what is said.

    python peer_senko.py RECORDING.wav MODEL THREADS OUT.json

Each word goes to whoever speaks at its middle, else to the nearest: the usual way to join them.
"""

import json
import sys
from pathlib import Path


def main(recording: str, model: str, threads: str, out: str) -> None:
    """Write utterances with speaker, start, end and text to `out`."""
    import senko  # type: ignore[import-not-found]
    from faster_whisper import WhisperModel

    found = senko.Diarizer(device="cpu", warmup=False, quiet=True).diarize(recording)
    turns = found["merged_segments"] if found else []
    whisper = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=int(threads))
    segments, _ = whisper.transcribe(
        recording, beam_size=5, word_timestamps=True, condition_on_previous_text=False
    )
    said: list[list[str]] = [[] for _ in turns]
    for segment in segments:
        for word in segment.words or ():
            middle = (word.start + word.end) / 2
            if turns:
                nearest = min(
                    range(len(turns)),
                    key=lambda i: max(turns[i]["start"] - middle, middle - turns[i]["end"], 0),
                )
                said[nearest].append(word.word.strip())
    utterances = [
        {"speaker": t["speaker"], "start": t["start"], "end": t["end"], "text": " ".join(words)}
        for t, words in zip(turns, said, strict=True)
    ]
    Path(out).write_text(json.dumps({"utterances": utterances}))


if __name__ == "__main__":
    main(*sys.argv[1:])
