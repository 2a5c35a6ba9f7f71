"""Microphones in a drawn room: whatever happens to devices and clocks, the code is real."""

from itertools import count, pairwise

import numpy as np
import pytest

from listenlive.audio import SAMPLE_RATE, AudioChunk
from listenlive.errors import DeviceError
from listenlive.events import AudioLost, Paused, Resumed
from listenlive.inlets import SystemClock
from listenlive.microphone import Microphone, chosen, inputs
from listenlive.portaudio import PortAudio
from room import LEVEL, Room, device

YETI = device(1, "Yeti Stereo Microphone", channels=2, usual=True)
HEADSET = device(2, "USB Headset")
CALL = device(3, "USB Call Loopback")
ALL = (YETI, HEADSET, CALL)


def listen(room: Room, seconds: float, *acts, partner=None, **options):
    """All that is heard for so many seconds; `acts` are (second, what the user does)."""
    with Microphone(room.devices[0], backend=room, clock=room, partner=partner, **options) as mic:
        for moment, what in acts:
            room.at(moment, getattr(mic, what))
        room.at(seconds, mic.stop)
        return list(mic)


def samples_of(sounds):
    return np.concatenate([s.samples for s in sounds if isinstance(s, AudioChunk)])


def told(sounds):
    """What is told. That it comes when its sound was, and that chunks have no holes, is checked."""
    end, found = 0, []
    for sound in sounds:
        if isinstance(sound, AudioChunk):
            assert sound.offset == end
            end = sound.end
            continue
        found.append(sound)
        if isinstance(sound, AudioLost):
            assert sound.span.end <= end / SAMPLE_RATE
        else:
            assert sound.at == end / SAMPLE_RATE
    return found


def silent(samples):
    """Seconds of `samples` in which there is no sound, per channel."""
    return np.count_nonzero(np.abs(samples) < LEVEL / 10, axis=0) / SAMPLE_RATE


# --- choosing


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (None, YETI),
        ("2", HEADSET),
        (" 3 ", CALL),
        ("headset", HEADSET),
        ("USB Call Loopback", CALL),
        ("yeti", YETI),
    ],
)
def test_a_device_is_chosen_by_number_or_by_part_of_its_name(query, found):
    assert chosen(query, ALL) == found


def test_a_whole_name_wins_over_a_part_of_another():
    short = device(4, "usb")
    assert chosen("USB", (*ALL, short)) == short


@pytest.mark.parametrize("query", ["usb", "4", "0", "webcam", "", " "])
def test_what_is_not_one_device_lists_the_candidates(query):
    with pytest.raises(DeviceError) as error:
        chosen(query, ALL)
    assert "2 USB Headset; 3 USB Call Loopback" in str(error.value)
    assert ("1 Yeti" in str(error.value)) == (query != "usb")


def test_without_a_usual_device_the_first_is_taken():
    assert chosen(None, (HEADSET, CALL)) == HEADSET


def test_a_computer_without_inputs_says_so():
    with pytest.raises(DeviceError, match=r"no audio input.*listenlive doctor"):
        chosen(None, ())


@pytest.mark.parametrize(
    ("first", "options", "message"),
    [
        (HEADSET, {"channels": 2}, "has 1 channel.*--partner-device"),
        (YETI, {"channels": 2, "partner": CALL}, "do not fit two people"),
        (YETI, {"channels": 3}, "do not fit two people"),
        (CALL, {"partner": CALL}, "cannot be both people"),
    ],
)
def test_devices_that_do_not_fit_are_refused(first, options, message):
    with pytest.raises(DeviceError, match=message):
        Microphone(first, backend=Room(first), **options)


# --- the ordinary


@pytest.mark.parametrize("rate", [SAMPLE_RATE, 44_100, 48_000])
def test_all_that_a_device_gives_is_heard_at_16_khz(rate):
    sounds = listen(Room(device(1, "mic", rate=rate)), 5.0)
    samples = samples_of(sounds)
    assert told(sounds) == []
    assert len(samples) == 5 * SAMPLE_RATE
    assert np.abs(samples[800:-800] - LEVEL).max() < 1e-3
    lengths = [len(sound.samples) for sound in sounds[:-1]]
    assert 1600 <= min(lengths) <= max(lengths) < 2000


