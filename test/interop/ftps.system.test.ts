/** FTP clients of other projects over TLS. They verify the certificate with the authority of the suite. */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../shared/launcher/index.ts'
import { afterAllTests, emptyFolder } from '../helpers/cli.ts'
import { LOWEST_COST } from '../helpers/password-cost.ts'
import { expectSuccess, type Run, runIn, type Row as ToolRow } from './ftp-programs.ts'
import { FTP_TLS, FTP_TLS_SCRIPTS, REFUSED, SESSIONS, TRANSFERS } from './ftps-scripts.ts'
import { requireTool, type Tool } from './tools.ts'

type Mode = 'explicit' | 'implicit'

interface Setup {
  /** `127.0.0.1:PORT` of each mode. */
  readonly addresses: Readonly<Record<Mode, string>>
  /** The port of explicit TLS. */
  readonly port: string
  /** The certificate of the authority. */
  readonly ca: string
  /** A folder of this test alone, which the server serves as `/NAME`. */
  readonly name: string
  readonly served: string
  /** The working folder of the program, which is empty. */
  readonly cwd: string
  readonly run: Run
}

type Row = ToolRow<Setup>

const BINARY = randomBytes(3_000_000)
const LOGIN = ['-u', 'alice:wonderland']
const MODES = ['explicit', 'implicit'] as const

const cleanup = afterAllTests()
let normal: Suite<'ftp'>
/** Requires TLS, and data connections that resume the session of their control connection. */
let strict: Suite<'ftp'>

beforeAll(async () => {
  const options = { services: ['ftp'] as ['ftp'], tls: true, passwordCost: LOWEST_COST }
  normal = await startSuite(options)
  cleanup(() => normal.close())
  strict = await startSuite({ ...options, ftp: { tls: 'required', requireSessionReuse: true } })
  cleanup(() => strict.close())
})

function urlOf({ addresses, name }: Setup, mode: Mode): string {
  return mode === 'explicit' ? `ftp://${addresses.explicit}/${name}` : `ftps://${addresses.implicit}/${name}`
}

function curl({ run, ca }: Setup, ...args: string[]) {
  return run(['-sS', '--cacert', ca, '--ssl-reqd', ...args])
}

const curlRow = (title: string, check: Row['check']): Row => ({ title, tool: 'curl', check })

const CURL: readonly Row[] = MODES.flatMap(mode => [
  ...['1.2', '1.3'].map(version =>
    curlRow(`uploads, downloads and lists (${mode} TLS ${version})`, async setup => {
      const url = urlOf(setup, mode)
      const tls = [`--tlsv${version}`, '--tls-max', version]
      await writeFile(path.join(setup.cwd, 'up'), BINARY)
      await expectSuccess(curl(setup, ...tls, ...LOGIN, '-T', 'up', `${url}/up`))
      expect((await readFile(path.join(setup.served, 'up'))).equals(BINARY)).toBe(true)
      for (const login of [LOGIN, []]) {
        await expectSuccess(curl(setup, ...tls, ...login, '-o', 'down', `${url}/up`))
        expect((await readFile(path.join(setup.cwd, 'down'))).equals(BINARY)).toBe(true)
        expect(await expectSuccess(curl(setup, ...tls, ...login, '-l', `${url}/`))).toMatch(/^up\r?\n$/)
      }
      await writeFile(path.join(setup.served, 'small'), 'small')
      const twice = [`${url}/small`, `${url}/small`]
      expect(await expectSuccess(curl(setup, ...tls, ...LOGIN, ...twice))).toBe('smallsmall')
    }),
  ),
  curlRow(`resumes a download and an upload (${mode} TLS)`, async setup => {
    const url = urlOf(setup, mode)
    await writeFile(path.join(setup.served, 'x'), BINARY)
    await writeFile(path.join(setup.cwd, 'x'), BINARY.subarray(0, 1_000_001))
    await expectSuccess(curl(setup, '-C', '-', '-o', 'x', `${url}/x`))
    expect((await readFile(path.join(setup.cwd, 'x'))).equals(BINARY)).toBe(true)
    await writeFile(path.join(setup.served, 'x'), BINARY.subarray(0, 2_000_002))
    await expectSuccess(curl(setup, ...LOGIN, '-C', '-', '-T', 'x', `${url}/x`))
    expect((await readFile(path.join(setup.served, 'x'))).equals(BINARY)).toBe(true)
  }),
  curlRow(`downloads several files on one connection (${mode} TLS)`, async setup => {
    const names = ['a', 'b', 'c', 'd']
    for (const name of names) await writeFile(path.join(setup.served, name), name)
    const urls = names.map(name => `${urlOf(setup, mode)}/${name}`)
    expect(await expectSuccess(curl(setup, ...urls))).toBe('abcd')
  }),
  curlRow(`rejects an unknown authority (${mode} TLS)`, async setup => {
    expect((await setup.run(['-sS', '--ssl-reqd', `${urlOf(setup, mode)}/`])).code).toBe(60)
  }),
])

const lftpOpen = ({ addresses, ca }: Setup, mode: Mode) =>
  [
    `set ssl:ca-file ${ca}`,
    'set ftp:ssl-force yes',
    'set ftp:ssl-protect-data yes',
    'set net:max-retries 1',
    'set net:timeout 5',
    'set cmd:fail-exit yes',
    `open -u alice,wonderland ${mode === 'explicit' ? 'ftp' : 'ftps'}://${addresses[mode]}`,
  ].join('; ')

