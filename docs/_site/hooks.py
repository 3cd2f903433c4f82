"""What MkDocs does beyond its plugins: mathematics becomes MathML, and a page that fetches anything is refused.

MathML is drawn by the browser itself. A script for mathematics would have to come from somewhere.
"""

import html
import re
from pathlib import Path

from latex2mathml.converter import convert
from mkdocs.exceptions import PluginError

_MATHEMATICS = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
# What a browser fetches by itself; a link that a reader may click is another thing.
_FETCHED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc=[\"']?(?:https?:)?//[^\"' >]+"
    r"|<link\b(?![^>]*rel=[\"']?canonical)[^>]*\bhref=[\"']?(?:https?:)?//[^\"' >]+"
    r"|@import\s+[\"'(]*(?:https?:)?//[^\"')]+|\burl\([\"']?(?:https?:)?//[^\"')]+"
)


def on_page_content(content, **_):
    """Turns what arithmatex marked into MathML."""
    return _MATHEMATICS.sub(lambda match: _mathml(match[3], match[2] == "["), content)


def on_post_build(config, **_):
    """Looks through what was built.

    Raises:
        PluginError: a page or a style sheet that loads something from another machine.
    """
    site = Path(config["site_dir"])
    for path in sorted([*site.rglob("*.html"), *site.rglob("*.css")]):
        if found := _FETCHED.search(path.read_text(encoding="utf-8")):
            raise PluginError(f"{path.relative_to(site)} fetches from elsewhere: {found[0]}; keep a copy in docs/")


def _mathml(latex, block):
    return convert(html.unescape(latex.strip()), display="block" if block else "inline")
