"""Memory that is free goes back to the system."""

import platform
import resource
from pathlib import Path

import numpy as np
import pytest

from listenlive.spare_memory import _trim, give_back


def in_use() -> float:
    """Memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries give back alone")
def test_what_lies_free_between_what_is_kept_goes_back():
    scattered = [np.ones(512) for _ in range(40_000)]  # 4 kB each: 160 MB
    kept = scattered[::50]
    del scattered
    before = in_use()
    give_back()
    assert in_use() < before - 80
    assert all(each.sum() == 512 for each in kept)


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_where_there_is_no_glibc_nothing_is_asked_of_it(monkeypatch, system):
    _trim.cache_clear()
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("ctypes.CDLL", lambda _name: pytest.fail("a library was asked"))
    give_back()
    assert _trim()(0) is None
    _trim.cache_clear()
