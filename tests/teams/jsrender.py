"""The renderer that Teams' own is made from, in a real browser: what it makes of a card."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.teams.cards_schema import within

MODULES = Path(__file__).parent / "js" / "node_modules"
SCRIPTS = (MODULES / "adaptivecards/dist/adaptivecards.min.js", MODULES / "markdown-it/dist/markdown-it.min.js")
STYLES = MODULES / "adaptivecards/dist/adaptivecards.css"
CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP, PHONE = 640, 340
# Only Teams draws charts; here their tables stand in for them.
CHART = 'Unknown element type "Chart.'
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="240" height="80">
<rect width="240" height="80" fill="#c7c7f0"/></svg>"""


def missing() -> str:
    """Why nothing can be drawn here, or ""."""
    if CHROMIUM is None:
        return "no chromium here (.ci/browser)"
    return "" if all(one.exists() for one in (*SCRIPTS, STYLES)) else "no renderer of Adaptive Cards here (.ci/node)"


def _colours(background: str) -> dict[str, Any]:
    plain = {"default": "#242424", "subtle": "#616161"}
    named = {
        "default": plain,
        "dark": plain,
        "light": {"default": "#ffffff", "subtle": "#f3f2f1"},
        "accent": {"default": "#4f52b2", "subtle": "#5b5fc7"},
        "good": {"default": "#0e700e", "subtle": "#0e700e"},
        "warning": {"default": "#8a3707", "subtle": "#8a3707"},
        "attention": {"default": "#b10e1c", "subtle": "#b10e1c"},
    }
    return {"backgroundColor": background, "foregroundColors": named, "borderColor": "#d1d1d1"}


# Teams' light theme, as far as it matters here; its colours are those of Microsoft's design language.
HOST: dict[str, Any] = {
    "choiceSetInputValueSeparator": ",",
    "supportsInteractivity": True,
    "fontFamily": "'Segoe UI', 'Noto Sans CJK JP', sans-serif",
    "fontSizes": {"small": 12, "default": 14, "medium": 16, "large": 18, "extraLarge": 24},
    "fontWeights": {"lighter": 300, "default": 400, "bolder": 600},
    "spacing": {"small": 4, "default": 8, "medium": 16, "large": 20, "extraLarge": 24, "padding": 16},
    "separator": {"lineThickness": 1, "lineColor": "#d1d1d1"},
    "textStyles": {"heading": {"size": "large", "weight": "bolder"}},
    "textBlock": {"headingLevel": 2},
    "containerStyles": {"default": _colours("#ffffff"), "emphasis": _colours("#f5f5f5")},
    "inputs": {
        "label": {
            "requiredInputs": {"weight": "bolder", "suffix": " *", "suffixColor": "attention"},
            "optionalInputs": {"weight": "bolder"},
        },
        "errorMessage": {"color": "attention"},
    },
    "actions": {
        "maxActions": 6,
        "buttonSpacing": 8,
        "actionsOrientation": "horizontal",
        "actionAlignment": "left",
        "showCard": {"actionMode": "inline", "inlineTopMargin": 12, "style": "emphasis"},
    },
}

