import { rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createLog, type LogLevel } from '../../../../shared/launcher/index.ts'
import { emptyFolder, runInProcess } from '../../../helpers/cli.ts'
import { suiteFor } from '../../../helpers/suite.ts'

const write = (file: string, ...stubs: object[]) => writeFile(file, JSON.stringify({ stubs }))

/** Starts a suite with a file of stubs; `logged` resolves with the next line of its log. */
async function start(file: string, level: LogLevel = 'info') {
  const output = new PassThrough()
  const lines = createInterface({ input: output })[Symbol.asyncIterator]()
  const suite = await suiteFor({ services: ['http'], log: await createLog(level, output), http: { stubs: file } })
  const get = async (target: string) => {
    const response = await fetch(new URL(target, suite.http.url))
    return `${response.status} ${await response.text()}`
  }
  const logged = async (message: string): Promise<{ error?: string }> => {
    for (;;) {
      const line = JSON.parse((await lines.next()).value)
      if (line.msg === message) return line
    }
  }
  return { suite, get, logged }
}

test('a file of stubs is loaded at the start, and again after each change; if it is invalid, the old stubs stay', async () => {
  const file = path.join(await emptyFolder(), 'stubs.json')
  await write(file, { request: 'GET /a', response: [{ body: 'one' }, { body: 'two' }] })
  const { suite, get, logged } = await start(file)
  expect(await get('/a')).toBe('200 one')

  await write(file, { request: 'GET /a', response: 99 })
  const { error } = await logged('http: invalid stubs; the previous ones stay')
  expect(error).toBe(`${file}: line 1: stubs.0.response: must be a number from 200 to 599 (given: 99)`)
  expect(await get('/a')).toBe('200 two')

  await write(`${file}.new`, { request: 'GET /a', response: { body: 'three' } })
  await rename(`${file}.new`, file)
  await logged('http: stubs loaded')
  expect(await get('/a')).toBe('200 three')

  await writeFile(file, '{\n "stubs": [,')
  expect((await logged('http: invalid stubs; the previous ones stay')).error).toBe(
    `${file}: not valid JSON: line 2, column 12: a value is expected, not ","`,
  )
  await rm(file)
  expect((await logged('http: invalid stubs; the previous ones stay')).error).toContain('no such file or folder')
  expect(await get('/a')).toBe('200 three')
  expect(suite.http.requests('GET /a')).toHaveLength(4)
})

test('stubs of a program take precedence over those of the file, which stay after reset() and start again', async () => {
  const file = path.join(await emptyFolder(), 'stubs.json')
  const answers = [{ body: 'one' }, { body: 'two' }]
  await write(file, { request: '/a', response: 404 }, { request: 'GET /a', response: answers })
  const { suite, get } = await start(file)
  expect(() => suite.http.expectAllCalled()).toThrow('/a: never called')
  suite.http.stub('GET /a', { body: 'program' })
  expect(await get('/a')).toBe('200 program')
  suite.http.reset()
  const { origin, id } = JSON.parse((await get('/-/stubs')).slice('200 '.length))[0]
  expect(origin).toBe('file')
  const removed = await fetch(new URL(`/-/stubs/${id}`, suite.http.url), { method: 'DELETE' })
  expect(removed.status).toBe(409)
  expect(await get('/a')).toBe('200 one')
  await suite.reset()
  expect(await get('/a')).toBe('200 one')
})

test('a file that is missing or invalid ends the start with a message', async () => {
  const cwd = await emptyFolder()
  await write(path.join(cwd, 'wrong.json'), { request: 'GET a', response: 200 })
  const run = (file: string) => runInProcess(['start', 'http', '--http-port', '0', '--http-stubs', file], { cwd })
  expect(await run('none.json')).toMatchObject({
    code: 2,
    stderr: 'fourwire: cannot read the stubs none.json: no such file or folder\n',
  })
  expect(await run('wrong.json')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /^fourwire: wrong\.json: line 1: stub "GET a": the request must be a path that begins with \//,
    ),
  })
})
