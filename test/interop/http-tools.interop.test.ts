/** curl, nghttp, h2load, ab, wrk and wget against the HTTP server: HTTP/2, uploads, pipelines and mirrors. */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { SAMPLE_FILES } from '../../shared/files/sample-files.ts'
import { type Suite, startSuite } from '../../shared/launcher/index.ts'
import { afterAllTests, emptyFolder } from '../helpers/cli.ts'
import { LOWEST_COST } from '../helpers/password-cost.ts'
import { requireTool, runTool, type Tool } from './tools.ts'

const NUMBERS = SAMPLE_FILES['files/numbers.txt'] ?? ''
const UPLOAD = Buffer.alloc(300_000, 'upload ')

let suite: Suite<'http'>
const cleanup = afterAllTests()
/** The working folder of the programs; it has a file `upload`. */
let cwd: string

beforeAll(async () => {
  suite = await startSuite({ services: ['http'], tls: true, passwordCost: LOWEST_COST })
  cleanup(() => suite.close())
  cwd = await emptyFolder(cleanup)
  await writeFile(path.join(cwd, 'upload'), UPLOAD)
})

interface Row {
  readonly tool: Tool
  readonly title: string
  /** `URL` and `HTTPS` are replaced by the URLs of the suite, `CA` by the authority's file. */
  readonly args: string
  readonly prints: RegExp
}

const row = (tool: Tool, title: string, args: string, prints: RegExp): Row => ({
  tool,
  title: `${tool}: ${title}`,
  args: tool === 'curl' ? `-sS ${args}` : args,
  prints,
})
const STATUS = '-w %{http_version}:%{http_code}\\n'
const ALICE = '-u alice:wonderland'
/** For one request: this version of curl cannot send a second one on the connection, to any server. */
const KNOWN = '--http2-prior-knowledge'
const SECURE = '--http2 --cacert CA'

const ROWS: readonly Row[] = [
  row(
    'curl',
    'HTTP/2 with prior knowledge: HEAD',
    `${KNOWN} -I URL/files/hello.txt`,
    /^HTTP\/2 200 \r\n.*content-length: 21\r\n/s,
  ),
  row(
    'curl',
    'HTTP/2: several ranges',
    `${KNOWN} -r 0-1,5-6 URL/files/hello.txt`,
    /\r\n\r\nHe\r\n--.*\r\n\r\n f\r\n--/s,
  ),
  row(
    'curl',
    'HTTP/2: --compressed',
    `${KNOWN} --compressed -i URL/files/numbers.txt`,
    /content-encoding: \w+\r\n.*\n1000\n$/s,
  ),
  row('curl', 'HTTP/2: resume', `${KNOWN} -C 7 URL/files/hello.txt -o -`, /^rom Fourwire\.\n$/),
  row('curl', 'HTTP/2: --upload-file', `${KNOWN} ${ALICE} -T upload ${STATUS} URL/files/h2`, /^2:201\n$/),
  row('curl', 'HTTP/2: reads what it uploaded', `${KNOWN} -o /dev/null -w %{size_download} URL/files/h2`, /^300000$/),
  row('curl', 'HTTP/2: cookies', `${SECURE} -L -b jar -c jar HTTPS/test/cookies/set?color=blue`, /"color": "blue"/),
  row(
    'curl',
    'HTTP/2: --digest',
    `${SECURE} --digest -u ann:secret HTTPS/test/digest-auth/auth/ann/secret`,
    /"authenticated": true/,
  ),
  row('curl', 'HTTP/2 is not offered by Upgrade', `--http2 -o /dev/null ${STATUS} URL/files/hello.txt`, /^1\.1:200\n$/),
  row(
    'curl',
    'many requests at once over one connection',
    `${SECURE} --no-progress-meter -Z -w %{http_code}:%{num_connects}\\n -o /dev/null HTTPS/files/numbers.txt?[1-30]`,
    /^(?:200:0\n)*200:1\n(?:200:0\n)*$/,
  ),
  row(
    'curl',
    'uploads in HTTP/1.1 chunks, after 100 Continue',
    `${ALICE} -T upload -H Transfer-Encoding:chunked -H Expect:100-continue ${STATUS} URL/files/chunked`,
    /^1\.1:201\n$/,
  ),
  row('curl', 'cannot resume an upload', `${ALICE} -T upload -C 1000 URL/files/chunked`, /^400 .*\n.*Content-Range/),
  row(
    'curl',
    'a session in a cookie jar',
    `-c session -o /dev/null -d user=alice&password=wonderland URL/api/sign-in --next -sS -b session URL/api/session`,
    /"name": "alice"/,
  ),
  row('nghttp', 'trailers', '-v URL/test/trailers?X-Sum=abc', /recv \(stream_id=\d+\) x-sum: abc\n.*END_STREAM/s),
  row(
    'nghttp',
    'several requests, with padding',
    '-b 50 -s URL/files/hello.txt URL/files/numbers.txt',
    / 200 +21 \/files\/hello\.txt\n.* 200 +\S+ \/files\/numbers\.txt\n/s,
  ),
  row(
    'nghttp',
    'an upload in frames of any size',
    '-d upload -H:method:POST --no-content-length URL/test/upload',
    /"bytes_received": 300000/,
  ),
  row(
    'h2load',
    'HTTP/2',
    '-n 500 -c 4 -m 20 URL/files/numbers.txt',
    /500 succeeded, 0 failed, 0 errored, 0 timeout\nstatus codes: 500 2xx/,
  ),
  row(
    'h2load',
    'HTTP/2 over TLS',
    '-n 200 -c 2 -m 20 HTTPS/files/',
    /200 succeeded, 0 failed, 0 errored, 0 timeout\nstatus codes: 200 2xx/,
  ),
  row(
    'h2load',
    'pipelines of HTTP/1.1',
    '--h1 -n 500 -c 4 -m 8 URL/files/numbers.txt',
    /500 succeeded, 0 failed, 0 errored, 0 timeout\nstatus codes: 500 2xx/,
  ),
  row(
    'ab',
    'HTTP/1.0 that keeps connections open',
    '-q -k -n 300 -c 4 URL/files/hello.txt',
    /Complete requests: +300\nFailed requests: +0\nKeep-Alive requests: +300\n/,
  ),
  row('ab', 'HTTP/1.0', '-q -n 100 -c 4 URL/healthz', /Complete requests: +100\nFailed requests: +0\nTotal/),
  row(
    'ab',
    'PUT over TLS',
    '-q -n 5 -u upload -A alice:wonderland -T text/plain HTTPS/files/ab',
    /Complete requests: +5\nFailed requests: +0\n(?!Non-2xx)/,
  ),
  row('wget', 'continues a download', '-q -O- --start-pos=7 URL/files/hello.txt', /^rom Fourwire\.\n$/),
  row(
    'wget',
    'waits for the challenge before it sends a password',
    '-q -O- --user=ann --password=secret URL/test/digest-auth/auth/ann/secret',
    /"authenticated": true/,
  ),
]

