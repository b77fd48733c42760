/** curl, wget and Python against the HTTP server: a table of what they print, and downloads that need more steps. */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { send } from '../../clients/smtp/index.ts'
import { SAMPLE_FILES } from '../../shared/files/sample-files.ts'
import { type Suite, startSuite } from '../../shared/launcher/index.ts'
import { afterAllTests, emptyFolder } from '../helpers/cli.ts'
import { requireTool, runTool, type Tool, type ToolResult } from './tools.ts'

const LARGE = Buffer.alloc(8 * 1024 * 1024, 'The quick brown fox jumps over the lazy dog. ')
const INDEX_BYTES = Buffer.byteLength(SAMPLE_FILES['index.html'] ?? '')
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

let suite: Suite<'http' | 'smtp'>
const cleanup = afterAllTests()

beforeAll(async () => {
  suite = await startSuite({ services: ['http', 'smtp'] })
  cleanup(() => suite.close())
  await writeFile(path.join(suite.dataFolder, 'www/large.bin'), LARGE)
  await send({
    server: `127.0.0.1:${suite.smtp.port}`,
    from: 'ann@fourwire.test',
    to: 'bob@fourwire.test',
    subject: 'A letter',
    text: 'Hello Bob',
  })
})

const PYTHON_GET = `
import http.client, sys
c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=10)
for method, path in [('GET', '/files/hello.txt'), ('HEAD', '/files/hello.txt'), ('GET', '/nope'), ('POST', '/'), ('GET', '/files/hello.txt')]:
    c.request(method, path, body='x' * 1000 if method == 'POST' else None)
    r = c.getresponse()
    print(r.status, r.reason, r.getheader('Content-Length'), len(r.read()))
`

const PYTHON_CHUNKED = `
import http.client, sys
c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=10)
c.request('PUT', '/healthz', body=(b'x' * 1000 for _ in range(3)), encode_chunked=True, headers={'Transfer-Encoding': 'chunked'})
r = c.getresponse()
print(r.status, r.read().decode().splitlines()[0], r.getheader('Allow'))
`

interface Row {
  readonly title: string
  readonly tool: Tool
  /** `URL` is replaced by the URL of the suite without the last slash, `PORT` by its port, `FILE` and `LARGE` by two files. */
  readonly args: readonly string[]
  readonly prints: string | RegExp
  readonly code?: number
}

/** The arguments of curl that store a file twice, read it and delete it; prints the statuses. */
function changesOf(url: string): string[] {
  const then = ['--next', '-sS', '-u', 'alice:wonderland', '-w', '%{http_code}\\n']
  const rounds = [
    ['-T', 'FILE', url],
    [...then, '-T', 'FILE', url],
    [...then, url],
    [...then, '-X', 'DELETE', url],
  ]
  return ['-w', '%{http_code}\\n', ...rounds.flat()]
}

const curl = (title: string, args: readonly string[], prints: string | RegExp, code = 0): Row => ({
  title: `curl: ${title}`,
  tool: 'curl',
  args: ['-sS', ...args],
  prints,
  code,
})

const STATUS = ['-o', '/dev/null', '-w', '%{http_code} %{content_type} %{size_download}']

