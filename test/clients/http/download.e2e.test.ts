import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { serve, serveBytes } from './servers.ts'

const CONTENT = randomBytes(600_000)

interface Served {
  content: Uint8Array
  etag: string | undefined
  /** Closes the connection after so many bytes of a body. */
  breaksAfter: number | undefined
  /** Replaces the response to a request for a range. */
  onRange: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
}

/** Starts a server of one file that supports ranges; `run` runs the client in an empty folder. */
async function setUp(given: Partial<Served> = {}) {
  const served: Served = { content: CONTENT, etag: '"1"', breaksAfter: undefined, onRange: undefined, ...given }
  const ranges: (string | undefined)[] = []
  const server = await serve((request, response) => {
    const { range } = request.headers
    ranges.push(range)
    if (range !== undefined && served.onRange) return served.onRange(request, response)
    const isCurrent = request.headers['if-range'] === served.etag
    const start = range !== undefined && isCurrent ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0
    const body = served.content.subarray(start)
    if (served.etag !== undefined) response.setHeader('ETag', served.etag)
    response.setHeader('Content-Length', body.length)
    if (range !== undefined && isCurrent) {
      response.statusCode = 206
      response.setHeader('Content-Range', `bytes ${start}-${served.content.length - 1}/${served.content.length}`)
    }
    if (served.breaksAfter === undefined) response.end(body)
    else response.write(body.subarray(0, served.breaksAfter), () => response.destroy())
  })
  const cwd = await emptyFolder()
  const run = (...args: string[]) => runInProcess(['http', `${server}/x.bin`, ...args], { cwd })
  const read = () => readFile(path.join(cwd, 'x.bin'))
  const files = async () => (await readdir(cwd)).sort()
  return { served, ranges, server, cwd, run, read, files }
}

const same = (bytes: Uint8Array, expected: Uint8Array) =>
  createHash('sha256').update(bytes).digest('hex') === createHash('sha256').update(expected).digest('hex')

/** Interrupts a download, and returns the number of bytes that are there. */
async function interrupt({ served, run, cwd }: Awaited<ReturnType<typeof setUp>>): Promise<number> {
  served.breaksAfter = 300_000
  expect(await run('-o', 'x.bin')).toMatchObject({ code: 1, stdout: '' })
  served.breaksAfter = undefined
  return (await stat(path.join(cwd, 'x.bin.fourwire-part'))).size
}

test('an interrupted download leaves the file as it was, and --continue requests the rest', async () => {
  const setup = await setUp()
  const { run, files, cwd, read, ranges } = setup
  await writeFile(path.join(cwd, 'x.bin'), 'old')
  const size = await interrupt(setup)
  expect(String(await read())).toBe('old')
  expect(await files()).toEqual(['x.bin', 'x.bin.fourwire-part', 'x.bin.fourwire-part.json'])
  expect(await run('-o', 'x.bin', '--continue')).toEqual({
    code: 0,
    stdout: '',
    stderr: `${CONTENT.length} bytes saved to x.bin\n`,
  })
  expect(ranges).toEqual([undefined, `bytes=${size - 1}-`])
  expect(same(await read(), CONTENT)).toBe(true)
  expect(await files()).toEqual(['x.bin'])
})

test('an interruption names the file with the first bytes, and how to continue', async () => {
  const { run } = await setUp({ breaksAfter: 300_000 })
  const { stderr } = await run('-o', 'x.bin')
  expect(stderr).toMatch(
    /^\d+ KiB are in x\.bin\.fourwire-part\. --continue downloads the rest\nfourwire: the server closed/,
  )
})

test.each([undefined, 'W/"1"'])(
  'without a strong validator (%s) an interrupted download leaves nothing',
  async etag => {
    const { run, files, served, read } = await setUp({ etag, breaksAfter: 300_000 })
    expect((await run('-o', 'x.bin')).code).toBe(1)
    expect(await files()).toEqual([])
    served.breaksAfter = undefined
    expect((await run('-o', 'x.bin', '--continue')).code).toBe(0)
    expect(same(await read(), CONTENT)).toBe(true)
  },
)

/** What a server can do to the second half of a download. */
const CHANGES: Readonly<Record<string, (served: Served) => void>> = {
  'has another file': served => {
    served.content = randomBytes(700_000)
    served.etag = '"2"'
  },
  'has a shorter file of the same ETag': served => {
    served.content = CONTENT.subarray(0, 400_000)
  },
  'has another file of the same ETag': served => {
    served.content = Buffer.from(CONTENT.map(byte => byte ^ 1))
  },
  'supports no ranges': served => {
    served.onRange = (_request, response) => response.setHeader('ETag', '"1"').end(served.content)
  },
  'refuses the range': served => {
    served.onRange = (_request, response) => response.writeHead(416).end()
  },
  'sends another range': served => {
    served.onRange = (_request, response) =>
      response
        .writeHead(206, { 'Content-Range': 'bytes 10-599999/600000', ETag: '"1"' })
        .end(served.content.subarray(10))
  },
  'sends a part without its range': served => {
    served.onRange = (_request, response) => response.writeHead(206).end(served.content.subarray(0, 100))
  },
  'sends the range of another ETag': served => {
    served.onRange = ({ headers: { range = '' } }, response) => {
      const start = Number(/\d+/.exec(range)?.[0])
      response.writeHead(206, { 'Content-Range': `bytes ${start}-599999/600000`, ETag: '"9"' })
      response.end(served.content.subarray(start))
    }
  },
}

