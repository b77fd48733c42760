/** The HTML page that lists a folder. It has no script: the buttons of the columns request the page in another order. Pure. */
import { formatBytes } from '../../../shared/format-bytes.ts'
import { encodePath } from '../request/target.ts'
import type { FolderEntries, FolderEntry, SortKey, SortOrder } from './listing.ts'
import { LISTING_STYLE } from './listing-style.ts'

const FOLDER_ICON = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M1.5 3.5h5l1.5 2h6.5v7.5h-13z"/></svg>'
const FILE_ICON = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3"/></svg>'

/** @param path the decoded path of the folder, with its trailing slash */
export function listingPage(path: string, { entries, omitted }: FolderEntries, order: SortOrder): string {
  const rows = entries.map(entry => entryRow(entry))
  if (path !== '/') rows.unshift(row('../', '..', FOLDER_ICON, ['', '']))
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(path)}</title>
<style>${LISTING_STYLE}</style>
<main>
<h1>${breadcrumbs(path)}</h1>
<p>${summary(entries, omitted)}</p>
<table>
<thead><tr>${column('name', 'Name', order)}${column('size', 'Size', order)}${column('modified', 'Modified (UTC)', order)}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</main>
</html>
`
}

/** Links to the folders above; the text of all together is the path. */
function breadcrumbs(path: string): string {
  const names = path.split('/').filter(name => name !== '')
  const crumbs = names.map((name, index) => {
    const text = `${escapeHtml(name)}/`
    if (index === names.length - 1) return `<span aria-current="location">${text}</span>`
    return `<a href="${escapeHtml(encodePath(`/${names.slice(0, index + 1).join('/')}/`))}">${text}</a>`
  })
  return names.length === 0 ? '<span aria-current="location">/</span>' : ['<a href="/">/</a>', ...crumbs].join('')
}

function summary(entries: readonly FolderEntry[], omitted: number): string {
  if (entries.length === 0 && omitted === 0) return 'The folder is empty.'
  const files = entries.filter(({ isFolder }) => !isFolder)
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  const parts = [count(entries.length - files.length, 'folder'), count(files.length, 'file')].filter(
    part => part !== '',
  )
  const text = files.length === 0 ? parts.join('') : `${parts.join(' and ')}, ${formatBytes(bytes)}`
  return omitted > 0 ? `${text}; and ${omitted} more, which are not shown` : text
}

function count(number: number, noun: string): string {
  if (number === 0) return ''
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** A button in a form, not a link: programs that copy a site would follow the link and store each order. */
function column(key: SortKey, title: string, order: SortOrder): string {
  const isCurrent = order.key === key
  const sort = isCurrent ? ` aria-sort="${order.descending ? 'descending' : 'ascending'}"` : ''
  const next = isCurrent && !order.descending ? `-${key}` : key
  return `<th scope="col"${sort}><form><button name="sort" value="${next}">${title}</button></form></th>`
}

function entryRow({ name, isFolder, size, modified }: FolderEntry): string {
  // Without `./`, a browser would read the text before a colon in the name as a URL scheme.
  const link = `./${encodeURIComponent(name)}${isFolder ? '/' : ''}`
  const time = new Date(modified).toISOString()
  const date = `<time datetime="${time}">${time.slice(0, 16).replace('T', ' ')}</time>`
  const icon = isFolder ? FOLDER_ICON : FILE_ICON
  return row(link, isFolder ? `${name}/` : name, icon, [isFolder ? '' : formatBytes(size), date])
}

function row(link: string, name: string, icon: string, [size, date]: readonly [string, string]): string {
  const kind = icon === FOLDER_ICON ? ' class="folder"' : ''
  const anchor = `<a href="${escapeHtml(link)}">${icon}${escapeHtml(name)}</a>`
  return `<tr${kind}><td>${anchor}</td><td>${size}</td><td>${date}</td></tr>`
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