def test_two_channels_of_one_device_stay_apart():
    assert samples_of(listen(Room(YETI), 1.0, channels=2)).shape == (SAMPLE_RATE, 2)


def test_what_is_asked_of_it_is_known():
    room = Room(HEADSET, CALL)
    with Microphone(HEADSET, partner=CALL, backend=room, clock=room) as mic:
        assert (mic.name, mic.channels) == ("USB Headset + USB Call Loopback", 2)
        assert (mic.level, mic.trouble, mic.duration, mic.warnings) == (-100.0, None, None, ())
        next(iter(mic))
        assert mic.level == pytest.approx(20 * np.log10(LEVEL), abs=0.5)
    assert not any(stream.open for stream in room.streams.values())


def test_values_that_are_no_sound_never_get_in():
    room = Room(HEADSET)
    with Microphone(HEADSET, backend=room, clock=room) as mic:
        odd = np.array([[np.nan], [np.inf], [-7.0], [0.5]], dtype=np.float32)
        room.at(0.5, lambda: room.streams["USB Headset"].heard(odd, False))
        room.at(1.0, mic.stop)
        samples = samples_of(mic)
    assert np.isfinite(samples).all()
    assert samples.min() == -1
    assert samples.max() == 1


def test_a_device_in_use_is_an_error_and_nothing_stays_open():
    room = Room(HEADSET, CALL)
    room.refused = {CALL.name}
    with (
        pytest.raises(DeviceError, match="is in use"),
        Microphone(HEADSET, partner=CALL, backend=room, clock=room),
    ):
        pass
    assert not room.streams[HEADSET.name].open


# --- losses


def test_a_pulled_plug_is_said_filled_and_mended():
    room = Room(HEADSET)
    room.at(2.0, room.unplug(HEADSET.name))
    room.at(5.0, room.plug(HEADSET))
    sounds = listen(room, 10.0)
    losses = told(sounds)
    assert all(isinstance(loss, AudioLost) for loss in losses)
    assert losses[0].span.start == pytest.approx(2.0, abs=0.05)
    assert 5.0 <= losses[-1].span.end <= 6.3
    assert "was unplugged" in losses[0].reason
    samples = samples_of(sounds)
    assert len(samples) / SAMPLE_RATE == pytest.approx(10.0, abs=0.05)
    lost = sum(loss.span.duration for loss in losses)
    assert silent(samples)[0] == pytest.approx(lost, abs=0.05)
    assert room.refreshed > 0


def test_trouble_is_known_while_it_lasts():
    room = Room(HEADSET)
    room.at(1.0, room.unplug(HEADSET.name))
    room.at(3.0, room.plug(HEADSET))
    seen = {}
    with Microphone(HEADSET, backend=room, clock=room) as mic:
        room.at(6.0, mic.stop)
        for sound in mic:
            if isinstance(sound, AudioChunk):
                seen[round(sound.end / SAMPLE_RATE, 1)] = mic.trouble
    assert seen[0.8] is None
    assert "USB Headset was unplugged" in seen[2.0]
    assert seen[5.5] is None


def test_silence_goes_on_while_a_device_is_gone():
    """Whoever ends a session after silence must get to know of it."""
    room = Room(HEADSET)
    room.at(1.0, room.unplug(HEADSET.name))
    sounds = listen(room, 60.0)
    assert len(samples_of(sounds)) / SAMPLE_RATE == pytest.approx(60.0, abs=0.4)
    losses = told(sounds)
    assert 5 <= len(losses) <= 8  # told at once, then every 10 s: a crash must not hide it
    assert losses[0].span.end < 2.5
    for one, other in pairwise(losses):
        assert one.span.end == other.span.start


def test_a_device_that_gives_nothing_for_a_second_is_lost():
    room = Room(HEADSET)
    room.at(2.0, lambda: room.quiet.add(HEADSET.name))
    room.at(4.0, room.quiet.clear)
    losses = told(listen(room, 8.0))
    assert losses[0].span.start == pytest.approx(2.0, abs=0.05)
    assert "gave no sound for 1 s" in losses[0].reason


def test_a_hiccup_of_less_is_none():
    room = Room(HEADSET)
    room.at(2.0, lambda: room.quiet.add(HEADSET.name))

    def catch_up():
        room.quiet.clear()
        room.streams[HEADSET.name].give(0.8)  # late, not lost

    room.at(2.8, catch_up)
    sounds = listen(room, 5.0)
    assert told(sounds) == []
    assert silent(samples_of(sounds))[0] == 0


