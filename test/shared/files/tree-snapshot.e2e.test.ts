import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { TreeSnapshot } from '../../../shared/files/tree-snapshot.ts'
import { temporaryFileName } from '../../../shared/files/upload/temporary-file.ts'
import { emptyFolder } from '../../helpers/cli.ts'

async function sampleTree(): Promise<string> {
  const root = await emptyFolder()
  mkdirSync(path.join(root, 'files/empty'), { recursive: true })
  writeFileSync(path.join(root, 'index.html'), 'index')
  writeFileSync(path.join(root, 'files/a.txt'), 'aaaa')
  writeFileSync(path.join(root, 'files/b.txt'), 'bbbb')
  symlinkSync('a.txt', path.join(root, 'files/link'))
  return root
}

/** Returns every path with its content and mode, or its target. */
function contents(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
  return Object.fromEntries(
    names.map(name => {
      const file = path.join(root, name)
      const stats = lstatSync(file)
      if (stats.isSymbolicLink()) return [name, `-> ${readlinkSync(file)}`]
      return [
        name,
        stats.isDirectory() ? 'folder' : `${readFileSync(file, 'utf8')} ${Math.round(stats.mtimeMs)} ${stats.mode}`,
      ]
    }),
  )
}

test.each<[string, (root: string) => void]>([
  ['nothing', () => undefined],
  ['a new file', root => writeFileSync(path.join(root, 'new.txt'), 'x')],
  ['a new folder with content', root => mkdirSync(path.join(root, 'x/y/z'), { recursive: true })],
  ['a removed file', root => rmSync(path.join(root, 'files/a.txt'))],
  ['a removed folder', root => rmSync(path.join(root, 'files'), { recursive: true })],
  ['the removed root', root => rmSync(root, { recursive: true })],
  ['a longer file', root => appendFileSync(path.join(root, 'index.html'), ' more')],
  ['a file of the same size', root => writeFileSync(path.join(root, 'files/a.txt'), 'AAAA')],
  [
    'two files exchanged',
    root => {
      renameSync(path.join(root, 'files/a.txt'), path.join(root, 'files/c.txt'))
      renameSync(path.join(root, 'files/b.txt'), path.join(root, 'files/a.txt'))
      renameSync(path.join(root, 'files/c.txt'), path.join(root, 'files/b.txt'))
    },
  ],
  ['another mode', root => chmodSync(path.join(root, 'index.html'), 0o600)],
  ['another time', root => utimesSync(path.join(root, 'index.html'), 1, 1)],
  [
    'a file in place of a folder',
    root => {
      rmSync(path.join(root, 'files'), { recursive: true })
      writeFileSync(path.join(root, 'files'), 'x')
    },
  ],
  [
    'a folder in place of a file',
    root => {
      rmSync(path.join(root, 'index.html'))
      mkdirSync(path.join(root, 'index.html/x'), { recursive: true })
    },
  ],
  [
    'another link',
    root => {
      rmSync(path.join(root, 'files/link'))
      symlinkSync('b.txt', path.join(root, 'files/link'))
    },
  ],
  [
    'a file in place of a link',
    root => {
      rmSync(path.join(root, 'files/link'))
      writeFileSync(path.join(root, 'files/link'), 'x')
    },
  ],
])('restore undoes %s', async (_change, change) => {
  const root = await sampleTree()
  const before = contents(root)
  const snapshot = new TreeSnapshot(root)
  change(root)
  snapshot.restore()
  expect(contents(root)).toEqual(before)
  change(root)
  snapshot.restore()
  expect(contents(root)).toEqual(before)
})

test('restore does not write unchanged files', async () => {
  const root = await sampleTree()
  const old = new Date('2020-01-01')
  utimesSync(path.join(root, 'index.html'), old, old)
  const snapshot = new TreeSnapshot(root)
  const before = statSync(path.join(root, 'index.html'), { bigint: true })
  writeFileSync(path.join(root, 'files/a.txt'), 'changed')
  snapshot.restore()
  const after = statSync(path.join(root, 'index.html'), { bigint: true })
  expect([after.ino, after.ctimeNs]).toEqual([before.ino, before.ctimeNs])
})

test('restore does not remove a file that is being uploaded', async () => {
  const root = await sampleTree()
  const snapshot = new TreeSnapshot(root)
  const upload = path.join(root, temporaryFileName())
  writeFileSync(upload, 'half')
  snapshot.restore()
  expect(existsSync(upload)).toBe(true)
})

test.each([
  [{ maxEntries: 3, maxBytes: 100 }, 'it has more than 3 files and folders'],
  [{ maxEntries: 100, maxBytes: 8 }, 'its files have more than 8 bytes'],
])('restore, not the constructor, throws for a tree beyond %j', async (bounds, reason) => {
  const root = await sampleTree()
  const snapshot = new TreeSnapshot(root, bounds)
  expect(() => snapshot.restore()).toThrow(`cannot reset ${root}: ${reason}`)
})
