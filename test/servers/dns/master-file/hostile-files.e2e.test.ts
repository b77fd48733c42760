/** Folders of zones with things in them that are no zones. */
import { execFile } from 'node:child_process'
import { mkdir, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { startSuite } from '../../../../shared/launcher/index.ts'
import { emptyFolder } from '../../../helpers/cli.ts'
import { suiteFor } from '../../../helpers/suite.ts'

const rows: [what: string, make: (file: string) => Promise<unknown>, reason: string][] = [
  ['a pipe', file => promisify(execFile)('mkfifo', [file]), 'that is not a file'],
  ['a device', file => symlink('/dev/zero', file), 'that is not a file'],
  ['a folder', file => mkdir(file), 'that is not a file'],
  ['a link to itself', file => symlink(path.basename(file), file), 'the file cannot be read (ELOOP)'],
]

describe.skipIf(process.platform === 'win32').each(rows)('%s called a.test.zone', (_, make, reason) => {
  test('is refused at the start, by its name', async () => {
    const data = await emptyFolder()
    await mkdir(path.join(data, 'zones'))
    const file = path.join(data, 'zones', 'a.test.zone')
    await make(file)
    const started = startSuite({ services: ['dns'], data })
    await expect(started).rejects.toMatchObject({ name: 'ZoneError', message: `${file}:1: ${reason}` })
  })

  test('keeps nothing else from being read while the server runs', async () => {
    const data = await emptyFolder()
    const { dns } = await suiteFor({ services: ['dns'], data })
    const file = path.join(data, 'zones', 'a.test.zone')
    await make(file)
    await expect(dns.reload()).rejects.toThrow(reason)
    await rm(file, { recursive: true })
    await expect(dns.reload()).resolves.toBeUndefined()
  })
})
