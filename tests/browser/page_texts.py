"""All the words of a page: its text, and the names and titles of what is on it."""

from __future__ import annotations

from typing import cast

from playwright.sync_api import Page

from engine.messages import Lang
from tests.languages import LEFT

DATA = "script, style, code, kbd, .code, .terminal, .cell, .byte-cells, #language"
"""What is shown there is of the programs, or not of the page's language on purpose."""
NAMES = ("aria-label", "title", "placeholder", "data-title")

TEXTS = """([data, names]) => {
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node instanceof Element ? node : node.parentElement;
    if (element.closest(data)) continue;
    if (node === element) for (const name of names) found.add(element.getAttribute(name) ?? "");
    else found.add(node.data);
  }
  return [...found].map((text) => text.trim()).filter((text) => text !== "");
}"""


def texts(page: Page) -> list[str]:
    """What the page says, hidden panels and all, but not what its programs say."""
    return cast("list[str]", page.evaluate(TEXTS, [DATA, NAMES]))


def left(page: Page, lang: Lang) -> dict[str, list[str]]:
    """The texts that are not in the language of the page, and what about them is not."""
    return {text: words for text in texts(page) if (words := LEFT[lang](text))}