# A card as it stands in a chat; buttons and fields look roughly as Teams draws them.
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>cards</title><style>
body {{ margin: 0; background: #ebebeb; font: 14px 'Segoe UI', 'Noto Sans CJK JP', sans-serif; color: #242424 }}
main {{ width: {width}px; padding: 12px }}
section {{ background: #fff; border: 1px solid #d1d1d1; border-radius: 6px; margin-bottom: 16px }}
.ac-pushButton {{ background: #fff; border: 1px solid #d1d1d1; border-radius: 4px; padding: 5px 12px; margin-top: 4px;
  font-weight: 600; color: #242424; min-height: 32px; max-width: 100%; white-space: normal; text-align: start }}
.ac-pushButton.style-positive {{ background: #5b5fc7; border-color: #5b5fc7; color: #fff }}
.ac-pushButton.style-destructive {{ color: #b10e1c; border-color: #b10e1c }}
.ac-input {{ font: inherit; box-sizing: border-box; width: 100%; padding: 5px 8px; color: inherit }}
.ac-input.ac-choiceSetInput-expanded, .ac-input.ac-choiceSetInput-multiSelect {{ padding: 0 }}
input:is([type=radio], [type=checkbox]) {{ width: 18px; height: 18px }}
textarea.ac-input {{ min-height: 64px }} main a.ac-anchor {{ color: #4f52b2; text-decoration: inherit }}
.ac-horizontal-separator {{ overflow: hidden }}
.ac-actionSet > div {{ flex-wrap: wrap; overflow: visible !important }}
.ac-actionSet .ac-horizontal-separator {{ flex: 0 0 8px }}
</style></head><body><main></main></body></html>"""

DRAW = """([payloads, host]) => {
  const AC = AdaptiveCards, md = window.markdownit({html: false});
  // Teams shows options as they are written (MicrosoftDocs/msteams-docs #12228).
  AC.GlobalSettings.useMarkdownInRadioButtonAndCheckbox = false;
  AC.AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = md.render(text);
    result.didProcess = true;
  };
  return payloads.map(([name, payload]) => {
    const card = new AC.AdaptiveCard(), context = new AC.SerializationContext(AC.Versions.v1_5);
    card.hostConfig = new AC.HostConfig(host);
    // Its expression for languages remembers where it stopped, and finds every other card's wrong.
    AC.CardElement.langProperty.regEx.lastIndex = 0;
    card.parse(payload, context);
    const events = [];
    for (let i = 0; i < context.eventCount; i++) events.push(context.getEventAt(i).message);
    for (const one of card.validateProperties().validationEvents) events.push(one.message);
    const section = document.createElement('section');
    section.dataset.name = name;
    document.querySelector('main').appendChild(section).appendChild(card.render());
    return events;
  });
}"""

LOOK = """section => {
  const all = selector => [...section.querySelectorAll(selector)];
  const said = id => document.getElementById(id)?.innerText || '';
  const name = e => e.getAttribute('aria-label') || [...(e.labels || [])].map(l => l.innerText).join(' ') ||
    (e.getAttribute('aria-labelledby') || '').split(' ').map(said).join(' ');
  return {
    text: section.innerText,
    made: all('strong, em, b, i, s, code, pre, ul, ol, li, h1, h2, h3, blockquote, hr').map(e => e.outerHTML),
    links: all('a').map(e => e.href),
    pictures: all('img').map(e => e.src),
    headings: all('[role=heading]').map(e => e.innerText),
    unnamed: all('input, select, textarea').filter(e => !name(e).trim()).map(e => e.outerHTML),
    tables: all('[role=columnheader]').map(e => e.innerText),
    scripts: all('script, iframe, object, embed').length,
  };
}"""


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


def opened(found: Browser, lang: str, width: int = DESKTOP) -> tuple[Page, list[str]]:
    """A page to draw on, and what it complains of; it reaches no other machine."""
    page = found.new_page(viewport={"width": width + 24, "height": 800}, locale="en" if lang == "en" else "ja")
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.route("**/*", lambda route: route.fulfill(body=PICTURE, content_type="image/svg+xml"))
    page.set_content(PAGE.format(lang=lang.removesuffix("-easy"), width=width))
    page.add_style_tag(path=STYLES)
    for script in SCRIPTS:
        page.add_script_tag(path=script)
    return page, wrong


def draw(page: Page, payloads: Mapping[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Draw cards one below the other; what the renderer finds wrong with each."""
    found = page.evaluate(DRAW, [[[name, native(one)] for name, one in payloads.items()], HOST])
    return {name: [one for one in wrong if CHART not in one] for name, wrong in zip(payloads, found, strict=True)}


def native(card: dict[str, Any]) -> dict[str, Any]:
    """A card without what only Teams has: a search for people is a menu here."""
    copy: dict[str, Any] = json.loads(json.dumps(card))
    for one in within(copy):
        if one.pop("choices.data", None):
            one["choices"] = [{"title": "気付 はな", "value": one.get("value", "hana")}]
    return copy


def look(page: Page, name: str) -> dict[str, Any]:
    """What is to be seen of a card."""
    return dict(page.locator(f'section[data-name="{name}"]').evaluate(LOOK))


def look_all(page: Page) -> list[tuple[str, dict[str, Any]]]:
    """What is to be seen of every card, by name: asked at once, as a page of a hundred cards is slow to ask."""
    found = page.evaluate(f"() => [...document.querySelectorAll('section')].map(s => [s.dataset.name, ({LOOK})(s)])")
    return [(name, seen) for name, seen in found]