const ROWS: readonly Row[] = [
  curl('GET', ['URL/files/hello.txt'], 'Hello from Fourwire.\n'),
  curl('HEAD', ['-I', 'URL/files/hello.txt'], /^HTTP\/1\.1 200 OK\r\n.*Content-Length: 21\r\n.*\r\n\r\n$/s),
  curl('HTTP/1.0', ['--http1.0', '-i', 'URL/files/hello.txt'], /Connection: close\r\n\r\nHello from Fourwire\.\n$/),
  curl('the index page', [...STATUS, 'URL/'], `200 text/html; charset=utf-8 ${INDEX_BYTES}`),
  curl('a folder with its slash', ['URL/files/'], /hello\.txt<\/a>.*numbers\.txt<\/a>/s),
  curl('a folder without its slash, followed', ['-L', ...STATUS, 'URL/files'], /^200 text\/html; charset=utf-8 \d+$/),
  curl('a range', ['-r', '0-4', 'URL/files/hello.txt'], 'Hello'),
  curl('the last bytes', ['-r', '-10', 'URL/files/hello.txt'], 'Fourwire.\n'),
  curl('several ranges', ['-r', '0-1,5-6', 'URL/files/hello.txt'], /\r\n\r\nHe\r\n--.*\r\n\r\n f\r\n--/s),
  curl('a range outside the file', ['-r', '100-', '-i', 'URL/files/hello.txt'], /^HTTP\/1\.1 416 .*bytes \*\/21\r\n/s),
  curl('If-None-Match: *', ['-H', 'If-None-Match: *', ...STATUS, 'URL/files/hello.txt'], /^304 .* 0$/),
  curl('-z with a later date', ['-z', '1 Jan 2037', ...STATUS, 'URL/files/hello.txt'], /^304 .* 0$/),
  curl('-z with an earlier date', ['-z', '1 Jan 2001', ...STATUS, 'URL/files/hello.txt'], /^200 .* 21$/),
  curl('PUT of a small file', ['-T', 'FILE', 'URL/healthz'], '405 Method Not Allowed\nPUT is not possible here.\n'),
  curl('PUT of a large file', ['-T', 'LARGE', ...STATUS, 'URL/healthz'], /^405 /),
  curl(
    'PUT of a large file without Expect',
    ['-T', 'LARGE', '-H', 'Expect:', 'URL/healthz'],
    /^405 Method Not Allowed\n/,
  ),
  curl('PUT without an account', ['-T', 'LARGE', ...STATUS, 'URL/files/x'], /^401 /),
  curl(
    'PUT, GET and DELETE with an account',
    ['-u', 'alice:wonderland', ...changesOf('URL/files/x')],
    '201\n204\nHello from Fourwire.\n200\n204\n',
  ),
  curl(
    'PUT of a large file with an account',
    ['-u', 'alice:wonderland', '-T', 'LARGE', ...STATUS, 'URL/files/large'],
    /^201 /,
  ),
  curl('POST in chunks', ['-d', 'x=1', '-H', 'Transfer-Encoding: chunked', ...STATUS, 'URL/'], /^405 /),
  curl(
    'OPTIONS',
    ['-X', 'OPTIONS', '-i', 'URL/'],
    /^HTTP\/1\.1 204 No Content\r\nAllow: GET, HEAD, PUT, DELETE, OPTIONS\r\n/,
  ),
  curl('an unknown method', ['-X', 'BREW', ...STATUS, 'URL/'], /^501 /),
  curl('an unknown path, with --fail', ['-f', 'URL/nope'], '', 22),
  curl('a path out of the tree', ['--path-as-is', ...STATUS, 'URL/../../../../etc/passwd'], /^404 /),
  curl('a bad percent-encoding', [...STATUS, 'URL/%zz'], /^400 /),
  curl('a long target', [...STATUS, `URL/${'a'.repeat(9000)}`], /^414 /),
  curl('long fields', ['-H', `X-A: ${'a'.repeat(20_000)}`, ...STATUS, 'URL/'], /^431 /),
  curl('no Host', ['-H', 'Host:', ...STATUS, 'URL/'], /^400 /),
  curl('--compressed gets a small file as it is', ['--compressed', 'URL/files/hello.txt'], 'Hello from Fourwire.\n'),
  curl(
    '--compressed decodes a larger file',
    ['--compressed', '-i', 'URL/files/numbers.txt'],
    /^Content-Encoding: (?:br|gzip|zstd)\r$[\s\S]*\n999\n1000\n$/m,
  ),
  curl(
    'two requests on one connection',
    ['-w', '%{num_connects} ', ...['URL/healthz', 'URL/healthz'].flatMap(url => ['-o', '/dev/null', url])],
    '1 0 ',
  ),
  curl('mail', ['URL/mail'], /"subject": "A letter"/),
  curl('the health check', ['URL/healthz'], '{\n  "status": "ok"\n}\n'),
  curl('resuming a download', ['-C', '7', 'URL/files/hello.txt', '-o', '-'], /Fourwire\.\n$/),
  { title: 'wget: GET', tool: 'wget', args: ['-qO-', 'URL/files/hello.txt'], prints: 'Hello from Fourwire.\n' },
  { title: 'wget: a redirect', tool: 'wget', args: ['-qO-', 'URL/files'], prints: /numbers\.txt/ },
  { title: 'wget: an unknown path', tool: 'wget', args: ['-qO-', 'URL/nope'], prints: '', code: 8 },
  {
    title: 'Python: five requests on one connection',
    tool: 'python3',
    args: ['-c', PYTHON_GET, 'PORT'],
    prints: '200 OK 21 21\n200 OK 21 0\n404 Not Found 40 40\n405 Method Not Allowed 50 50\n200 OK 21 21\n',
  },
  {
    title: 'Python: a chunked body that no handler reads',
    tool: 'python3',
    args: ['-c', PYTHON_CHUNKED, 'PORT'],
    prints: '405 405 Method Not Allowed GET, HEAD, OPTIONS\n',
  },
]

