/** The style of the page, light and dark. Pure. */
import { BASE_STYLE } from '../../response/base-style.ts'

export const STYLE = `${BASE_STYLE}:root {
  --line: light-dark(#d5d5dc, #3a3a42);
}
body { font: clamp(1rem, 0.95rem + 0.2vw, 1.15rem)/1.55 system-ui, sans-serif; }
header, main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
header { padding-bottom: 0; }
h1 { font-size: 1.7em; line-height: 1.2; margin: 0.6em 0 0.3em; }
h2 { font-size: 1.25em; line-height: 1.3; margin: 1.6em 0 0.6em; scroll-margin-top: 1rem; }
h3 { font-size: 1em; margin: 0; overflow-wrap: anywhere; }
p { margin: 0.3em 0; max-width: 45rem; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 0.5rem; top: 0.5rem; background: var(--page); padding: 0.5rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; list-style: none; margin: 1em 0 0; padding: 0; }
nav a { display: inline-block; padding: 0.3rem 0; }
.endpoints { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.8rem; }
.endpoints li { background: var(--panel); border: 1px solid var(--line); border-radius: 0.5em; padding: 0.8em 1em; }
.title { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline; justify-content: space-between; }
.methods { color: var(--soft); font-size: 0.85em; margin: 0; }
code { font-family: ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace; font-size: 0.95em; }
pre { margin: 0.5em 0 0; padding: 0.5em 0.7em; background: var(--page); border: 1px solid var(--line); border-radius: 0.3em; white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }
`
