"""Makes README's pictures from the real pages: `make pictures`."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

from playwright.async_api import FloatRect, Page, ViewportSize, async_playwright

KIZUKI = Path(sys.executable).parent / "kizuki"
DOCS = Path(__file__).parents[1] / "docs"
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SIZE: ViewportSize = {"width": 1280, "height": 840}
NEXT = re.compile("次の予定へ")


def main() -> None:
    """Open the demo, take the pictures, close it again."""
    DOCS.mkdir(exist_ok=True)
    demo = subprocess.Popen([KIZUKI, "demo", "--port", "0"], stdout=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    try:
        asyncio.run(_pictures(demo.stdout.readline().split()[-1]))
    finally:
        demo.terminate()
        demo.wait()


async def _pictures(address: str) -> None:
    async with async_playwright() as browsers:
        browser = await browsers.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = await browser.new_page(viewport=SIZE, locale="ja-JP")
        await _note(page, address)
        await _pulse(page, address)
        await _digest(page, address)
        await _pages(page, address)
        await browser.close()


async def _note(page: Page, address: str) -> None:
    await page.goto(f"{address}/playground/as/hanako")
    box = page.locator("textarea").first
    await box.fill("/kizuki 窓口で同じ住所を三回書いてもらっている")
    await box.press("Enter")
    await page.get_by_role("button", name="この内容で記録する").wait_for()
    await page.wait_for_timeout(600)
    await page.screenshot(path=DOCS / "note.png")
    await page.get_by_role("button", name="この内容で記録する").click()
    await page.get_by_text("記録しました").first.wait_for()


async def _pulse(page: Page, address: str) -> None:
    """The newest results of the whole organisation, down to how far its target is."""
    await page.set_viewport_size({"width": 1280, "height": 1400})
    await page.goto(f"{address}/playground/as/mirai")
    await page.get_by_role("button", name="閉じる").first.click()
    card = page.locator("article, li").filter(has=page.get_by_text("みんなの声")).last
    await card.evaluate("card => card.scrollIntoView()")
    await page.wait_for_timeout(600)
    box, end = await card.bounding_box(), await card.get_by_text("目標70%").first.bounding_box()
    assert box
    assert end
    clip: FloatRect = {"x": box["x"], "y": box["y"], "width": 800, "height": end["y"] + end["height"] + 10 - box["y"]}
    await page.screenshot(path=DOCS / "pulse.png", clip=clip)
    await page.set_viewport_size(SIZE)


async def _digest(page: Page, address: str) -> None:
    for _ in range(8):
        label = await page.get_by_role("button", name=NEXT).inner_text()
        await page.get_by_role("button", name=NEXT).click()
        await page.wait_for_timeout(1500)
        if "まとめ" in label:
            break
    await page.goto(f"{address}/playground/as/taro")
    await page.get_by_text("回答を待っています").first.wait_for()
    await page.get_by_role("button", name="閉じる").first.click()
    await page.wait_for_timeout(600)
    await page.screenshot(path=DOCS / "digest.png")


async def _pages(page: Page, address: str) -> None:
    """The first page of the dashboard, and how far the principles have come, as the secretariat sees them."""
    await page.goto(f"{address}/playground/as/nozomi")
    await page.get_by_role("button", name="閉じる").first.click()
    box = page.locator("textarea").first
    await box.fill("/kizuki ダッシュボード")
    await box.press("Enter")
    link = await page.locator("a[href*='/dashboard/in/']").last.get_attribute("href")
    assert link
    await page.goto(link)
    await page.click("main button")
    await page.screenshot(path=DOCS / "dashboard.png")
    await page.goto(f"{address}/dashboard/adoption")
    await page.screenshot(path=DOCS / "adoption.png")


if __name__ == "__main__":
    main()
