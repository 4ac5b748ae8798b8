"""HTML pages from the templates beside this file; needs jinja2, from the extra ``report``.

Every value is escaped by the template engine, and a content security policy names the page's
own script and style by their hash: nothing else runs, and nothing is fetched.
"""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

_TEMPLATES = Path(__file__).with_name("templates")
_IN_A_SCRIPT = str.maketrans(
    {c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}  # no </script>, no <!--, in no way
)


def render(template: str, style: str, script: str = "", **values: Any) -> str:
    """Return a page.

    Parameters
    ----------
    template : str
        Name of the template.
    style, script : str
        Names of the files that stand in it as they are.
    **values
        What the template shows.
    """
    css = _asset(style)
    js = _asset(script) if script else ""
    policy = f"default-src 'none'; style-src {_source(css)}; base-uri 'none'; form-action 'none'"
    if js:
        policy += f"; script-src {_source(js)}"
    # Markup: our own files, in which "a > b" must stay.
    return _environment().get_template(template).render(
        policy=policy, style=Markup(css), script=Markup(js), **values
    )  # fmt: skip


def embedded(data: Any) -> Markup:
    """Return `data` as JSON that can stand in a script element, whatever texts it holds."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_IN_A_SCRIPT))


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _asset(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8").strip()


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
