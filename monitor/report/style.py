"""How the page looks: light and dark by the reader's wish, one column on a phone. No font, no image, no script."""

from __future__ import annotations

import base64
import hashlib

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --card: #f6f7f9; --ink: #1b1f24; --faint: #59636e; --rule: #d5dae0;
  --value: #1f5fbf; --reference: #b45309; --fired: #b91c1c; --ended: #15803d; --firing: #dc2626; --veil: .16; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171b; --card: #1d2126; --ink: #e6e9ed; --faint: #9aa4af; --rule: #363d45;
    --value: #79b0ff; --reference: #f0a860; --fired: #ff7b72; --ended: #56d364; --firing: #ff6b63; --veil: .26; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; margin: .2rem 0; } h2 { font-size: 1.2rem; margin: 0 0 .2rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1rem 0 .3rem; }
section { border-top: 1px solid var(--rule); margin-top: 2rem; padding-top: 1.2rem; }
p { margin: .3rem 0; } a { color: var(--value); } .faint { color: var(--faint); }
pre { background: var(--card); border-radius: 6px; padding: .7rem; margin: .5rem 0; overflow-x: auto;
  font: .82rem/1.45 ui-monospace, monospace; }
.scroll { overflow-x: auto; } .scroll + .scroll { margin-top: 1rem; }
.figures p { font-size: .85rem; color: var(--faint); }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--faint); }
th, td { padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--rule); vertical-align: top;
  white-space: nowrap; }
td.number, th.number { text-align: right; } td.long { white-space: normal; overflow-wrap: anywhere; min-width: 13rem; }
nav ul { columns: 20rem; column-gap: 2.5rem; padding-left: 1.2rem; margin: .3rem 0; }
nav li { break-inside: avoid; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--faint); }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 350px), 1fr)); gap: 1rem;
  margin: .8rem 0; }
figure { margin: 0; background: var(--card); border-radius: 8px; padding: .6rem .4rem .3rem; min-width: 0; }
figcaption { font-size: .85rem; padding: 0 .4rem .3rem; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .85rem; color: var(--faint); }
.key svg { display: inline-block; width: 26px; height: 12px; vertical-align: middle; margin-right: .4rem; }
path.value { stroke: var(--value); } path.reference { stroke: var(--reference); }
rect.firing { fill: var(--firing); fill-opacity: var(--veil); }
path.fired { fill: var(--fired); } path.ended { fill: var(--ended); } path.changed { fill: var(--reference); }
text.label { fill: var(--faint); } path.grid, path.axis { stroke: var(--faint); }
footer { border-top: 1px solid var(--rule); margin-top: 2rem; padding: 1rem 0; font-size: .85rem; color: var(--faint); }
"""


def policy() -> str:
    """The content security policy: this style and nothing else, from nowhere."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
