/** The command that `fourwire http --curl` prints: a shell runs it, and curl sends the same request as the client. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { startSuite } from '../../shared/launcher/index.ts'
import { afterAllTests, emptyFolder, runFourwire, runInProcess } from '../helpers/cli.ts'
import { requireTool, runShell } from './tools.ts'

const cleanup = afterAllTests()
let server = ''
let cwd = ''
let received: unknown[] = []

beforeAll(async () => {
  cwd = await emptyFolder(cleanup)
  await writeFile(path.join(cwd, "it's a file.txt"), 'line one\nline two\n')
  const http = createServer(async (request, response) => {
    const { method, url, headers, httpVersion } = request
    const { connection: _, 'content-type': type = '', ...others } = headers
    const [, boundary = ''] = /boundary=(\S+)/.exec(type) ?? []
    const body = (await text(request)).replaceAll(boundary || '\0', 'BOUNDARY')
    const { 'content-length': length = '', ...fields } = others
    const shown = boundary === '' ? { type, length } : { type: type.replace(boundary, 'BOUNDARY') }
    received.push({ method, url, httpVersion, fields, ...shown, body })
    response.end('ok')
  }).listen(0, '127.0.0.1')
  cleanup(async () => {
    http.close()
    http.closeAllConnections()
  })
  await once(http, 'listening')
  server = `127.0.0.1:${(http.address() as AddressInfo).port}`
})

beforeEach(context => {
  requireTool('curl', context)
  received = []
})

test.each([
  ['URL'],
  ['PUT', 'URL/a?b=c&d=e', '-d', 'it\'s $HOME `id` "quoted"\nand long'],
  ['URL', '-d', 'a=1', '-d', 'b=2'],
  ['URL', '-d', "@it's a file.txt"],
  ['URL', '--json', '{"a":"\\u00fc"}'],
  ['URL', '-j', '17', '-H', 'Accept: a/b'],
  ['URL', '-F', 'a=b c', '-F', "file=@it's a file.txt;type=a/b"],
  ['URL', '-u', "ann:p'w"],
  ['http://bob:x%40y@HOST/z'],
  ['URL', '-H', 'Host: other.test', '-H', 'Accept:', '-H', 'X-Empty;', '-H', 'X-A: 1', '-H', 'X-A: 2'],
  ['DELETE', 'URL/[1]{2}'],
  ['HEAD', 'URL'],
])('curl sends the same request: fourwire http %s %s %s %s', async (...args) => {
  const words = args.map(arg => arg.replace('URL', `http://${server}`).replace('HOST', server))
  const sent = await runInProcess(['http', ...words], { cwd })
  expect(sent.code).toBe(0)
  const { stdout: command } = await runInProcess(['http', ...words, '--curl'], { cwd })
  expect(await runShell(command.replace('curl ', 'curl -s '), cwd)).toMatchObject({ code: 0, stderr: '' })
  const [ours, curls] = received
  expect(received).toHaveLength(2)
  expect(curls).toEqual(ours)
})

test('curl reaches names of the suite', async () => {
  const suite = await startSuite({ services: ['dns', 'http'], data: await emptyFolder(cleanup) })
  cleanup(() => suite.close())
  for (const url of ['http://www.fourwire.test/files/hello.txt', '/files/hello.txt']) {
    const { stdout: command } = await runFourwire(['http', url, '--curl', '--data', suite.dataFolder], { cwd })
    expect(await runShell(command, cwd)).toMatchObject({ code: 0, stdout: 'Hello from Fourwire.\n' })
  }
})
