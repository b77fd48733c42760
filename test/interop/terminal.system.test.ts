/** The output of the command line on a terminal. */
import { beforeEach, expect, test } from 'vitest'
import { sendHello } from '../../clients/hello/index.ts'
import { startTerminal, type Terminal } from '../helpers/terminal.ts'
import { requireTool } from './tools.ts'

const ESC = '\u001b'
const START = ['start', 'hello', '--hello-port', '0']

beforeEach(context => requireTool('script', context))

/** Sends a message to the hello server of the suite on the terminal. */
async function sendHelloTo(terminal: Terminal, text: string): Promise<void> {
  const [, port] = await terminal.until(/tcp:\/\/127\.0\.0\.1:(\d+)[\s\S]*Ctrl\+C stops/)
  await sendHello({ text, port: Number(port) })
  await terminal.until(/connection closed/)
}

test.each([80, 100])('prints the conversation in color and wraps it at %d columns', async columns => {
  const terminal = await startTerminal(START, { columns })
  await sendHelloTo(terminal, 'x'.repeat(200))
  expect(terminal.output).toContain(`${ESC}[37m`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removes colors
  const lines = terminal.output.replace(/\u001b\[\d+m/g, '').split(/\r?\n/)
  const message = lines.filter(line => line.includes('xxx'))
  expect(message[0]).toHaveLength(columns)
  expect(message.join('').match(/x/g)).toHaveLength(200)
})

test('prints no colors if NO_COLOR is set', async () => {
  const terminal = await startTerminal(START, { env: { NO_COLOR: '1' } })
  await sendHelloTo(terminal, 'Hello')
  expect(terminal.output).toContain('Hello from server')
  expect(terminal.output).not.toContain(ESC)
})

test('Ctrl+C stops the suite with exit code 0 and prints how to stop at once', async () => {
  const terminal = await startTerminal(START)
  await terminal.until(/Ctrl\+C stops/)
  terminal.type('\u0003')
  expect(await terminal.waitForExit()).toBe(0)
  expect(terminal.output).toContain('stopping; press again to stop at once')
})

test('tour --pause waits for a key', async () => {
  const terminal = await startTerminal(['tour', '--pause'])
  for (let step = 1; step < 5; step += 1) {
    await terminal.until(/\(press a key\)/, step)
    expect(terminal.output).not.toContain(`\n${step + 1}. `)
    terminal.type(' ')
  }
  expect(await terminal.waitForExit()).toBe(0)
  expect(terminal.output).toContain('All 5 steps worked.')
})

test('Ctrl+C at a pause ends the tour with exit code 130', async () => {
  const terminal = await startTerminal(['tour', '--pause'])
  await terminal.until(/\(press a key\)/)
  terminal.type('\u0003')
  expect(await terminal.waitForExit()).toBe(130)
})
