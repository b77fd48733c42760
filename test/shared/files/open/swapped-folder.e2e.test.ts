/** Between the check of a folder and its use, the folder is replaced by a link to the outside. */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { AccountFiles } from '../../../../shared/files/account-files.ts'
import { FileError, OutsideTreeError } from '../../../../shared/files/file-error.ts'
import { FileTree } from '../../../../shared/files/file-tree.ts'
import { chooseOpener, type PathOpener, portableOpener, procOpener } from '../../../../shared/files/open/path-opener.ts'
import { emptyFolder } from '../../../helpers/cli.ts'

/**
 * Creates a tree with the folder `box` and a folder of the same content outside. After `arm`, the next opening of a path (or the
 * `after`th) is the last moment at which `box` is that folder: then it is a link to the outside.
 */
async function createTree(opener: PathOpener = procOpener) {
  const folder = await emptyFolder()
  const [box, outside] = [path.join(folder, 'www/box'), path.join(folder, 'outside')]
  for (const [name, content] of Object.entries({ [box]: 'inside', [outside]: 'outside' })) {
    await mkdir(path.join(name, 'folder'), { recursive: true })
    for (const file of ['a.txt', 'b.txt']) await writeFile(path.join(name, file), content)
  }
  let openings = 0
  const swapping: PathOpener = {
    ...opener,
    open: (file, kind) =>
      opener.open(file, kind).finally(() => {
        openings -= 1
        if (openings !== 0) return
        renameSync(box, path.join(folder, 'www/moved'))
        symlinkSync(outside, box)
      }),
  }
  const tree = await FileTree.open(path.join(folder, 'www'), swapping)
  return {
    files: new AccountFiles(tree, { read: ['/'], write: ['/'] }),
    arm: (after = 1) => {
      openings = after
    },
    moved: path.join(folder, 'www/moved'),
    outside,
    stateOf: async (name: string) => {
      const names = (await readdir(name)).sort()
      const files = names.filter(name => name.endsWith('.txt'))
      const contents = await Promise.all(files.map(file => readFile(path.join(name, file), 'utf8')))
      const { mtimeMs, mode } = await stat(path.join(name, 'a.txt')).catch(() => ({ mtimeMs: 0, mode: 0 }))
      return { names, contents, mtimeMs, mode }
    },
  }
}

async function readAll(files: AccountFiles, name: string): Promise<string> {
  const { handle } = await files.openFile(name)
  return text(handle.createReadStream())
}

test('a file that was checked is the one that is read', async () => {
  const { files, arm } = await createTree()
  arm()
  expect(await readAll(files, '/box/a.txt')).toBe('inside')
  await expect(files.openFile('/box/a.txt')).rejects.toThrow(OutsideTreeError)
})

async function append(files: AccountFiles): Promise<void> {
  const upload = await files.startUpload('/box/a.txt', 'end')
  try {
    await finished(upload.createStream().end('new'))
    await upload.commit()
  } catch (error) {
    await upload.discard()
    throw error
  }
}

/** Each with the names that the folder has if the operation uses it after it was moved. */
const CHANGES: readonly (readonly [string, (files: AccountFiles) => Promise<unknown>, readonly string[]])[] = [
  ['makeDirectory', files => files.makeDirectory('/box/new'), ['a.txt', 'b.txt', 'folder', 'new']],
  ['removeFile', files => files.removeFile('/box/a.txt'), ['b.txt', 'folder']],
  ['removeDirectory', files => files.removeDirectory('/box/folder'), ['a.txt', 'b.txt']],
  ['rename', files => files.rename('/box/a.txt', '/c.txt'), ['b.txt', 'folder']],
]

test.each(CHANGES)('%s changes the folder that was checked', async (_title, change, names) => {
  const { files, arm, outside, moved, stateOf } = await createTree()
  const before = await stateOf(outside)
  // The first opening is that of the folder, the second that of its entry.
  arm(2)
  await change(files)
  expect(await stateOf(outside)).toEqual(before)
  expect(await readdir(moved).then(found => found.sort())).toEqual(names)
})

test.each<(typeof CHANGES)[number]>([...CHANGES, ['an upload', append, []]])(
  '%s changes nothing outside, at whichever moment the folder is swapped',
  async (_title, change) => {
    for (let after = 1; after <= 5; after++) {
      const { files, arm, outside, stateOf } = await createTree()
      const before = await stateOf(outside)
      arm(after)
      await change(files).catch((error: unknown) => expect(error).toBeInstanceOf(OutsideTreeError))
      expect(await stateOf(outside)).toEqual(before)
    }
  },
)

test.each<[string, (files: AccountFiles) => Promise<void>]>([
  ['setModified', files => files.setModified('/box/a.txt', new Date(0))],
  ['changeMode', files => files.changeMode('/box/a.txt', 0o640)],
])('%s changes the file that was checked', async (_title, change) => {
  const { files, arm, outside, moved, stateOf } = await createTree()
  const [before, own] = [await stateOf(outside), await stateOf(moved.replace('moved', 'box'))]
  arm()
  await change(files)
  expect(await stateOf(outside)).toEqual(before)
  expect(await stateOf(moved)).not.toEqual(own)
})

