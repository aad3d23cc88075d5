"""Photograph the built book for the README: `.venv/bin/python docs/picture.py`.

It needs Chromium and the test tools (`make .venv/test`), and writes `docs/book.webp`: a chapter as
it opens on a wide screen, and a figure of it on a phone.
"""

from __future__ import annotations

import shutil
from base64 import b64decode, b64encode
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "_build" / "html" / "chapters" / "02-hugging-face-rankings.html"
FIGURE = "rankings-trending-share"
PICTURE = PROJECT / "docs" / "book.webp"
HEIGHT, WIDE, PHONE = 860, 1200, 390

# Playwright writes PNG and JPEG; Chromium also packs WebP, a third of the size.
SIDE_BY_SIDE = """async pictures => {
  const images = pictures.map(() => new Image()), gap = 24;
  pictures.forEach((png, i) => images[i].src = "data:image/png;base64," + png);
  await Promise.all(images.map(image => image.decode()));
  const width = images.reduce((sum, image) => sum + image.width + gap, -gap);
  const canvas = new OffscreenCanvas(width, images[0].height), pen = canvas.getContext("2d");
  pen.fillStyle = "#5b6770";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  images.reduce((left, image) => (pen.drawImage(image, left, 0), left + image.width + gap), 0);
  const packed = await canvas.convertToBlob({type: "image/webp", quality: 0.8});
  const bytes = new Uint8Array(await packed.arrayBuffer());
  return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""));
}"""


def seen(browser: Browser, width: int, place: str = "") -> str:
    """Return what a reader sees of the chapter at a place, in light colours: PNG, base64."""
    size = {"width": width, "height": HEIGHT}
    page = browser.new_page(viewport=size, color_scheme="light", reduced_motion="reduce")
    page.goto(PAGE.as_uri())
    if place:
        page.locator(f"#{place}").evaluate("figure => figure.scrollIntoView()")
    return b64encode(page.screenshot()).decode()


def main() -> None:
    """Write the picture and say how large it is."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        pictures = [seen(browser, WIDE), seen(browser, PHONE, FIGURE)]
        PICTURE.write_bytes(b64decode(browser.new_page().evaluate(SIDE_BY_SIDE, pictures)))
        browser.close()
    print(f"docs/{PICTURE.name}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
