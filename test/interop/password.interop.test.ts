/** `fourwire user` on a real terminal, which the program `script` provides. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, type TestContext, test } from 'vitest'
import { emptyFolder, FOURWIRE, runInProcess } from '../helpers/cli.ts'
import { requireTool } from './tools.ts'

/** Runs a command on a terminal, and types each answer when the terminal shows its question. */
async function runOnTerminal(
  args: string,
  answers: readonly (readonly [question: string, answer: string])[],
  cwd: string,
  context: TestContext,
): Promise<{ code: number; screen: string }> {
  requireTool('script', context)
  const command = `${FOURWIRE.map(word => `'${word}'`).join(' ')} ${args}`
  const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd, stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let screen = ''
  const waiting = [...answers]
  child.stdout.setEncoding('utf8').on('data', text => {
    screen += text
    const [next] = waiting
    if (!next || !screen.endsWith(next[0])) return
    waiting.shift()
    child.stdin.write(next[1])
  })
  const [code] = await once(child, 'close')
  return { code, screen }
}

test('prompts for a password twice, and shows neither', async context => {
  const cwd = await emptyFolder()
  const answers = [
    ['Password for ann: ', 'wonder\x7fr\r'],
    ['Again: ', 'wonder\r'],
  ] as const
  expect(await runOnTerminal('user add ann', answers, cwd, context)).toEqual({
    code: 0,
    screen: 'Password for ann: \r\nAgain: \r\nadded ann: reads /, writes /\r\n',
  })
})

test('changes nothing if the two passwords differ', async context => {
  const cwd = await emptyFolder()
  const answers = [
    ['Password for ann: ', 'one\r'],
    ['Again: ', 'other\r'],
  ] as const
  const { code, screen } = await runOnTerminal('user add ann', answers, cwd, context)
  expect(screen).toMatch(/Again: \r\nfourwire: the two passwords differ\. Nothing was changed\r\n$/)
  expect(code).toBe(2)
  expect((await runInProcess(['user', 'list'], { cwd })).stdout).toMatch(/^no accounts/)
})

test('Ctrl+C ends the question with exit code 130', async context => {
  const cwd = await emptyFolder()
  const { code, screen } = await runOnTerminal('user add ann', [['Password for ann: ', 'x\x03']], cwd, context)
  expect({ code, screen }).toEqual({ code: 130, screen: 'Password for ann: \r\n' })
})