test('an upload is stored in the folder that was checked when it started', async () => {
  const { files, arm, outside, moved, stateOf } = await createTree()
  const before = await stateOf(outside)
  const upload = await files.startUpload('/box/new.txt', 0)
  await finished(upload.createStream().end('content'))
  arm()
  await files.stat('/box')
  await upload.commit()
  expect(await stateOf(outside)).toEqual(before)
  expect(await readFile(path.join(moved, 'new.txt'), 'utf8')).toBe('content')
})

test('an upload that is discarded leaves no file in the folder, wherever it is', async () => {
  const { files, arm, moved } = await createTree()
  const upload = await files.startUpload('/box/new.txt', 0)
  arm()
  await files.stat('/box')
  await upload.discard()
  expect((await readdir(moved)).sort()).toEqual(['a.txt', 'b.txt', 'folder'])
})

test('a listing has the entries of the folder that was checked', async () => {
  const { files, arm, outside } = await createTree()
  await writeFile(path.join(outside, 'c.txt'), '')
  arm()
  expect(await files.names('/box')).toEqual(['a.txt', 'b.txt', 'folder'])
})

test('the sizes in a listing are those of the folder that was checked', async () => {
  const { files, arm, outside } = await createTree()
  await writeFile(path.join(outside, 'a.txt'), 'a longer text')
  arm()
  const sizes: number[] = []
  for await (const batch of files.list('/box', ['a.txt', 'b.txt'])) sizes.push(...batch.map(({ size }) => size))
  expect(sizes).toEqual(['inside'.length, 'inside'.length])
})

describe.each([
  ['procOpener', procOpener],
  ['portableOpener', portableOpener],
])('%s', (_title, opener) => {
  test('finds where a path leads, and reads that', async () => {
    const folder = await emptyFolder()
    await mkdir(path.join(folder, 'b'))
    await writeFile(path.join(folder, 'b/file'), 'content')
    await symlink('b', path.join(folder, 'a'))
    const opened = await opener.open(path.join(folder, 'a/file'), 'any')
    onTestFinished(() => closeSync(opened.descriptor))
    expect([opened.real, opened.stats.size]).toEqual([path.join(folder, 'b/file'), 7])
    const handle = await opener.openForReading(opened)
    expect(await handle.readFile('utf8').finally(() => handle.close())).toBe('content')
    expect(await readFile(opener.pathOf(opened), 'utf8')).toBe('content')
    await expect(opener.open(path.join(folder, 'a/file'), 'folder')).rejects.toMatchObject({ code: 'ENOTDIR' })
    await expect(opener.open(path.join(folder, 'c'), 'any')).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('a FIFO is not a file, and opening it does not wait for its other end', async () => {
    const folder = await emptyFolder()
    execFileSync('mkfifo', [path.join(folder, 'fifo')])
    const files = new AccountFiles(await FileTree.open(folder, opener), { read: ['/'], write: ['/'] })
    await expect(files.openFile('/fifo')).rejects.toThrow(FileError)
    await expect(files.setModified('/fifo', new Date())).rejects.toThrow(FileError)
  })

  test('an account reads, writes, renames and removes', async () => {
    const { files } = await createTree(opener)
    const upload = await files.startUpload('/box/a.txt', 'end')
    await finished(upload.createStream().end(' and more'))
    await upload.commit()
    await files.rename('/box/a.txt', '/box/folder/c.txt')
    expect(await readAll(files, '/box/folder/c.txt')).toBe('inside and more')
    await files.removeFile('/box/folder/c.txt')
    await files.removeDirectory('/box/folder')
    expect(await files.names('/box')).toEqual(['b.txt'])
  })
})

test('the opener of /proc has the path of a file that was removed after it was opened', async () => {
  const file = path.join(await emptyFolder(), 'file (deleted)')
  await writeFile(file, 'content')
  const descriptor = openSync(file, 'r')
  onTestFinished(() => closeSync(descriptor))
  for (const remove of [() => {}, () => unlinkSync(file)]) {
    remove()
    const opened = await procOpener.open(`/proc/self/fd/${descriptor}`, 'any')
    closeSync(opened.descriptor)
    expect(opened.real).toBe(file)
  }
})

test('the portable opener does not read a file that has replaced the one that was checked', async () => {
  const folder = await emptyFolder()
  for (const name of ['a', 'b']) await writeFile(path.join(folder, name), name)
  const opened = await portableOpener.open(path.join(folder, 'a'), 'any')
  onTestFinished(() => closeSync(opened.descriptor))
  renameSync(path.join(folder, 'b'), path.join(folder, 'a'))
  await expect(portableOpener.openForReading(opened)).rejects.toThrow('"a" has changed while it was opened; try again')
})

test('the opener of /proc is chosen if /proc shows the path of the tree', async () => {
  const folder = await emptyFolder()
  await symlink(folder, path.join(folder, 'link'))
  expect(await chooseOpener(folder)).toBe(procOpener)
  expect(await chooseOpener(path.join(folder, 'link'))).toBe(portableOpener)
  expect(await chooseOpener(path.join(folder, 'missing'))).toBe(portableOpener)
})
