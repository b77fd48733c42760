/** Direct writes of long files, on the file system of the temporary folder: on a disk they do not go through the page cache. */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test as testOf } from 'vitest'
import { AccountFiles } from '../../../../shared/files/account-files.ts'
import { FileTree } from '../../../../shared/files/file-tree.ts'
import { AlignedParts } from '../../../../shared/files/upload/aligned-parts.ts'
import { DirectWriter } from '../../../../shared/files/upload/direct-writer.ts'
import { emptyFolder, startFourwire } from '../../../helpers/cli.ts'
import { openDescriptorsIn } from '../../../helpers/open-descriptors.ts'
import { requireTool, runTool } from '../../../interop/tools.ts'
import { openDataConnection, openSession } from '../../../servers/ftp/sessions.ts'

const MIB = 1024 * 1024
/** From here on, direct writes begin. */
const LONG_FILE_BYTES = 8 * MIB

const test = testOf.runIf(process.platform === 'linux')

async function fileTree() {
  const root = path.join(await emptyFolder(), 'www')
  await mkdir(root)
  const tree = await FileTree.open(root)
  return { root, tree, files: new AccountFiles(tree, { read: ['/'], write: ['/'] }) }
}

async function emptyFile() {
  const file = path.join(await emptyFolder(), 'file')
  const handle = await open(file, 'w')
  onTestFinished(() => handle.close())
  return { file, handle }
}

/** Bytes that differ from block to block and from part to part. */
function content(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let position = 0; position + 4 <= length; position += 512) bytes.writeUInt32LE(position, position)
  return bytes
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function* chunksOf(bytes: Buffer, length: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length)
}

/** False for a file system in memory. */
async function hasDirectWrites(file: string): Promise<boolean> {
  const handle = await open(file, constants.O_RDONLY | constants.O_DIRECT).catch(() => undefined)
  await handle?.close()
  return handle !== undefined
}

test('the page cache has the beginning of a long file only', async context => {
  requireTool('fincore', context)
  const { root, files } = await fileTree()
  const file = path.join(root, 'long')
  const bytes = content(40 * MIB + 1)
  const upload = await files.startUpload('/long', 0)
  for (const chunk of chunksOf(bytes, MIB)) await upload.write([chunk])
  await upload.commit()
  if (!(await hasDirectWrites(file))) context.skip('the file system of the temporary folder has no direct writes')
  const { stdout } = await runTool('fincore', ['--bytes', '--noheadings', '--output', 'RES', file])
  expect(Number(stdout)).toBeLessThan(LONG_FILE_BYTES + 2 * MIB)
  expect(digest(await readFile(file))).toBe(digest(bytes))
})

test.each([
  { start: 0, length: LONG_FILE_BYTES + 3 * MIB, chunk: 65_536 },
  { start: 0, length: LONG_FILE_BYTES + 3 * MIB + 17, chunk: 99_991 },
  { start: 5, length: 5 * MIB, chunk: 65_536 },
  { start: LONG_FILE_BYTES + 5, length: 3 * MIB, chunk: 1000 },
  { start: LONG_FILE_BYTES + 5, length: 7000, chunk: 1 },
  { start: LONG_FILE_BYTES, length: 4096, chunk: 4096 },
  { start: LONG_FILE_BYTES + 1, length: 1, chunk: 1 },
])('has every byte of $length bytes in chunks of $chunk from $start on', async ({ start, length, chunk }) => {
  const { root, files } = await fileTree()
  const bytes = content(start + length)
  await writeFile(path.join(root, 'file'), bytes.subarray(0, start))
  const upload = await files.startUpload('/file', start)
  for (const part of chunksOf(bytes.subarray(start), chunk)) await upload.write([part])
  await upload.commit()
  expect(digest(await readFile(path.join(root, 'file')))).toBe(digest(bytes))
})

