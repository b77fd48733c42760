import { expect, test } from 'vitest'
import { listingPage, sortEntries } from '../../../../servers/http/files/listing.ts'

const entry = (name: string, isFolder = false, size = 0) => ({ name, isFolder, size, modified: 0 })

test('sorts folders first, then by name, with digits as numbers', () => {
  const names = sortEntries([entry('b10'), entry('b9'), entry('z', true), entry('a')]).map(({ name }) => name)
  expect(names).toEqual(['z', 'a', 'b9', 'b10'])
})

test('escapes names and encodes links', () => {
  const html = listingPage('/<b>/', { entries: [entry(`<script>&"'`), entry('a:b c', true)], omitted: 0 })
  expect(html).toContain('<h1>/&lt;b&gt;/</h1>')
  expect(html).toContain(`<a href="./%3Cscript%3E%26%22&#39;">&lt;script&gt;&amp;&quot;&#39;</a>`)
  expect(html).toContain('<a href="./a%3Ab%20c/">a:b c/</a><td><td>1970-01-01 00:00')
  expect(html).not.toContain('<script>')
})

test('links to the parent folder, formats sizes, and counts omitted entries', () => {
  const entries = [
    entry('a', false, 0),
    entry('b', false, 1023),
    entry('c', false, 1536),
    entry('d', false, 5 * 2 ** 40),
  ]
  const html = listingPage('/', { entries, omitted: 3 })
  for (const size of ['<td>0 B<td>', '<td>1023 B<td>', '<td>1.5 KiB<td>', '<td>5.0 TiB<td>'])
    expect(html).toContain(size)
  expect(html).toContain('and 3 more')
  expect(html).not.toContain('href="../../"')
  expect(listingPage('/x/', { entries: [], omitted: 0 })).toContain('href="../../"')
})