const run = (tool: Tool, args: string) => {
  const base = suite.http.url.slice(0, -1)
  const [, secure] = suite.http.endpoints
  const full = args
    .replaceAll('URL/', `${base}/`)
    .replaceAll('HTTPS/', secure?.url ?? '')
    .replace('CA ', `${path.join(suite.dataFolder, 'tls/ca.pem')} `)
  return runTool(tool, full.split(' '), { cwd })
}

test.for(ROWS)('$title', async ({ tool, args, prints }, context) => {
  requireTool(tool, context)
  const { code, stdout, stderr } = await run(tool, args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(prints)
})

test('wrk: pipelines do not wait for acknowledgements', async context => {
  requireTool('wrk', context)
  const script = `
init = function() for i = 1, 16 do requests = (requests or '') .. wrk.format('GET', '/files/hello.txt') end end
request = function() return requests end
done = function(summary)
  local e = summary.errors
  print('errors', e.connect + e.read + e.write + e.status + e.timeout, 'requests', summary.requests)
end`
  await writeFile(path.join(cwd, 'pipeline.lua'), script)
  const { stdout } = await run('wrk', '-d 1 -c 2 -t 1 -s pipeline.lua URL/')
  const [, errors, requests] = /errors\t(\d+)\trequests\t(\d+)/.exec(stdout) ?? []
  expect(Number(errors)).toBe(0)
  // With the algorithm of Nagle, 25 pipelines of each connection are possible in a second.
  expect(Number(requests)).toBeGreaterThan(2 * 25 * 16 * 2)
})

describe('wget', () => {
  const mirror = async () => {
    const { stderr } = await run('wget', '-m -nH URL/files/')
    return readFile(path.join(cwd, 'files/numbers.txt'), 'utf8').then(text => ({ text, log: stderr }))
  }

  test('mirrors a tree, then only what has changed', async context => {
    requireTool('wget', context)
    const www = (name: string) => path.join(suite.dataFolder, 'www/files', name)
    expect((await mirror()).text).toBe(NUMBERS)
    await writeFile(www('new.txt'), 'new')
    const { log } = await mirror()
    expect(log).toMatch(/files\/numbers\.txt[\s\S]*?304 Not Modified/)
    expect(await readFile(path.join(cwd, 'files/new.txt'), 'utf8')).toBe('new')
  })

  test('continues a download that was interrupted', async context => {
    requireTool('wget', context)
    await writeFile(path.join(cwd, 'numbers.txt'), NUMBERS.slice(0, 1000))
    const { stderr } = await run('wget', '-c URL/files/numbers.txt')
    expect(stderr).toContain('206 Partial Content')
    expect(await readFile(path.join(cwd, 'numbers.txt'), 'utf8')).toBe(NUMBERS)
  })
})