def test_a_device_that_never_gives_anything_is_silence_from_the_beginning():
    room = Room(HEADSET)
    room.quiet.add(HEADSET.name)
    sounds = listen(room, 6.0)
    assert told(sounds)[0].span.start == 0.0
    assert len(samples_of(sounds)) / SAMPLE_RATE == pytest.approx(6.0, abs=0.5)
    assert silent(samples_of(sounds))[0] == pytest.approx(6.0, abs=0.5)


def test_a_device_that_drops_sound_and_says_so_is_believed():
    room = Room(HEADSET)

    def drop():  # 0.3 s are gone, and the next block tells
        room.streams[HEADSET.name].lossy = True
        room.seconds += 0.3

    room.at(2.0, drop)
    sounds = listen(room, 5.0)
    (loss,) = told(sounds)
    assert loss.reason == "USB Headset was faster than the computer"
    assert loss.span.duration == pytest.approx(0.3, abs=0.05)
    assert silent(samples_of(sounds))[0] == pytest.approx(0.3, abs=0.05)


def test_a_device_that_cries_wolf_neither_moves_the_clock_nor_fills_the_session():
    room = Room(HEADSET)
    random = np.random.default_rng(0)

    def complain():
        late = random.uniform(0, 0.019)
        room.streams[HEADSET.name].lossy = True
        room.seconds += late  # the next block comes late; the one after it does not
        room.at(room.seconds - 1000, lambda: setattr(room, "seconds", room.seconds - late))
        room.at(room.seconds - 1000 + 0.1, complain)

    room.at(0.5, complain)
    sounds = listen(room, 20.0)
    assert len(told(sounds)) <= 21
    assert silent(samples_of(sounds))[0] < 0.5


def test_a_device_that_drops_sound_silently_is_found_out():
    room = Room(HEADSET)
    room.at(30.0, lambda: setattr(room, "seconds", room.seconds + 0.8))
    sounds = listen(room, 60.0)
    (loss,) = told(sounds)
    assert loss.reason == "USB Headset lost sound"
    assert loss.span.duration == pytest.approx(0.8, abs=0.03)
    assert len(samples_of(sounds)) / SAMPLE_RATE == pytest.approx(60.0, abs=0.05)


def test_a_device_that_is_plugged_in_elsewhere_is_found_by_its_name():
    here = device(1, "Webcam: USB Audio (hw:1,0)")
    there = device(5, "Webcam: USB Audio (hw:3,0)")
    room = Room(here)
    room.at(2.0, room.unplug(here.name))
    room.at(3.0, room.plug(device(2, "Another: USB Audio (hw:1,0)")), room.plug(there))
    samples = samples_of(listen(room, 8.0))
    assert list(room.streams) == [there.name]
    assert samples[-1600:].mean() == pytest.approx(LEVEL)


# --- two devices


def test_two_devices_are_two_channels_of_one_clock():
    fast = device(2, "call", rate=48_000)
    samples = samples_of(listen(Room(HEADSET, fast), 5.0, partner=fast))
    assert samples.shape == (5 * SAMPLE_RATE, 2)
    assert np.abs(samples[1600:-1600] - LEVEL).max() < 1e-3


def test_the_other_goes_on_while_one_is_gone():
    for gone, channel in ((HEADSET, 0), (CALL, 1)):
        room = Room(HEADSET, CALL)
        room.at(2.0, room.unplug(gone.name))
        room.at(4.0, room.plug(gone))
        sounds = listen(room, 20.0, partner=CALL)
        losses = told(sounds)
        assert gone.name in losses[0].reason
        silence = silent(samples_of(sounds))
        assert silence[channel] == pytest.approx(sum(x.span.duration for x in losses), abs=0.1)
        assert silence[1 - channel] < 0.1
        assert len(samples_of(sounds)) / SAMPLE_RATE == pytest.approx(20.0, abs=0.1)


def test_both_are_let_go_for_a_moment_to_find_a_device_that_is_new():
    """PortAudio finds what was plugged in only when nothing is open."""
    room = Room(HEADSET, CALL)
    room.at(2.0, room.unplug(CALL.name))
    sounds = listen(room, 30.0, partner=CALL)
    assert 1 <= room.refreshed <= 3
    silence = silent(samples_of(sounds))
    assert silence[0] < 1.0
    assert silence[1] == pytest.approx(28.0, abs=0.5)


