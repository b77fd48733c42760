/** The bound of the cache, and the order in which it evicts. */
import { stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { CachedFile } from '../../../../servers/http/files/cached-file.ts'
import { FileCache } from '../../../../servers/http/files/file-cache.ts'
import type { FileDescription } from '../../../../servers/http/files/file-description.ts'
import { Freshness } from '../../../../servers/http/files/freshness.ts'
import { ReadyContent } from '../../../../servers/http/files/ready-content.ts'
import { createRepresentation } from '../../../../servers/http/files/representation.ts'
import { FileTree } from '../../../../shared/files/file-tree.ts'
import { emptyFolder } from '../../../helpers/cli.ts'

const NAMES = ['/a', '/b', '/c', '/d']
/** Three files of 100,000 bytes fit. */
const MAX_BYTES = 320_000

let tree: FileTree
let freshness: Freshness
let cache: FileCache

beforeEach(async () => {
  tree = await FileTree.open(path.join(await emptyFolder(), 'www'))
  freshness = new Freshness(tree, 'interval', 600_000)
  onTestFinished(() => freshness.close())
  cache = new FileCache(freshness, MAX_BYTES)
})

async function put(name: string, size = 100_000): Promise<void> {
  const file = path.join(tree.root, name)
  await writeFile(file, Buffer.alloc(size))
  const version = await stat(file)
  const identity = new ReadyContent(createRepresentation('text/plain', version), Buffer.alloc(size))
  const found = { kind: 'file', path: name, file, real: file, version } as const
  const description: FileDescription = { found, type: 'text/plain', neighbours: [], codings: ['gzip'], fields: [] }
  const cached = new CachedFile(description, identity, freshness.beginCheck())
  cache.put(name, cached, version.ctimeMs + 1_000_000)
}

const cachedNames = () => NAMES.filter(name => cache.get(name) !== undefined)

test('evicts the oldest file if the bytes of all exceed the bound', async () => {
  for (const name of NAMES) await put(name)
  expect(cachedNames()).toEqual(['/b', '/c', '/d'])
  await put('/a', 200_000)
  expect(cachedNames()).toEqual(['/a', '/d'])
})

test('a file that is replaced counts once', async () => {
  for (const name of ['/a', '/b', '/c', '/c', '/c']) await put(name)
  expect(cachedNames()).toEqual(['/a', '/b', '/c'])
})

test('a file that was requested in this period is evicted after one that was not', async () => {
  for (const name of ['/a', '/b', '/c']) await put(name)
  tree.changed()
  expect(cache.get('/a')).toBeDefined()
  await put('/d')
  expect(cachedNames()).toEqual(['/a', '/c', '/d'])
})

test.each(['/100%', '/what?', '/a#b'])('does not cache %s, because its request target is another text', async name => {
  await put(name)
  expect(cache.get(name)).toBeUndefined()
})

test('the content in another coding counts, once', async () => {
  for (const name of ['/a', '/b']) await put(name)
  const file = cache.get('/b') as CachedFile
  const coded = (size: number) => new ReadyContent(file.identity.representation, Buffer.alloc(size))
  cache.add('/b', file, 'gzip', coded(90_000))
  cache.add('/b', file, 'gzip', coded(90_000))
  expect(cachedNames()).toEqual(['/a', '/b'])
  cache.add('/b', file, 'gzip', coded(150_000))
  expect(cachedNames()).toEqual(['/b'])
  await put('/c', 60_000)
  expect(cachedNames()).toEqual(['/b', '/c'])
})

test('the content of a file that was evicted meanwhile does not count', async () => {
  await put('/a')
  const evicted = cache.get('/a') as CachedFile
  await put('/a')
  cache.add('/a', evicted, 'gzip', new ReadyContent(evicted.identity.representation, Buffer.alloc(300_000)))
  expect(cachedNames()).toEqual(['/a'])
})
