/** Zones folders with entries that are not regular files. */
import { execFile } from 'node:child_process'
import { mkdir, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { startSuite } from '../../../../shared/launcher/index.ts'
import { emptyFolder } from '../../../helpers/cli.ts'
import { suiteFor } from '../../../helpers/suite.ts'

const rows: [title: string, make: (file: string) => Promise<unknown>, reason: string][] = [
  ['a pipe', file => promisify(execFile)('mkfifo', [file]), 'not a regular file'],
  ['a device', file => symlink('/dev/zero', file), 'not a regular file'],
  ['a folder', file => mkdir(file), 'not a regular file'],
  ['a link to itself', file => symlink(path.basename(file), file), 'cannot read the file (ELOOP)'],
]

describe.skipIf(process.platform === 'win32').each(rows)('%s named a.test.zone', (_, make, reason) => {
  test('stops the server from starting, with an error that names it', async () => {
    const data = await emptyFolder()
    await mkdir(path.join(data, 'zones'))
    const file = path.join(data, 'zones', 'a.test.zone')
    await make(file)
    const started = startSuite({ services: ['dns'], data })
    await expect(started).rejects.toMatchObject({ name: 'ZoneError', message: `${file}:1: ${reason}` })
  })

  test('fails a reload until it is removed', async () => {
    const data = await emptyFolder()
    const { dns } = await suiteFor({ services: ['dns'], data })
    const file = path.join(data, 'zones', 'a.test.zone')
    await make(file)
    await expect(dns.reload()).rejects.toThrow(reason)
    await rm(file, { recursive: true })
    await expect(dns.reload()).resolves.toBeUndefined()
  })
})
