import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { AccountFiles } from '../../../../shared/files/account-files.ts'
import { FileTree } from '../../../../shared/files/file-tree.ts'
import { readNames, statNames } from '../../../../shared/files/open/list-folder.ts'
import type { OpenEntry } from '../../../../shared/files/open/open-entry.ts'
import { temporaryFileName } from '../../../../shared/files/upload/temporary-file.ts'
import { afterAllTests, emptyFolder } from '../../../helpers/cli.ts'

const cleanup = afterAllTests()
const COUNT = 100
const NAMES = Array.from({ length: COUNT }, (_, index) => `file-${String(index).padStart(3, '0')}`)

let tree: FileTree
let folder: OpenEntry

/** A folder of files whose sizes are their numbers. */
beforeAll(async () => {
  const root = path.join(await emptyFolder(cleanup), 'www')
  await mkdir(path.join(root, 'many'), { recursive: true })
  for (const [index, name] of NAMES.entries()) await writeFile(path.join(root, 'many', name), 'x'.repeat(index))
  tree = await FileTree.open(root)
  folder = await tree.openFolder('/many')
  cleanup(async () => folder.close())
})

async function collect<Item>(batches: AsyncIterable<readonly Item[]>): Promise<Item[][]> {
  const collected: Item[][] = []
  for await (const batch of batches) collected.push([...batch])
  return collected
}

describe('readNames', () => {
  test('sorts the names if there are no more than the bound', async () => {
    const bounds = { maxSorted: COUNT, sliceMs: 1 }
    expect(await collect(readNames(folder, () => true, bounds))).toEqual([NAMES])
    expect(await collect(readNames(folder, name => name.endsWith('7'), bounds))).toEqual([
      NAMES.filter(name => name.endsWith('7')),
    ])
  })

  test('yields all names of a larger folder, and keeps no more than the bound in memory', async () => {
    const batches = await collect(readNames(folder, () => true, { maxSorted: COUNT - 1, sliceMs: 1 }))
    expect(batches.map(({ length }) => length)).toEqual([COUNT - 1, 1])
    expect(batches.flat().sort()).toEqual(NAMES)
  })
})

describe.each([
  ['a fast file system', 1000],
  ['a slow file system, on which a slice has one result', 0],
])('statNames on %s', (_title, sliceMs) => {
  test('has the results in the order of the names', async () => {
    const bounds = { maxSorted: COUNT, sliceMs }
    const results = (await collect(statNames(folder, [...NAMES, 'missing', 'x'.repeat(300)], bounds))).flat()
    expect(results.map(([name, stats]) => [name, stats?.size])).toEqual([
      ...NAMES.map((name, index) => [name, index]),
      ['missing', undefined],
      ['x'.repeat(300), undefined],
    ])
  })
})

test('a listing has no incomplete uploads, no links to the outside, and nothing that the account may not see', async () => {
  const many = path.join(tree.root, 'mixed')
  for (const name of ['mine', 'other']) await mkdir(path.join(many, name), { recursive: true })
  await symlink('mine', path.join(many, 'to-mine'))
  await symlink('other', path.join(many, 'to-other'))
  await symlink('/etc', path.join(many, 'to-outside'))
  await symlink('missing', path.join(many, 'to-nothing'))
  await writeFile(path.join(many, temporaryFileName()), 'half')
  const names = async (read: string[]) => {
    const files = new AccountFiles(tree, { read, write: [] })
    return (await collect(files.listDirectory('/mixed', () => true))).flat().map(({ name }) => name)
  }
  expect(await names(['/'])).toEqual(['mine', 'other', 'to-mine', 'to-other'])
  expect(await names(['/mixed/mine'])).toEqual(['mine', 'to-mine'])
})
