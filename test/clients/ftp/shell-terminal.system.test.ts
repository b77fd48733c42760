/** `fourwire ftp shell` on a pseudo-terminal. */
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { emptyFolder } from '../../helpers/cli.ts'
import { FOURWIRE_COMMAND, startOnTerminal, startTerminal } from '../../helpers/terminal.ts'
import { requireTool } from '../../interop/tools.ts'
import { sharedSuite } from './shared-suite.ts'

const shared = sharedSuite()

beforeEach(context => requireTool('script', context))

const PROMPT = /ftp \/> $/

/** Starts the shell in a folder with files, with the account of a writer. */
async function startShell() {
  const cwd = await emptyFolder()
  for (const folder of ['reports', 'with space']) await mkdir(path.join(cwd, folder))
  await writeFile(path.join(cwd, 'readme.md'), 'local')
  await symlink('reports', path.join(cwd, 'link'))
  const terminal = await startTerminal(['ftp', 'shell', `${shared.address}/`], { cwd })
  await terminal.untilText(PROMPT)
  return { terminal, cwd }
}

test('Tab completes commands, paths on the server, and local paths', async () => {
  await mkdir(path.join(shared.www, 'two words'), { recursive: true })
  await writeFile(path.join(shared.www, 'two words/inner.txt'), 'inner')
  const { terminal } = await startShell()
  await terminal.typeUntil('pw\t', /^pwd $/)
  await terminal.typeUntil('\n', PROMPT)
  await terminal.typeUntil('cat tw\t', /^cat two\\ words\/$/)
  await terminal.typeUntil('i\t', /^inner\.txt$/)
  await terminal.typeUntil('\n', /inner\r\nftp \/> $/)
  await terminal.typeUntil('put "wi\t', /^put "with space\/$/)
  // Ctrl-U clears the line.
  await terminal.typeUntil('\u0015', PROMPT)
  await terminal.typeUntil('help rmd\t', /^help rmdir$/)
  await terminal.typeUntil('\u0015', PROMPT)
  terminal.type('quit\n')
  expect(await terminal.waitForExit()).toBe(0)
})

test('two tabs show the choices, also if they arrive together with other keys', async () => {
  const { terminal } = await startShell()
  await terminal.typeUntil(
    'ls fi\t\t\the\t\n',
    /ls files\/[\s\S]*files\/hello\.txt +files\/numbers\.txt[\s\S]*hello\.txt\r\nftp \/> $/,
  )
  expect(terminal.output).not.toContain('\t')
  await terminal.typeUntil('put \t\t', /link +readme\.md +reports\/ +with\\ space\/\r/)
  await terminal.typeUntil('\u0015', PROMPT)
})

test('each word is completed with what it names', async () => {
  const { terminal, cwd } = await startShell()
  await terminal.typeUntil('put readme.md fi\t', /^put readme\.md files\/$/)
  await terminal.typeUntil('\n', /\/files\/readme\.md: 5 B\r[\s\S]*> $/)
  await terminal.typeUntil('get --keep-times files/h\t rep\t\n', /hello\.txt: 21 B\r[\s\S]*> $/)
  expect(await readFile(path.join(cwd, 'reports/hello.txt'), 'utf8')).toBe('Hello from Fourwire.\n')
  expect(await terminal.typeUntil('cd \t\t', /files\/[\s\S]*cd $/)).not.toContain('index.html')
  await terminal.typeUntil('\u0015lcd \t\t', /link +reports\/ +with\\ space\/\r/)
  await terminal.typeUntil('\u0015chmod f\t600 fi\t', /chmod f600 files\/$/)
})

test('continues after Ctrl-Z and fg', async () => {
  const terminal = await startOnTerminal('exec bash --norc --noprofile -i', { env: { PS1: '$ ' } })
  await terminal.untilText(/\$ $/)
  await terminal.typeUntil(`${FOURWIRE_COMMAND} ftp shell ${shared.address}/\n`, PROMPT)
  await terminal.typeUntil('ls fil', /^ls fil$/)
  await terminal.typeUntil('\u001a', /Stopped[\s\S]*\$ $/)
  await terminal.typeUntil('fg\n', /ls fil$/)
  await terminal.typeUntil('\t', /^es\/$/)
  await terminal.typeUntil('\nquit\n', /hello\.txt[\s\S]*\$ $/)
  terminal.type('exit\n')
  await terminal.waitForExit()
})
