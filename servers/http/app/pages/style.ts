/** The style sheet of the application: light and dark, from a phone to a projector. Every text has a contrast of 4.5:1 or more. */
import { BASE_STYLE } from '../../response/base-style.ts'

export const STYLE_SHEET = `${BASE_STYLE}:root {
  --line: light-dark(#84848f, #77778a);
  --button: light-dark(#0b57d0, #9cc1ff);
  --button-text: light-dark(#ffffff, #10131a);
  --danger: light-dark(#b3261e, #ffb4ab);
}
body { font: clamp(1rem, 0.9rem + 0.4vw, 1.35rem)/1.55 system-ui, sans-serif; }
main { max-width: 50rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6em; line-height: 1.2; margin: 0.6em 0; overflow-wrap: anywhere; }
h2 { font-size: 1.2em; line-height: 1.3; margin: 1.2em 0 0.4em; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 0.5rem; top: 0.5rem; background: var(--page); padding: 0.5rem; }
header { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; align-items: center; justify-content: space-between; padding: 0.6rem 1rem; background: var(--panel); border-bottom: 1px solid var(--line); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; list-style: none; margin: 0; padding: 0; }
nav a { display: inline-block; padding: 0.3rem 0; }
nav a[aria-current] { color: var(--text); font-weight: 600; text-decoration-thickness: 3px; text-underline-offset: 0.3em; }
.account { display: flex; gap: 0.8rem; align-items: center; }
form { margin: 0.8em 0; }
header form { margin: 0; }
form code { white-space: nowrap; }
label { display: block; margin: 0.6em 0 0.2em; font-weight: 600; }
input:not([type=checkbox], [type=radio]), textarea, select { width: 100%; padding: 0.5em 0.6em; font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: 0.3em; }
textarea { min-height: 6em; resize: vertical; }
button, .button { display: inline-block; padding: 0.45em 0.9em; font: inherit; color: var(--button-text); background: var(--button); border: 1px solid var(--button); border-radius: 0.3em; text-decoration: none; cursor: pointer; }
form > button { margin-top: 0.8em; }
.account button, .plain, .actions button { color: var(--text); background: transparent; border-color: var(--line); margin: 0; }
.actions { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; }
.actions form { margin: 0; }
button.danger, .actions button.danger { color: var(--danger); background: transparent; border-color: var(--danger); }
.error { color: var(--danger); border-left: 4px solid var(--danger); padding: 0.3em 0.8em; }
.soft { color: var(--soft); font-size: 0.9em; }
.list { list-style: none; margin: 1em 0; padding: 0; display: grid; gap: 0.8rem; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: 0.5em; padding: 0.8em 1em; overflow-wrap: anywhere; }
th[scope=row] { font-weight: 400; }
@media (max-width: 36rem) { .date { display: none; } }
.card p { margin: 0.3em 0; }
.text { white-space: pre-wrap; }
.path { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.3rem; list-style: none; margin: 0.5em 0; padding: 0; }
.path li + li::before { content: "/"; margin-right: 0.3rem; }
.badge { border: 1px solid; border-radius: 0.3em; padding: 0 0.4em; font-size: 0.8em; }
.status { border-left: 4px solid var(--link); padding: 0.3em 0.8em; }
.fields { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.2rem 0.8rem; margin: 1em 0; }
.fields dt { color: var(--soft); }
.fields dd { margin: 0; overflow-wrap: anywhere; }
.address { display: block; }
.links { padding-left: 1.2em; overflow-wrap: anywhere; }
textarea.long { min-height: 45vh; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.4em 0.8em 0.4em 0; border-bottom: 1px solid var(--line); }
th[scope=row] { overflow-wrap: anywhere; }
td.number, th.number { text-align: right; white-space: nowrap; }
iframe { width: 100%; min-height: 60vh; border: 1px solid var(--line); border-radius: 0.3em; background: #ffffff; }
`
