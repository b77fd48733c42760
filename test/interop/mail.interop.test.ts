/** Real mail programs read what `fourwire mail` exports. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { send } from '../../clients/smtp/index.ts'
import { startSuite } from '../../shared/launcher/index.ts'
import { emptyFolder, runInProcess } from '../helpers/cli.ts'
import { requireTool, runTool } from './tools.ts'

const MUTTRC = ['set folder="."', 'set quit=yes', 'set mbox_type=mbox', 'set sort=mailbox-order', 'push q']

test('mutt lists the messages of an exported mbox file', async context => {
  requireTool('mutt', context)
  requireTool('script', context)
  const cwd = await emptyFolder()
  await using suite = await startSuite({ services: ['http', 'smtp'], data: path.join(cwd, 'fourwire-data') })
  const server = `127.0.0.1:${suite.smtp.port}`
  for (const subject of ['First', 'From the second', 'Third']) {
    await send({ server, from: 'Ann <ann@x.test>', to: 'bob@fourwire.test', subject, text: 'From here\n' })
  }
  const { code, stdout } = await runInProcess(['mail', 'export'], { cwd })
  expect(code).toBe(0)
  await writeFile(path.join(cwd, 'bob.mbox'), stdout)
  await writeFile(path.join(cwd, 'muttrc'), `${MUTTRC.join('\n')}\n`)
  const mutt = `stty cols 100 rows 20; HOME='${cwd}' exec mutt -n -F muttrc -R -f bob.mbox`
  const shown = await runTool('script', ['-qefc', mutt, '/dev/null'], { cwd })
  expect(shown.stdout).toMatch(/1 .*Ann.*First[\s\S]*2 .*Ann.*From the second[\s\S]*3 .*Ann.*Third[\s\S]*Msgs:3/)
})
