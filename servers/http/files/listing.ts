/** The HTML page that lists a folder. Pure. */
import { formatBytes } from '../../../shared/format-bytes.ts'

export interface FolderEntry {
  readonly name: string
  readonly isFolder: boolean
  readonly size: number
  /** Milliseconds since 1970. */
  readonly modified: number
}

export interface FolderEntries {
  readonly entries: readonly FolderEntry[]
  /** The number of further entries, which the page does not list. */
  readonly omitted: number
}

const STYLE = `
  body { font: 1.05rem/1.6 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .3em 1em .3em 0; border-bottom: 1px solid #8884; }
  th:nth-child(2), td:nth-child(2) { text-align: right; font-variant-numeric: tabular-nums; }
  td:nth-child(3) { color: #777; white-space: nowrap; }
  @media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } a { color: #8cf; } }
`

/** Sorts folders before files, then by name; digits in names compare as numbers. */
export function sortEntries(entries: readonly FolderEntry[]): FolderEntry[] {
  const byName = new Intl.Collator('en', { numeric: true })
  return entries.toSorted((a, b) => Number(b.isFolder) - Number(a.isFolder) || byName.compare(a.name, b.name))
}

/** @param path the decoded path of the folder, with its trailing slash */
export function listingPage(path: string, { entries, omitted }: FolderEntries): string {
  const parent = path === '/' ? [] : [row('../../', '..', '', '')]
  const rows = entries.map(entry => {
    const name = entry.isFolder ? `${entry.name}/` : entry.name
    // Without `./`, a browser would read the text before a colon in the name as a URL scheme.
    const link = `./${encodeURIComponent(entry.name)}${entry.isFolder ? '/' : ''}`
    return row(link, name, entry.isFolder ? '' : formatBytes(entry.size), formatTime(entry.modified))
  })
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(path)}</title>
<style>${STYLE}</style>
<h1>${escapeHtml(path)}</h1>
<table>
<tr><th>Name<th>Size<th>Modified (UTC)
${[...parent, ...rows].join('\n')}
</table>
${omitted > 0 ? `<p>and ${omitted} more</p>\n` : ''}</html>
`
}

function row(link: string, name: string, size: string, modified: string): string {
  return `<tr><td><a href="${escapeHtml(link)}">${escapeHtml(name)}</a><td>${size}<td>${modified}`
}

function formatTime(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ')
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => String(ESCAPES[character]))
}
