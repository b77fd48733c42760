import { type FileHandle, open, readFile } from 'node:fs/promises'
import path from 'node:path'
import { onTestFinished, test as testOf } from 'vitest'
import { AlignedParts } from '../../../shared/files/upload/aligned-parts.ts'
import { DurableWriter } from '../../../shared/files/upload/durable-writer.ts'
import { emptyFolder } from '../../helpers/cli.ts'

const test = testOf.runIf(process.platform === 'linux')

async function writerOf(file: string): Promise<{ writer: DurableWriter; handle: FileHandle }> {
  const handle = await open(file, 'w')
  const writer = new DurableWriter(handle, 0, new AlignedParts())
  onTestFinished(() => writer.close())
  return { writer, handle }
}

testOf('writes more than the system takes at once, in order', async ({ expect }) => {
  const file = path.join(await emptyFolder(), 'file')
  const { writer } = await writerOf(file)
  const chunks = Array.from({ length: 2000 }, (_, index) => Buffer.from(`${index},`))
  await writer.write(chunks.slice(0, 1000))
  await writer.write([])
  await writer.write(chunks.slice(1000))
  await writer.sync()
  expect(await readFile(file, 'latin1')).toBe(chunks.join(''))
})

// The devices fail as a disk does: /dev/full has no room, and /dev/null cannot be written to a disk.
test('fails if the disk is full', async ({ expect }) => {
  const { writer } = await writerOf('/dev/full')
  await expect(writer.write([Buffer.from('x')])).rejects.toMatchObject({ code: 'ENOSPC' })
})

test('a failure on the way to the disk ends a long file early, and is reported at its end too', async ({ expect }) => {
  const { writer } = await writerOf('/dev/null')
  await writer.write([Buffer.alloc(32 * 1024 * 1024)])
  const writeOn = async () => {
    for (let count = 0; count < 100_000; count++) {
      await writer.write([Buffer.from('x')])
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  await expect(writeOn()).rejects.toMatchObject({ code: 'EINVAL', syscall: 'fdatasync' })
  await expect(writer.sync()).rejects.toMatchObject({ code: 'EINVAL' })
})

test('a short file fails at its end', async ({ expect }) => {
  const { writer } = await writerOf('/dev/null')
  await writer.write([Buffer.from('x')])
  await expect(writer.sync()).rejects.toMatchObject({ code: 'EINVAL' })
})

testOf('close can be called twice, also while the file goes to the disk', async ({ expect }) => {
  const { writer, handle } = await writerOf(path.join(await emptyFolder(), 'file'))
  await writer.write([Buffer.alloc(33 * 1024 * 1024)])
  await Promise.all([writer.close(), writer.close()])
  expect(handle.fd).toBe(-1)
})
