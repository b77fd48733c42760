import { describe, expect, test } from 'vitest'
import { type FolderEntry, listingJson, parseSortOrder, sortEntries } from '../../../../servers/http/files/listing.ts'
import { listingPage } from '../../../../servers/http/files/listing-page.ts'

const BY_NAME = { key: 'name', descending: false } as const

const entry = (name: string, isFolder = false, size = 0, modified = 0): FolderEntry => ({
  name,
  isFolder,
  size,
  modified,
})

describe('the order', () => {
  test('folders first, then by name, with digits as numbers', () => {
    const entries = [entry('b10'), entry('b9'), entry('z', true), entry('a')]
    expect(sortEntries(entries, BY_NAME).map(({ name }) => name)).toEqual(['z', 'a', 'b9', 'b10'])
  })

  const ENTRIES = [
    entry('x', true, 4096, 5),
    entry('y', true, 10, 4),
    entry('a', false, 3, 1),
    entry('b', false, 1, 3),
    entry('c', false, 3, 2),
  ]

  test.each([
    ['', 'x y a b c'],
    ['sort=name', 'x y a b c'],
    ['sort=-name', 'y x c b a'],
    ['sort=size', 'x y b a c'],
    ['sort=-size', 'x y a c b'],
    ['sort=modified', 'y x a c b'],
    ['other=1&sort=-modified', 'x y b c a'],
    ['sort=nonsense', 'x y a b c'],
    ['sort=--size', 'x y a b c'],
  ])('of ?%s is %s', (query, names) => {
    const sorted = sortEntries(ENTRIES, parseSortOrder(query))
    expect(sorted.map(({ name }) => name).join(' ')).toBe(names)
  })
})

describe('the page', () => {
  const pageOf = (path: string, entries: readonly FolderEntry[], omitted = 0, order = 'sort=name') =>
    listingPage(path, { entries, omitted }, parseSortOrder(order))

  test('escapes names and encodes links', () => {
    const html = pageOf('/<b>/', [entry(`<script>&"'`), entry('a:b c', true)])
    expect(html).toContain('<title>/&lt;b&gt;/</title>')
    expect(html).toMatch(/<a href="\.\/%3Cscript%3E%26%22&#39;">.*&lt;script&gt;&amp;&quot;&#39;<\/a>/)
    expect(html).toMatch(/<a href="\.\/a%3Ab%20c\/">.*a:b c\/<\/a><\/td><td><\/td><td><time [^>]*>1970-01-01 00:00</)
    expect(html).not.toContain('<script>')
  })

  test('links to each folder above, and to the parent', () => {
    const html = pageOf('/a b/c/d/', [])
    const title = '<a href="/">/</a><a href="/a%20b/">a b/</a><a href="/a%20b/c/">c/</a>'
    expect(html).toContain(`<h1>${title}<span aria-current="location">d/</span></h1>`)
    expect(html).toContain('<a href="../">')
    expect(pageOf('/', [])).toContain('<h1><span aria-current="location">/</span></h1>')
    expect(pageOf('/', [])).not.toContain('<a href="../">')
  })

  test('formats sizes', () => {
    const html = pageOf(
      '/',
      [0, 1023, 1536, 5 * 2 ** 40].map(size => entry('a', false, size)),
    )
    for (const size of ['0 B', '1023 B', '1.5 KiB', '5.0 TiB']) expect(html).toContain(`<td>${size}</td>`)
  })

  test.each([
    [[], 0, 'The folder is empty.'],
    [[entry('a', true)], 0, '1 folder'],
    [[entry('a', false, 2)], 0, '1 file, 2 B'],
    [[entry('a', true), entry('b', true), entry('c', false, 2), entry('d', false, 3)], 0, '2 folders and 2 files, 5 B'],
    [[entry('a', false, 2)], 3, '1 file, 2 B; and 3 more, which are not shown'],
  ])('counts: %j and %i omitted', (entries, omitted, text) =>
    expect(pageOf('/', entries, omitted)).toContain(`<p>${text}</p>`),
  )

  test('the current column has its order, and its button reverses it', () => {
    const header = (order: string) => /<thead>.*<\/thead>/s.exec(pageOf('/', [], 0, order))?.[0]
    expect(header('sort=size')).toMatch(/value="name".*aria-sort="ascending"><form><button name="sort" value="-size"/)
    expect(header('sort=-size')).toMatch(/aria-sort="descending"><form><button name="sort" value="size"/)
  })
})

test('JSON has the path, kind, size and time of each entry', () => {
  const entries = [entry('sub', true, 4096, 1000), entry('a.txt', false, 5, 2000)]
  expect(JSON.parse(listingJson('/files/', { entries, omitted: 1 }))).toEqual({
    path: '/files/',
    entries: [
      { name: 'sub', path: '/files/sub/', kind: 'folder', size: 0, modifiedAt: '1970-01-01T00:00:01.000Z' },
      { name: 'a.txt', path: '/files/a.txt', kind: 'file', size: 5, modifiedAt: '1970-01-01T00:00:02.000Z' },
    ],
    omitted: 1,
  })
})
