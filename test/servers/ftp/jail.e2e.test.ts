import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createDataFolder, download, ftpSuite, openSession, requestPassivePort, sendCommand } from './sessions.ts'

test.for([
  'RETR ../../../../etc/passwd',
  'RETR /../../../etc/passwd',
  'SIZE ../running',
  'RETR out/secret.txt',
  'RETR secret-link.txt',
  'LIST out',
  'NLST out/',
  'MLST out',
  'CWD out',
  'MKD out/x',
  'DELE out/secret.txt',
  'RMD out',
  'STOR out/new.txt',
  'APPE secret-link.txt',
  'STOR secret-link.txt',
  'RNFR out/secret.txt',
])('%s does not lead out of the tree', async command => {
  const outside = await createDataFolder()
  await writeFile(path.join(outside, 'secret.txt'), 'secret')
  const { port, www } = await ftpSuite()
  await symlink(outside, path.join(www, 'out'))
  await symlink(path.join(outside, 'secret.txt'), path.join(www, 'secret-link.txt'))
  const wire = await openSession(port)
  await requestPassivePort(wire)
  expect(await sendCommand(wire, command)).toMatch(
    /^550 (The path leads out of the served folder|No such file or directory)$/,
  )
  expect(await readdir(outside)).toEqual(['secret.txt'])
  expect(await readFile(path.join(outside, 'secret.txt'), 'utf8')).toBe('secret')
})

test('".." in the root is the root, and listings omit links to targets outside', async () => {
  const { port, www } = await ftpSuite()
  await symlink(os.tmpdir(), path.join(www, 'out'))
  await symlink('files/hello.txt', path.join(www, 'in.txt'))
  const wire = await openSession(port)
  await wire.play(`
    C: CWD ../../..
    S: 250 "/"
    C: RNFR files/hello.txt
    S: 350 *
    C: RNTO out/hello.txt
    S: 550 The path leads out of the served folder
  `)
  expect(await download(wire, 'NLST')).toBe('files\r\nin.txt\r\nindex.html\r\n')
  expect(await download(wire, 'RETR in.txt')).toBe('Hello from Fourwire.\n')
})
