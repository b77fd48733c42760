import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder } from '../../helpers/cli.ts'
import { checkNode } from './check-node.ts'

/** Creates a program that prints this version. */
async function program(version: string): Promise<string> {
  const file = path.join(await emptyFolder(), 'node')
  await writeFile(file, `#!/bin/sh\necho ${version}\n`)
  await chmod(file, 0o755)
  return file
}

test('returns the version of a Node that can share ports', async () => {
  expect(await checkNode(await program('v24.1.0'))).toBe('v24.1.0')
})

test('an older Node is refused with the way to get another', async () => {
  await expect(checkNode(await program('v20.19.0'))).rejects.toThrow(
    /this is Node 20\.19\.0 on linux.*Install one with `npm install .*--node /,
  )
})

test('a program that does not exist is refused', async () => {
  await expect(checkNode('/no/such/node')).rejects.toThrow('bench:scale cannot use /no/such/node: ')
})
