"""The pictures of docs/messages.md: messages of recorded changes, drawn as Slack shows them.

`python -m tests.docs.pictures` needs chromium, the extra `chart` and the shared data; it writes docs/messages.
"""

from __future__ import annotations

import base64
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

from monitor.catalog import shipped
from monitor.chart.message import attachment
from monitor.dispatch import Routes, Timeliness
from monitor.files import load_rules
from monitor.importer import import_files
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model.notification import Mood, Notification
from monitor.model.quantity import day
from monitor.model.transition import Change
from monitor.notifiers.slack.blocks import message
from monitor.notifiers.slack.living import living
from monitor.settings import shipped_rules
from tests.shared import SHARED

FILES = ("usage/usage.csv.gz", "usage/totals.csv.gz", "prices/prices.csv.gz")
FOLDER = Path(__file__).parents[2] / "docs" / "messages"
WIDTH = 680
STYLE = """
body { margin: 0; padding: 14px 16px; width: 648px; background: #fff; color: #1d1c1d; font: 15px/1.46 sans-serif; }
h3 { font-size: 18px; margin: 0 0 8px; } p { margin: 8px 0; white-space: pre-line; overflow-wrap: anywhere; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 6px 20px; } .fields p { margin: 0; }
.context p { color: #616061; font-size: 12px; margin: 3px 0; } a { color: #1264a3; }
.actions span { border: 1px solid #bbb; border-radius: 4px; padding: 4px 11px; margin-right: 8px; }
.actions span { font-weight: bold; font-size: 13px; }
figure { margin: 12px 0 0; border-left: 4px solid #ddd; padding-left: 12px; }
figcaption { color: #616061; font-size: 12px; }
img { width: 520px; border: 1px solid #ddd; border-radius: 8px; }
"""

SIGNS = {
    "🔴": ("●", "#e01e5a"),
    "🟠": ("●", "#de8a00"),
    "🔵": ("●", "#1264a3"),
    "🟢": ("●", "#2eb67d"),
    "✅": ("✔", "#2eb67d"),
    "❔": ("?", "#616061"),
    "✋": ("✓", "#1d1c1d"),
    "🔕": ("∅", "#1d1c1d"),
    "🔁": ("↻", "#1d1c1d"),
}
"""Stands for signs that no font of this machine may have: a letter and its colour."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is drawn: all that changed of an alert in the bar that begins on a day, or `hours` later, in one way.

    `mood`: how its story stands since.
    """

    name: str
    alert: str
    day: str
    kind: Change = Change.FIRING
    hours: int = 0
    mood: Mood = Mood.PLAIN


SHOWN = (
    Shown("crossing", "ChineseModelsOvertakeUSTopNine", "2026-02-09"),
    Shown("leader", "NewLeadingVendor", "2026-07-13"),
    Shown("confirmed", "OutputPriceCut", "2026-08-14"),
    Shown("claimed", "OutputPriceHalved", "2026-08-18"),
    Shown("withdrawn", "OutputPriceHalved", "2026-06-30", Change.WITHDRAWN, 2),
    Shown("resolved", "XiaomiOvertakesDeepSeek", "2026-04-20", Change.RESOLVED),
    Shown("acknowledged", "NewLeadingVendor", "2026-07-13", mood=Mood.ACKNOWLEDGED),
    Shown("silenced", "OutputPriceCut", "2026-08-14", mood=Mood.SILENCED),
)


def main() -> None:
    """All of them."""
    FOLDER.mkdir(exist_ok=True)
    for name, notification in notifications():
        (FOLDER / f"{name}.png").write_bytes(screenshot(page(notification)))


def notifications() -> Iterator[tuple[str, Notification]]:
    """By the name of its picture, what the rules that ship say of recorded history."""
    ever = timedelta(days=36_000)  # it was imported long after it happened; nobody wants to read that here
    rules = load_rules((shipped_rules(),)).rules
    with tempfile.TemporaryDirectory() as folder, Ledger.open(Path(folder) / "ledger.sqlite") as ledger:
        import_files([SHARED / "data" / name for name in FILES], ledger)
        judging = Judging(ledger, shipped(), Routes(("docs",)), Timeliness(ever, ever), "https://monitor.example/")
        judging.judge(rules, datetime.now(UTC))
        for shown in SHOWN:
            at = day(shown.day) + 3600 * shown.hours
            every = [each for each in ledger.recorded(shown.alert, None, at) if each.valid_at == at]
            told = [each for each in every if each.kind is shown.kind]
            first = min(each.judged_at for each in told)
            (notification,) = judging.telling(rules, [each for each in told if each.judged_at == first], {})
            moody = living(notification, replace(notification, mood=shown.mood))
            yield shown.name, moody if shown.mood else notification


def page(notification: Notification) -> str:
    """The message, and below it the reply with its picture."""
    blocks: list[dict[str, Any]] = [dict(block) for block in message(notification, threads=True, acts=True).blocks]
    attached = attachment(notification)
    picture = "" if attached is None else base64.b64encode(attached.png).decode()
    reply = f'<figure><figcaption>1 reply</figcaption><img src="data:image/png;base64,{picture}"></figure>'
    body = "".join(map(_block, blocks)) + (reply if picture else "")
    for sign, (letter, colour) in SIGNS.items():
        body = body.replace(sign, f'<span style="color:{colour}">{letter}</span>')
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><body>{body}</body>"


def _block(block: Mapping[str, Any]) -> str:
    if block["type"] == "header":
        return f"<h3>{escape(block['text']['text'])}</h3>"
    if block["type"] == "actions":
        labels = [(each.get("text") or each["placeholder"])["text"] for each in block["elements"]]
        return f'<p class="actions">{"".join(f"<span>{escape(label)}</span>" for label in labels)}</p>'
    several = block.get("fields") or block.get("elements")
    if several is None:
        return f"<p>{_marked(block['text']['text'])}</p>"
    inner = "".join(f"<p>{_marked(each['text'])}</p>" for each in several)
    return f'<div class="{"fields" if "fields" in block else "context"}">{inner}</div>'


def _marked(text: str) -> str:
    """Slack's mrkdwn, which has its three characters escaped already, as HTML."""
    linked = re.sub(r"<([^|>]+)\|([^>]+)>", r'<a href="\1">\2</a>', text)
    return re.sub(r"\*([^*]+)\*", r"<b>\1</b>", linked)


def screenshot(html: str) -> bytes:
    """As high as it is."""
    with tempfile.TemporaryDirectory() as folder:
        source, picture = Path(folder) / "page.html", Path(folder) / "page.png"
        asked = "<script>document.title = Math.ceil(document.documentElement.getBoundingClientRect().height)</script>"
        source.write_text(html + asked, encoding="utf-8")
        measured = _chromium(f"--window-size={WIDTH},200", "--dump-dom", str(source))
        (height,) = re.findall(r"<title>(\d+)</title>", measured)
        _chromium(f"--window-size={WIDTH},{height}", f"--screenshot={picture}", str(source))
        return picture.read_bytes()


def _chromium(*arguments: str) -> str:
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    return subprocess.run(["chromium", *flags, *arguments], check=True, capture_output=True, text=True).stdout  # noqa: S607


if __name__ == "__main__":
    main()
