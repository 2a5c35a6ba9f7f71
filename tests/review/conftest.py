"""A data folder, a session in it, and somebody who asks for its pages."""

import pytest
from starlette.testclient import TestClient
from talks_kept import HOME, keep

from kitchen import kitchen
from listenlive.review.site import site


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def talk(data):
    """The kitchen as a session without sound."""
    return keep(data, kitchen())


@pytest.fixture
def client(data):
    """Asks the site directly: what the guard checks has tests of its own."""
    with TestClient(site(data), base_url=HOME, follow_redirects=False) as asking:
        yield asking