function runRow({ tool, args }: Pick<Row, 'tool' | 'args'>, cwd?: string): Promise<ToolResult> {
  const base = suite.http.url.slice(0, -1)
  const www = (name: string) => path.join(suite.dataFolder, 'www', name)
  const values: Record<string, string> = {
    PORT: String(suite.http.port),
    FILE: www('files/hello.txt'),
    LARGE: www('large.bin'),
  }
  const full = args.map(arg => values[arg] ?? arg.replace(/^URL/, base))
  return runTool(tool, full, cwd === undefined ? {} : { cwd })
}

test.for(ROWS)('$title', async (row, context) => {
  requireTool(row.tool, context)
  const { code, stdout, stderr } = await runRow(row)
  expect({ code, stderr }).toEqual({ code: row.code ?? 0, stderr: row.code ? expect.any(String) : '' })
  if (typeof row.prints === 'string') expect(stdout).toBe(row.prints)
  else expect(stdout).toMatch(row.prints)
})

describe('downloads', () => {
  test('curl gets a large file, and the rest of an incomplete one', async context => {
    requireTool('curl', context)
    const cwd = await emptyFolder()
    await writeFile(path.join(cwd, 'part'), LARGE.subarray(0, 3_000_000))
    await runRow({ tool: 'curl', args: ['-sS', '-o', 'whole', 'URL/large.bin'] }, cwd)
    await runRow({ tool: 'curl', args: ['-sS', '-C', '-', '-o', 'part', 'URL/large.bin'] }, cwd)
    for (const name of ['whole', 'part']) expect(digest(await readFile(path.join(cwd, name)))).toBe(digest(LARGE))
  })

  test('curl does not download an unchanged file again, by entity tag', async context => {
    requireTool('curl', context)
    const cwd = await emptyFolder()
    const args = [
      '-sS',
      '--etag-save',
      'tag',
      '--etag-compare',
      'tag',
      '-o',
      'out',
      '-w',
      '%{http_code}',
      'URL/files/hello.txt',
    ]
    const first = await runRow({ tool: 'curl', args }, cwd)
    const second = await runRow({ tool: 'curl', args }, cwd)
    expect([first.stdout, second.stdout]).toEqual(['200', '304'])
  })

  test('wget mirrors the tree by its listings, and with -N does not download an unchanged file again', async context => {
    requireTool('wget', context)
    const cwd = await emptyFolder()
    const args = ['-q', '-nH', '-r', '-np', '-N', 'URL/files/']
    await runRow({ tool: 'wget', args }, cwd)
    expect(await readFile(path.join(cwd, 'files/hello.txt'), 'utf8')).toBe('Hello from Fourwire.\n')
    const again = await runRow({ tool: 'wget', args: ['-nH', '-x', '-N', 'URL/files/hello.txt'] }, cwd)
    expect(again.stderr).toContain('304 Not Modified')
  })
})
