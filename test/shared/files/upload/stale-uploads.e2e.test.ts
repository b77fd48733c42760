import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rename, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { FileTree } from '../../../../shared/files/file-tree.ts'
import {
  formatOwner,
  isAlive,
  type ProcessId,
  parseOwner,
  thisProcess,
} from '../../../../shared/files/upload/process-id.ts'
import { removeStaleUploads } from '../../../../shared/files/upload/remove-stale-uploads.ts'
import { temporaryFileName } from '../../../../shared/files/upload/temporary-file.ts'
import { emptyFolder } from '../../../helpers/cli.ts'

test('removes temporary files that were not written recently, and no others', async () => {
  const folder = await emptyFolder()
  const files = await FileTree.open(path.join(folder, 'www'))
  const addFile = async (folder: string, name: string, age: number) => {
    const file = path.join(folder, name)
    await writeFile(file, 'x')
    await utimes(file, new Date(), new Date(Date.now() - age))
  }
  const inner = path.join(files.root, 'files')
  const outside = path.join(folder, 'outside')
  await mkdir(outside)
  await symlink(outside, path.join(inner, 'out'))
  const [old, fresh] = [temporaryFileName(), temporaryFileName()]
  for (const parent of [files.root, inner, outside]) await addFile(parent, old, 2000)
  await addFile(inner, fresh, 0)
  await addFile(inner, 'kept.txt', 2000)
  expect(await removeStaleUploads(files, Date.now() - 1000, AbortSignal.abort())).toBe(0)
  expect(await removeStaleUploads(files, Date.now() - 1000, new AbortController().signal)).toBe(2)
  expect((await readdir(files.root)).sort()).toEqual(['files', 'index.html'])
  expect((await readdir(inner)).sort()).toEqual([fresh, 'hello.txt', 'kept.txt', 'numbers.txt', 'out'].sort())
  expect(await readdir(outside)).toEqual([old])
})

test('removes temporary files beside a folder whose paths are too long', async () => {
  const tree = await FileTree.open(path.join(await emptyFolder(), 'www'))
  const levels = Array<string>(14).fill('d'.repeat(200))
  for (const top of ['a', 'b']) await mkdir(path.join(tree.root, top, ...levels), { recursive: true })
  const [short, long] = [path.join(tree.root, 'b'), path.join(tree.root, 'a', ...levels, 'b')]
  await rename(short, long)
  // With the long path, the folder of the test could not be removed.
  onTestFinished(() => rename(long, short))
  await mkdir(path.join(tree.root, 'c'))
  await writeFile(path.join(tree.root, 'c', temporaryFileName()), 'x')
  expect(await removeStaleUploads(tree, Date.now() + 1000, new AbortController().signal)).toBe(1)
  expect(await readdir(path.join(tree.root, 'c'))).toEqual([])
})

/** This process, as the name of a temporary file shows it. */
function self(): ProcessId {
  const id = thisProcess()
  if (!id) throw new Error('this system has no /proc')
  return id
}

/** Returns a number that no process has. */
async function unusedPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid ?? 0
}

test('removes the temporary files of processes that have ended, however new, and keeps those of running ones', async () => {
  const tree = await FileTree.open(path.join(await emptyFolder(), 'www'))
  const id = self()
  const names = {
    running: temporaryFileName(),
    ended: temporaryFileName({ ...id, pid: await unusedPid() }),
    samePidLater: temporaryFileName({ ...id, startedAt: `${id.startedAt}1` }),
    otherMachine: temporaryFileName({ ...id, machine: 'abcdef', pid: await unusedPid() }),
    unknown: temporaryFileName(undefined),
    malformed: '.fourwire-upload-x',
  }
  for (const name of Object.values(names)) await writeFile(path.join(tree.root, 'files', name), 'half')
  expect(await removeStaleUploads(tree, Date.now() - 60_000, new AbortController().signal)).toBe(2)
  const kept = [names.running, names.otherMachine, names.unknown, names.malformed]
  expect((await readdir(path.join(tree.root, 'files'))).sort()).toEqual([...kept, 'hello.txt', 'numbers.txt'].sort())
})

test('the owner in a name is the process: its number, its start, and the machine that counts them', async () => {
  const id = self()
  expect(id.pid).toBe(process.pid)
  expect(parseOwner(formatOwner(id))).toEqual(id)
  expect(await isAlive(id)).toBe(true)
  for (const text of ['', 'abc', 'abc.1', 'xyz.1.2', 'abc.1.2.3', 'abc.-1.2']) expect(parseOwner(text)).toBeUndefined()
})

test('a process that has ended is not alive, although its parent has not read its exit code', async () => {
  // The shell starts a process in the background, which ends, and becomes `sleep`, which does not know it.
  const shell = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'])
  onTestFinished(() => {
    shell.kill('SIGKILL')
  })
  const [output] = await once(shell.stdout, 'data')
  const zombie = { ...self(), pid: Number(String(output)) }
  await expect.poll(() => isAlive(zombie)).toBe(false)
})
