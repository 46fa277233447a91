"""How large and how distinct what a page shows is: measured in the browser, of every text and every line in view."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page

# A text: what it says, its size in px of the window, and its colour against what lies behind it (WCAG 2.2, 1.4.6).
_TEXTS = """() => {
  const pen = Object.assign(document.createElement("canvas"), {width: 1, height: 1})
    .getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => {
    const linear = (c) => (c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
    const [r, g, b] = rgba(colour).map((n) => linear(n / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const opaque = (colour) => colour && colour !== "none" && !colour.startsWith("url") && rgba(colour)[3] > 250;
  const paintOf = (it) => {
    const style = getComputedStyle(it);
    if (!(it instanceof SVGElement) || it instanceof SVGSVGElement) return style.backgroundColor;
    return it instanceof SVGTextElement ? "none" : style.fill;
  };
  const behind = (it, x, y) => {
    const style = getComputedStyle(it);
    if (it instanceof SVGElement && style.paintOrder.startsWith("stroke") && opaque(style.stroke)) return style.stroke;
    const stack = document.elementsFromPoint(x, y);
    const at = stack.findIndex((some) => some === it || it.contains(some));
    const chain = at < 0 ? [] : stack.slice(at);
    for (let up = it; up; up = up.parentElement) chain.push(up);
    return chain.map(paintOf).find(opaque) ?? "#fff";
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const it = node.parentElement;
    if (!node.data.trim() || it.closest("title, script, .why, option")) continue;
    if (!it.checkVisibility({visibilityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    if (!box.width || x < 0 || y < 0 || x > innerWidth || y > innerHeight) continue;
    const style = getComputedStyle(it);
    const scale = it.getScreenCTM ? it.getScreenCTM().a : 1;
    const [a, b] = [light(it instanceof SVGElement ? style.fill : style.color), light(behind(it, x, y))];
    found.push([node.data.trim(), parseFloat(style.fontSize) * scale, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)]);
  }
  return found;
}"""

_LINES = """() => [...document.querySelectorAll("svg *")].flatMap((it) => {
  const style = getComputedStyle(it);
  const shape = it instanceof SVGGeometryElement && it.checkVisibility() && it.getBoundingClientRect().width > 0;
  if (!shape || it.closest(".definitions, button, .brand") || style.stroke === "none") return [];
  return [[it.closest("[class]").getAttribute("class"), parseFloat(style.strokeWidth) * it.getScreenCTM().a]];
})"""

_PAINTED = """() => {
  window.painted = [];
  const paint = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    const size = Number(/([\\d.]+)px/.exec(this.font)[1]) * this.getTransform().a / devicePixelRatio;
    if (this.canvas.isConnected && text.trim()) window.painted.push([text, size]);
    return paint.call(this, text, ...place);
  };
}"""


def note_painted(context: BrowserContext) -> None:
    """From now on, pages note the text that canvases paint."""
    context.add_init_script(f"({_PAINTED})()")


def painted(page: Page) -> list[tuple[str, float]]:
    """What canvases on the page painted since the page was loaded: text, px."""
    return [(text, size) for text, size in page.evaluate("window.painted")]


def texts(page: Page) -> list[tuple[str, float, float]]:
    """Every text in view: what it says, px, and the ratio of contrast."""
    return [(text, size, contrast) for text, size, contrast in page.evaluate(_TEXTS)]


def lines(page: Page) -> list[tuple[str, float]]:
    """Every line drawn in view: the class of what it belongs to, px."""
    return [(name, width) for name, width in page.evaluate(_LINES)]
