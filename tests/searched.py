"""A small site to search, with its JSON, one page of prose, and its index."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cited

import openrace.publish
from openrace.publish import find, policy, template

STATIC = Path(openrace.publish.__file__).parent / "static"
CHAPTER = "chapters/one.html"
PROSE = """<article class="bd-article">
<section id="one"><h1><span class="section-number">1. </span>Downloads<a class="headerlink"
href="#one">#</a></h1><p>Élysée counted downloads. <a href="../figures/one-line/index.html">Figure
1.1</a>, <a href="claims.html#claim-it-gained">a claim</a>, <a href="#far-away">far away</a> and
<a class="number" href="../numbers/one.gain_all/index.html">2</a>.</p>
<figure id="one-line"><p>Not prose.</p></figure><details><p>Folded away.</p></details>
<section id="far-away"><span id="also-far"></span><h2>Far away</h2><p>Nobody foresaw the zeppelin.
{words}</p></section></section></article>"""
PAGE = """<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8">{policy}
<title>calm</title><meta name="viewport" content="width=device-width">
<link rel="icon" href="{root}_static/favicon.svg">
<link rel="stylesheet" href="{root}_static/find.css">
<script src="{root}_static/explore.js" defer></script>
<script src="{root}_static/previews.js" defer></script>{more}</head><body>{body}</body></html>"""


def page(body: str, root: str = "", more: str = "") -> str:
    """Return a page of the site."""
    return PAGE.format(policy=policy.META, root=root, more=more, body=body)


def site(
    folder: Path, title: str = "One model gained", model: str = "Qwen3", words: str = ""
) -> Path:
    """Write a site into a folder and return it."""
    figures: dict[str, Any] = {"one-line": cited.figure(title), "one-bar": cited.figure("Bars")}
    numbers = {n["id"]: n for n in (cited.number(title), cited.number(id="one.last"))}
    asked = {"asks": "Did downloads grow?", "claim": title}
    indexes = {"figures": figures, "numbers": numbers, "claims": [cited.claim() | asked]}
    for name, index in indexes.items():
        (folder / f"{name}.json").write_text(json.dumps(index), encoding="utf-8")
    for id in figures:
        (folder / "figures" / id).mkdir(parents=True)
        table = f'model,lab,share\n"{model.replace(chr(34), chr(34) * 2)}",Alibaba,1\nseveral,,2\n'
        (folder / "figures" / id / f"{id}.csv").write_text(table, encoding="utf-8")
        drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"/>'
        (folder / "figures" / id / f"{id}.svg").write_text(drawing, encoding="utf-8")
        (folder / "figures" / id / "index.html").write_text(page(f"<h1>{id}</h1>", "../../"))
    (folder / "chapters").mkdir()
    prose = page(PROSE.replace("{words}", f'{words}</p><p class="tall">'), "../")
    (folder / CHAPTER).write_text(prose, encoding="utf-8")
    find.write(find.index(folder, [CHAPTER], {"one-line": "Figure 1.1"}), folder)
    shutil.copytree(STATIC, folder / "_static")
    body = template.render("search.html", links={"All figures": "figures/index"})
    search = page(str(body), more='<script src="_static/find.js" defer></script>')
    (folder / "search.html").write_text(search, encoding="utf-8")
    return folder
