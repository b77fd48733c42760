/** The style of the page that lists a folder: light and dark, from a phone to a large screen. Pure. */
import { BASE_STYLE } from '../response/base-style.ts'

export const LISTING_STYLE = `${BASE_STYLE}:root {
  --line: light-dark(#dcdce2, #35353d);
  --folder: light-dark(#b26a00, #f2b866);
}
body { font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.35rem; font-weight: 600; margin: 0 0 0.2rem; overflow-wrap: anywhere; }
h1 a, h1 span { padding: 0.15rem 0.1rem; }
a { text-decoration: none; }
a:hover { text-decoration: underline; }
h1 a { text-decoration: underline 1px; text-underline-offset: 0.2em; }
:focus-visible { border-radius: 0.2rem; }
p { color: var(--soft); margin: 0 0 1.2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
thead th { position: sticky; top: 0; background: var(--page); }
thead form { margin: 0; }
button { font: inherit; font-size: 0.9rem; font-weight: 600; color: var(--soft); background: none; border: 0; padding: 0.45rem 0.75rem; cursor: pointer; }
button:hover, [aria-sort] button { color: var(--text); }
[aria-sort=ascending] button::after { content: " \\2191"; }
[aria-sort=descending] button::after { content: " \\2193"; }
tbody tr:hover { background: var(--panel); }
td a { display: block; padding: 0.45rem 0.75rem 0.45rem 2.45em; text-indent: -1.7em; overflow-wrap: anywhere; }
td:nth-child(n+2) { padding: 0.45rem 0.75rem; color: var(--soft); white-space: nowrap; }
td:nth-child(2), th:nth-child(2) { text-align: right; }
svg { width: 1.1em; height: 1.1em; margin-right: 0.6em; vertical-align: -0.2em; fill: none; stroke: var(--soft); stroke-width: 1.6; stroke-linejoin: round; }
.folder svg { fill: var(--folder); stroke: var(--folder); }
@media (max-width: 36rem) { th:nth-child(3), td:nth-child(3) { display: none; } }
`
