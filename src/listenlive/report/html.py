"""The page as one HTML file that needs nothing else and asks nobody for anything."""

import base64
import hashlib
import re
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from listenlive.report.page import Page

POLICY = (
    "default-src 'none'; style-src '{style}'; script-src '{script}'; media-src data:; "
    "base-uri 'none'; form-action 'none'"
)
"""Content-security policy: nothing is loaded, and only our own style and script are run."""

_UNIT = re.compile(r"(?<=[0-9]) (?=(?:s|min|h|%|sd)\b|%)")


def render(page: Page) -> str:
    """`page` as a self-contained HTML document; all its texts are text, never markup."""
    style, script = _asset("report.css"), _asset("report.js")
    policy = POLICY.format(style=_digest(style), script=_digest(script))
    # Ours, from the package; everything else on the page is escaped by the template engine.
    assets = {"style": Markup(style), "script": Markup(script)}
    return environment().get_template("page.html").render(page=page, policy=policy, **assets)


@cache
def environment() -> Environment:
    """The templates of the package; every value in them is escaped."""
    environment = Environment(
        loader=PackageLoader("listenlive", "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["whole"] = whole
    return environment


def whole(text: str) -> str:
    """`text` with its numbers kept on one line with their units."""
    return _UNIT.sub("\N{NO-BREAK SPACE}", text)


@cache
def _asset(name: str) -> str:
    return resources.files("listenlive").joinpath("templates", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