def test_devices_of_different_speed_stay_together():
    """The second device runs 200 ppm fast: 12 ms a minute, did nobody correct it."""
    room = Room(HEADSET, CALL)
    surplus = count()

    def now_and_then():  # one sample more in 5000
        if next(surplus) % 5 == 0:
            room.streams[CALL.name].give(1 / SAMPLE_RATE)
            room.streams[CALL.name].give(1 / SAMPLE_RATE)
        room.at(room.seconds - 1000 + 0.125, now_and_then)

    room.at(0.1, now_and_then)
    with Microphone(HEADSET, partner=CALL, backend=room, clock=room) as mic:
        room.at(180.0, mic.stop)
        ahead = [mic._lines[1].track.ready for _ in mic]
    assert max(ahead) < 0.02 * SAMPLE_RATE


# --- pause, sleep, end


def test_a_pause_stops_the_clock_and_lets_the_device_go():
    room = Room(HEADSET)
    open_in_pause = []
    room.at(4.0, lambda: open_in_pause.append(room.streams[HEADSET.name].open))
    sounds = listen(room, 10.0, (2.0, "pause"), (3.0, "pause"), (6.0, "resume"), (7.0, "resume"))
    assert open_in_pause == [False]
    paused, resumed = told(sounds)
    assert paused == Paused(pytest.approx(2.0, abs=0.05))
    assert resumed == Resumed(paused.at, pytest.approx(4.0, abs=0.05))
    samples = samples_of(sounds)
    assert len(samples) / SAMPLE_RATE == pytest.approx(6.0, abs=0.2)
    assert silent(samples)[0] == 0


def test_a_device_that_was_unplugged_in_a_pause_is_lost_after_it():
    room = Room(HEADSET)
    room.at(3.0, room.unplug(HEADSET.name))
    _paused, _resumed, loss, *_ = told(listen(room, 12.0, (2.0, "pause"), (4.0, "resume")))
    assert isinstance(loss, AudioLost)
    assert loss.span.start == pytest.approx(2.0, abs=0.05)


def test_a_session_can_end_in_a_pause():
    sounds = listen(Room(HEADSET), 5.0, (2.0, "pause"))
    assert told(sounds) == [Paused(pytest.approx(2.0, abs=0.05))]


@pytest.mark.parametrize("partner", [None, CALL])
def test_a_computer_that_slept_is_a_pause(partner):
    room = Room(HEADSET, CALL)
    room.at(3.0, room.sleep(3600.0))
    sounds = listen(room, 3610.0, partner=partner)
    paused, resumed = told(sounds)
    assert paused == Paused(pytest.approx(3.0, abs=0.1))
    assert resumed == Resumed(paused.at, 3600.0)
    assert len(samples_of(sounds)) / SAMPLE_RATE == pytest.approx(10.0, abs=0.1)


def test_a_device_that_does_not_wake_up_is_lost_after_it():
    room = Room(HEADSET)
    room.at(3.0, room.sleep(3600.0), lambda: room.quiet.add(HEADSET.name))
    paused, resumed, loss, *_ = told(listen(room, 3610.0))
    assert (type(paused), type(resumed)) == (Paused, Resumed)
    assert loss.span.start == pytest.approx(paused.at, abs=0.05)


def test_the_end_comes_with_all_that_was_heard():
    room = Room(HEADSET)
    with Microphone(HEADSET, backend=room, clock=room) as mic:
        for _ in range(50):  # a second is heard before anybody asks for it
            room.pass_by()
        mic.stop()
        mic.stop()
        assert len(samples_of(mic)) == SAMPLE_RATE
        assert list(mic) == []


# --- PortAudio


def test_without_the_library_the_package_is_named(monkeypatch):
    def fails(name, *rest, **more):
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return real(name, *rest, **more)

    import builtins

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", fails)
    with pytest.raises(DeviceError, match=r"PortAudio is missing.*portaudio.*listenlive analyze"):
        inputs()
    assert isinstance(PortAudio(), PortAudio)


def test_clocks_agree_about_sleep():
    clock = SystemClock()
    assert clock.now() <= clock.now()
    assert clock.asleep() >= -1e-3
