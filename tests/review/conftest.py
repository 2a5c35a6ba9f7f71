"""A data folder, a session in it, somebody who asks for its pages, and a browser for them."""

import pytest
from starlette.testclient import TestClient
from talks_kept import HOME, keep

from chromium import launched
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


@pytest.fixture(scope="module")
def chromium():
    with launched() as found:
        yield found


@pytest.fixture
def window(chromium):
    """Opens a window; asserts at the end that nothing went wrong in it and nothing left home."""
    asked, complaints, contexts = [], [], []

    def opened(url, *, width=1280, height=1000, quiet=True, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        if quiet:
            page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(url)
        return page

    yield opened
    for each in contexts:
        each.close()
    assert complaints == []
    assert [u for u in asked if not u.startswith(("http://127.0.0.1:", "blob:"))] == []