async function writeTree(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'sub/deep'), { recursive: true })
  for (let index = 0; index < 20; index++) {
    await writeFile(
      path.join(folder, index % 2 ? 'sub' : 'sub/deep', `file ${index}`),
      BINARY.subarray(0, index * 10_000),
    )
  }
}

async function expectSameTree(folder: string, other: string): Promise<void> {
  const names = async (root: string) => (await readdir(root, { recursive: true })).sort()
  expect(await names(folder)).toEqual(await names(other))
  for (let index = 0; index < 20; index++) {
    const name = path.join(index % 2 ? 'sub' : 'sub/deep', `file ${index}`)
    const [one, two] = await Promise.all([readFile(path.join(folder, name)), readFile(path.join(other, name))])
    expect(one.equals(two), name).toBe(true)
  }
}

const LFTP: readonly Row[] = [
  ...MODES.flatMap(mode =>
    [1, 4].map(
      (files): Row => ({
        title: `mirrors a tree to the client and to the server, files at once: ${files} (${mode} TLS)`,
        tool: 'lftp',
        check: async setup => {
          const { run, cwd, name, served } = setup
          const mirror = `${lftpOpen(setup, mode)}; mirror --parallel=${files}`
          await writeTree(path.join(served, 'tree'))
          await expectSuccess(run(['-c', `${mirror} ${name}/tree down; mirror -R --parallel=${files} down ${name}/up`]))
          await expectSameTree(path.join(cwd, 'down'), path.join(served, 'tree'))
          await expectSameTree(path.join(served, 'up'), path.join(cwd, 'down'))
        },
      }),
    ),
  ),
  {
    title: 'downloads one file in four parts at once (implicit TLS)',
    tool: 'lftp',
    check: async setup => {
      const { run, cwd, name, served } = setup
      await writeFile(path.join(served, 'x'), BINARY)
      await expectSuccess(run(['-c', `${lftpOpen(setup, 'implicit')}; pget -n 4 ${name}/x`]))
      expect((await readFile(path.join(cwd, 'x'))).equals(BINARY)).toBe(true)
    },
  },
]

const python = (title: string, script: string): Row => ({
  title,
  tool: 'python3',
  check: async ({ run, port, name, ca }) => {
    const args = [port, name, ca]
    expect(await expectSuccess(run(['-c', `${FTP_TLS}${script}\nprint(ftp.quit())`, ...args]))).toBe('221 Goodbye\n')
  },
})

const PYTHON = FTP_TLS_SCRIPTS.map(([title, script]) => python(title, script))

const WGET: readonly Row[] = [
  ...(['explicit', 'implicit'] as const).map(
    (mode): Row => ({
      title: `downloads a directory tree (${mode} TLS)`,
      tool: 'wget',
      check: async ({ run, cwd, ca, name, served, ...setup }) => {
        await writeFile(path.join(served, 'a'), BINARY)
        const flags = mode === 'implicit' ? ['--ftps-implicit'] : []
        const url = `ftps://${setup.addresses[mode]}/${name}/`
        await expectSuccess(run(['-q', '-r', '-nH', '--ca-certificate', ca, ...flags, url]))
        expect((await readFile(path.join(cwd, name, 'a'))).equals(BINARY)).toBe(true)
      },
    }),
  ),
]

let tests = 0

async function setUp({ dataFolder, endpoints, tls }: Suite<'ftp'>, tool: Tool): Promise<Setup> {
  const cwd = await emptyFolder()
  const name = `test-${++tests}`
  const served = path.join(dataFolder, 'www', name)
  await mkdir(served)
  const portOf = (transport: string) => String(endpoints.find(endpoint => endpoint.transport === transport)?.port)
  const addresses = { explicit: `127.0.0.1:${portOf('tcp')}`, implicit: `127.0.0.1:${portOf('tls')}` }
  return { addresses, port: portOf('tcp'), ca: tls?.caFile ?? '', name, served, cwd, run: runIn(cwd, tool) }
}

describe.for([
  ['curl', CURL],
  ['lftp', LFTP],
  ['Python', PYTHON],
  ['wget', WGET],
] as const)('%s', ([, rows]) => {
  test.for(rows.map(row => [row.title, row] as const))('%s', async ([, { tool, check }], context) => {
    requireTool(tool, context)
    await check(await setUp(normal, tool))
  })
})

describe('with --ftp-tls=required and --ftp-require-session-reuse', () => {
  const reusing = [...CURL.filter(({ title }) => !title.startsWith('rejects')), ...LFTP]
  test.for(reusing.map(row => [row.title, row] as const))('%s', async ([, { tool, check }], context) => {
    requireTool(tool, context)
    await check(await setUp(strict, tool))
  })

  test('curl: a login in clear is refused', async context => {
    requireTool('curl', context)
    const { run, addresses } = await setUp(strict, 'curl')
    expect((await run(['-sS', `ftp://${addresses.explicit}/files/hello.txt`])).code).toBe(67)
  })
})

test.for([
  ['without resuming sessions', 'normal', 'new', TRANSFERS],
  ['resuming sessions', 'normal', 'reuse', TRANSFERS],
  ['resuming sessions', 'strict', 'reuse', TRANSFERS],
  ['without resuming sessions, which is refused', 'strict', 'new', REFUSED],
] as const)('Python: FTP_TLS %s (%s server)', async ([, name, reuse, script], context) => {
  requireTool('python3', context)
  const { run, port, ca } = await setUp(name === 'normal' ? normal : strict, 'python3')
  for (const version of ['TLSv1_2', 'TLSv1_3']) {
    const args = ['-c', `${SESSIONS}${script}`, port, ca, version, reuse]
    expect(await expectSuccess(run(args))).toBe('221 Goodbye\n')
  }
})
