/** Runs `fourwire dns check` in a shell, with pipes and redirections. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { emptyFolder, FOURWIRE } from '../../../helpers/cli.ts'

const APEX = '$TTL 60\n@ SOA ns host 7 3600 600 86400 5\n@ NS ns\nns A 127.0.0.1\n'

describe.skipIf(process.platform === 'win32')('standard input or a pipe', () => {
  /** Runs a line of the shell in which `fourwire` is the command. */
  async function runShell(line: string, cwd: string) {
    const script = `fourwire() { "$FOURWIRE_NODE" "$FOURWIRE_MAIN" "$@"; }\n${line}`
    const [node, main] = FOURWIRE
    const env = { ...process.env, FOURWIRE_NODE: node, FOURWIRE_MAIN: main }
    const child = spawn('sh', ['-c', script], { cwd, env })
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    return { code: child.exitCode, stdout, stderr }
  }

  test.each([
    'cat a.zone | fourwire dns check /dev/stdin',
    'fourwire dns check /dev/stdin < a.zone',
    'cat a.zone | fourwire dns check /dev/fd/0',
    'mkfifo pipe; { cat a.zone > pipe; } & fourwire dns check pipe',
  ])('is checked: %s', async line => {
    const cwd = await emptyFolder()
    const hosts = Array.from({ length: 20_000 }, (_, index) => `host${index} A 127.0.0.1\n`).join('')
    await writeFile(path.join(cwd, 'a.zone'), `$ORIGIN piped.test.\n${APEX}${hosts}`)
    const { code, stdout, stderr } = await runShell(line, cwd)
    expect(stderr).toBe('')
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'zone piped.test: 20003 records, serial 7: OK\n' })
  })

  test.each(['/dev/stdin', '/dev/fd/0'])('without an end is read up to the bound: %s', async file => {
    const cwd = await emptyFolder()
    expect(await runShell(`cat /dev/zero | fourwire dns check ${file}`, cwd)).toEqual({
      code: 2,
      stdout: '',
      stderr: `fourwire: ${file}: the input is longer than 268435456 bytes\n`,
    })
  })
})