test('writes a long file through the page cache if other uploads use all of the memory for direct writes', async () => {
  const { root, tree, files } = await fileTree()
  while (tree.alignedParts.take());
  const bytes = content(LONG_FILE_BYTES + 2 * MIB)
  const upload = await files.startUpload('/long', 0)
  for (const chunk of chunksOf(bytes, MIB)) await upload.write([chunk])
  await upload.commit()
  expect(digest(await readFile(path.join(root, 'long')))).toBe(digest(bytes))
})

test('every upload gives its memory back, also one that is discarded', async () => {
  const { root, tree, files } = await fileTree()
  const [last] = [tree.alignedParts.take()]
  while (tree.alignedParts.take());
  if (!last) throw new Error('there is no memory')
  for (const end of ['commit', 'discard'] as const) {
    tree.alignedParts.give(last)
    const upload = await files.startUpload('/long', 0)
    for (const chunk of chunksOf(content(LONG_FILE_BYTES + 2 * MIB), MIB)) await upload.write([chunk])
    await upload[end]()
    expect(tree.alignedParts.take()).toBe(last)
  }
  expect(await readdir(root)).toEqual(['long'])
})

test('a write that the file system refuses goes through the page cache', async () => {
  const { file, handle } = await emptyFile()
  // Not the beginning of a block.
  await handle.write('abc')
  const writer = await DirectWriter.open(handle, 3, new AlignedParts())
  const bytes = content(2 * MIB + 1)
  await writer?.write([bytes])
  await writer?.end()
  await writer?.close()
  expect(digest(await readFile(file))).toBe(
    digest(Buffer.concat([Buffer.from('abc'), writer ? bytes : Buffer.alloc(0)])),
  )
})

test('a write that still waits for the disk fails if the file is closed', async () => {
  const { handle } = await emptyFile()
  const pool = new AlignedParts()
  const writer = await DirectWriter.open(handle, 0, pool)
  const written = writer?.write([content(4 * MIB)])
  const closed = writer?.close()
  if (writer) await expect(written).rejects.toThrow('the file was closed while it was written')
  await closed
  await expect(handle.write('still open')).resolves.toMatchObject({ bytesWritten: 10 })
})

test('a file that the system does not let grow is refused, and the old one stays', async context => {
  requireTool('prlimit', context)
  const cwd = await emptyFolder()
  const started = await startFourwire(['ftp', '--ftp-port', '0', '--ftp-passive-ports', '0'], { cwd })
  const [endpoint] = started.endpoints
  await runTool('prlimit', ['--pid', String(started.child.pid), `--fsize=${LONG_FILE_BYTES + 3 * MIB}`])
  const wire = await openSession(endpoint?.port ?? 0)
  const data = await openDataConnection(wire)
  await wire.play('C: STOR files/hello.txt\nS: 150 *')
  data.send(content(LONG_FILE_BYTES + 8 * MIB))
  data.socket.end()
  await wire.play('S: 552 The file is too large for the file system')
  const folder = path.join(cwd, 'fourwire-data/www/files')
  expect(await readFile(path.join(folder, 'hello.txt'), 'utf8')).toBe('Hello from Fourwire.\n')
  expect((await readdir(folder)).filter(name => name.startsWith('.'))).toEqual([])
})

test('an upload that is discarded while its direct writes begin gives its memory and its descriptors back', async () => {
  const { root, tree, files } = await fileTree()
  const [last] = [tree.alignedParts.take()]
  while (tree.alignedParts.take());
  if (!last) throw new Error('there is no memory')
  const descriptors = openDescriptorsIn(root)
  for (let turns = 0; turns < 20; turns += 1) {
    tree.alignedParts.give(last)
    const upload = await files.startUpload('/long', 0)
    await upload.write([Buffer.alloc(LONG_FILE_BYTES)])
    // A stream that is destroyed does not wait for its write.
    const written = upload.write([Buffer.alloc(3 * MIB)])
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
    await Promise.allSettled([written, upload.discard()])
    expect(tree.alignedParts.take()).toBe(last)
    expect(openDescriptorsIn(root)).toBe(descriptors)
  }
  expect(await readdir(root)).toEqual([])
})
