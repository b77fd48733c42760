/** The content of a new `DATA/www`: a page to open in a browser, and files to download, list and resume. */
export const SAMPLE_FILES: Readonly<Record<string, string>> = {
  'index.html': `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fourwire</title>
<style>
  body { font: 1.05rem/1.6 system-ui, sans-serif; max-width: 38rem; margin: 4rem auto; padding: 0 1rem; }
  code { background: #8882; padding: .1em .3em; border-radius: .2em; }
  @media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } a { color: #8cf; } }
</style>
<h1>A small internet</h1>
<p>This page was sent over HTTP. FTP serves the same folder: a file that you upload there appears here.</p>
<ul>
  <li><a href="/files/">/files/</a>: the folder that both serve</li>
  <li><a href="/app">/app</a>: an application of three tiers</li>
  <li><a href="/test/">/test/</a>: endpoints for tests</li>
  <li><a href="/mail">/mail</a>: the mail that SMTP accepted, as JSON</li>
  <li><a href="/healthz">/healthz</a>: the status of the server</li>
</ul>
<p>Change this file (<code>www/index.html</code> in the data folder) and reload.</p>
</html>
`,
  'files/hello.txt': 'Hello from Fourwire.\n',
  'files/numbers.txt': Array.from({ length: 1000 }, (_, index) => `${index + 1}\n`).join(''),
}
