"""What PortAudio says, in words. Its answers are those measured of version 19.6."""

from types import SimpleNamespace

import numpy as np
import pytest

from listenlive import portaudio
from listenlive.errors import DeviceError
from listenlive.portaudio import InputDevice, PortAudio

MIC = InputDevice(1, 3, "Webcam", channels=2, rate=44_100, usual=True)


class PortAudioError(Exception):
    pass


class Library:
    """Stands for the module sounddevice. `refuses`: its error for a rate and channels."""

    PortAudioError = PortAudioError

    def __init__(self, refuses=lambda _rate, _channels: None):
        self.refuses = refuses
        self.opened = []
        self.default = SimpleNamespace(device=(3, 0))

    def query_devices(self):
        named = [("Speakers", 0), ("Line", 1), ("HDMI", 0), ("Webcam", 2)]
        return [
            {
                "index": index,
                "name": name,
                "max_input_channels": channels,
                "default_samplerate": 44_100.0,
            }
            for index, (name, channels) in enumerate(named)
        ]

    def InputStream(self, **options):  # noqa: N802 - as it is called there
        if error := self.refuses(options["samplerate"], options["channels"]):
            raise PortAudioError(*error)
        self.opened.append(options)
        return SimpleNamespace(start=lambda: None, close=lambda ignore_errors: None)


def test_a_configuration_that_is_not_there_does_not_end_the_program(tmp_path, monkeypatch):
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "gone.conf"))
    with pytest.raises(DeviceError, match=r"gone\.conf.*unset ALSA_CONFIG_PATH"):
        PortAudio().inputs()


@pytest.fixture
def library(monkeypatch):
    found = Library()
    monkeypatch.setattr(portaudio, "_library", lambda: found)
    return found


def opened(channels=1, heard=lambda *_: None, ended=lambda: None):
    return PortAudio().open(MIC, channels, heard, ended)


def test_only_inputs_are_listed_and_counted_from_one(library):
    assert PortAudio().inputs() == (
        InputDevice(1, 1, "Line", 1, 44_100, usual=False),
        InputDevice(2, 3, "Webcam", 2, 44_100, usual=True),
    )


def test_a_device_runs_at_its_own_rate(library):
    assert opened().rate == 44_100
    assert library.opened[0]["device"] == 3
    assert library.opened[0]["blocksize"] == 882


def test_a_refused_rate_gives_way_to_a_usual_one(library):
    library.refuses = lambda rate, _: ("Invalid sample rate", -9997) if rate != 16_000 else None
    assert opened().rate == 16_000


def test_a_device_that_insists_on_all_its_channels_is_mixed(library):
    library.refuses = lambda _, n: ("Invalid number of channels", -9998) if n == 1 else None
    blocks = []
    opened(heard=lambda samples, lossy: blocks.append((samples, lossy)))
    block = np.array([[0.5, 0.1], [0.2, 0.4]], dtype=np.float32)
    library.opened[0]["callback"](block, 2, None, SimpleNamespace(input_overflow=True))
    (samples, lossy), *_ = blocks
    assert np.allclose(samples, [[0.3], [0.3]])
    assert lossy


def test_a_block_is_copied_before_it_is_used_again(library):
    blocks = []
    opened(heard=lambda samples, lossy: blocks.append(samples))
    block = np.ones((2, 1), dtype=np.float32)
    library.opened[0]["callback"](block, 2, None, SimpleNamespace(input_overflow=False))
    block[:] = 0
    assert blocks[0].sum() == 2


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (("Device unavailable", -9985), "'Webcam' is in use by another program. Close that"),
        (("Invalid number of channels", -9998), "does not give 2 channels; it has 2.*--partner"),
        (("Invalid sample rate", -9997), r"none of the usual rates \(44100, 48000, 16000"),
        (("Unanticipated host error", -9999, (0, -5, "Input/output error")), "cannot be opened"),
        (("Error querying device -1",), "cannot be opened: Error querying device -1.*doctor"),
    ],
)
def test_a_refusal_says_what_and_what_to_do(library, error, message):
    library.refuses = lambda _rate, _channels: error
    with pytest.raises(DeviceError, match=message):
        opened(channels=2)


@pytest.mark.parametrize("closed", [False, True])
def test_an_end_is_told_only_if_nobody_asked_for_it(library, closed):
    ends = []
    stream = opened(ended=lambda: ends.append("end"))
    if closed:
        stream.close()
    library.opened[0]["finished_callback"]()
    assert ends == ([] if closed else ["end"])


def test_what_libraries_print_is_kept_off_the_terminal(capfd):
    import os

    with portaudio.hushed():
        os.write(2, b"ALSA lib pcm.c:2660: Unknown PCM\n")
    os.write(2, b"ours\n")
    assert capfd.readouterr().err == "ours\n"
