/** What the style sheets of all pages of the server have in common: colours, light and dark, and the focus. Pure. */
export const BASE_STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1c1c1f, #e9e9ee);
  --soft: light-dark(#57575f, #b4b4bf);
  --page: light-dark(#ffffff, #17171a);
  --panel: light-dark(#f4f4f6, #232328);
  --link: light-dark(#0b57d0, #9cc1ff);
}
*, ::before, ::after { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
`