test.each(Object.entries(CHANGES))('--continue never mixes two files: the server %s', async (_title, change) => {
  const setup = await setUp()
  await interrupt(setup)
  change(setup.served)
  expect(await setup.run('-o', 'x.bin', '--continue')).toMatchObject({ code: 0 })
  expect(same(await setup.read(), setup.served.content)).toBe(true)
  expect(await setup.files()).toEqual(['x.bin'])
})

test('--continue starts again for another URL, and after the file or its record was changed', async () => {
  const setup = await setUp()
  const part = path.join(setup.cwd, 'x.bin.fourwire-part')
  await interrupt(setup)
  await runInProcess(['http', `${setup.server}/x.bin?other`, '-o', 'x.bin', '--continue'], { cwd: setup.cwd })
  expect(setup.ranges.at(-1)).toBeUndefined()
  for (const damage of [
    () => writeFile(`${part}.json`, '{"requested":'),
    () => writeFile(`${part}.json`, '[]'),
    () => writeFile(part, ''),
    () => writeFile(part, Buffer.alloc(700_000)),
    () => writeFile(part, Buffer.alloc(300_000)),
  ]) {
    await interrupt(setup)
    await damage()
    expect(await setup.run('-o', 'x.bin', '--continue')).toMatchObject({ code: 0 })
    expect(same(await setup.read(), CONTENT)).toBe(true)
  }
})

test('--continue of a file that is complete but has no name yet requests one byte', async () => {
  const setup = await setUp()
  await interrupt(setup)
  await writeFile(path.join(setup.cwd, 'x.bin.fourwire-part'), CONTENT)
  expect((await setup.run('-o', 'x.bin', '--continue')).code).toBe(0)
  expect(setup.ranges.at(-1)).toBe(`bytes=${CONTENT.length - 1}-`)
  expect(same(await setup.read(), CONTENT)).toBe(true)
})

test('an error status during --continue keeps the first bytes', async () => {
  const setup = await setUp()
  await interrupt(setup)
  setup.served.onRange = (_request, response) => response.writeHead(503).end('later')
  expect(await setup.run('-o', 'x.bin', '--continue')).toMatchObject({ code: 1, stdout: 'later' })
  setup.served.onRange = undefined
  expect((await setup.run('-o', 'x.bin', '--continue')).code).toBe(0)
  expect(same(await setup.read(), CONTENT)).toBe(true)
})

test('a body that ends before its length leaves no file', async () => {
  const server = await serveBytes('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
  const cwd = await emptyFolder()
  expect((await runInProcess(['http', server, '-o', 'x'], { cwd })).code).toBe(1)
  expect(await readdir(cwd)).toEqual([])
})

test('-O takes the name from the URL', async () => {
  const { server, run, read, cwd } = await setUp()
  expect(await run('-O')).toMatchObject({ code: 0, stderr: `${CONTENT.length} bytes saved to x.bin\n` })
  expect(same(await read(), CONTENT)).toBe(true)
  const noName = await runInProcess(['http', `${server}/a/?b=/c`, '-O'], { cwd })
  expect(noName).toMatchObject({ code: 2, stderr: expect.stringContaining('has no file name. Give one with -o FILE') })
})

test.each([
  [['--continue'], '--continue needs the file to continue. Name it with -o FILE, or -O'],
  [['-O', '-o', 'y'], '--output and --remote-name name the same file. Give one'],
  [['-O', '--continue', '-d', 'x'], '--continue is for GET without a body'],
  [['-O', '--continue', '--compressed'], '--continue and --compressed exclude each other'],
  [['-O', '--continue', '-H', 'range: bytes=1-'], '--continue sets Range and If-Range itself'],
  [['-o', '.'], '--output .: cannot write: it is a folder'],
])('fourwire http URL %j is a usage error', async (args, message) => {
  const { run } = await setUp()
  expect(await run(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
})

test('a link stays a link, a device a device, and a file keeps its permissions', async () => {
  const { run, cwd, read, files } = await setUp()
  await mkdir(path.join(cwd, 'real'))
  await writeFile(path.join(cwd, 'real/y.bin'), 'old', { mode: 0o600 })
  await symlink('real/y.bin', path.join(cwd, 'x.bin'))
  expect((await run('-o', 'x.bin')).code).toBe(0)
  expect(same(await read(), CONTENT)).toBe(true)
  expect(await files()).toEqual(['real', 'x.bin'])
  const stats = await stat(path.join(cwd, 'real/y.bin'))
  expect([stats.size, stats.mode & 0o777]).toEqual([CONTENT.length, 0o600])
  expect((await run('-o', '/dev/null')).stderr).toBe(`${CONTENT.length} bytes saved to /dev/null\n`)
})
