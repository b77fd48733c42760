/** The published package: its files, the modules that commands load, and its JSON schema. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { stubsJsonSchema } from '../servers/http/stubs/schemas.ts'
import { configJsonSchema } from '../shared/launcher/settings/settings.ts'
import { afterAllTests, emptyFolder, FOURWIRE } from './helpers/cli.ts'
import { ROOT } from './helpers/pure.ts'

test('the package has only the files that users need', () => {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  const files: string[] = JSON.parse(stdout)[0].files.map(({ path }: { path: string }) => path)
  const allowed =
    /^(dist\/(servers|clients|shared|chunks)\/.*\.(js|d\.ts)|dist\/(fourwire|http-stubs)\.schema\.json|dist\/LICENSES\.txt|(servers|clients)\/\w+\/README\.md|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/
  expect(files.filter(file => !allowed.test(file))).toEqual([])
  expect(files).toEqual(
    expect.arrayContaining(['dist/shared/launcher/main.js', 'dist/shared/launcher/index.d.ts', 'LICENSE']),
  )
})

const cleanup = afterAllTests()
let modules = ''
beforeAll(async () => {
  modules = await installPackage()
}, 120_000)

/** Packs the package and installs it in a folder, as a user does. Returns the folder `node_modules`. */
async function installPackage(): Promise<string> {
  const cwd = await emptyFolder(cleanup)
  const npm = (...args: string[]) =>
    execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  npm('pack', ROOT, '--ignore-scripts', '--silent')
  const [tarball = ''] = (await readdir(cwd)).filter(name => name.endsWith('.tgz'))
  await writeFile(path.join(cwd, 'package.json'), '{ "private": true }')
  npm('install', `./${tarball}`, '--no-audit', '--no-fund', '--prefer-offline', '--silent')
  return path.join(cwd, 'node_modules')
}

/** Returns the names of the installed packages, nested ones included. */
function installedPackages(folder: string): string[] {
  const manifests = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return manifests.flatMap(name => /(?:^|node_modules\/)((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(name)?.[1] ?? [])
}

function megabytesOf(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return entries.reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0) / 2 ** 20
}

test('an install of the package brings no package of the tree of ftp-srv', () => {
  const installed = installedPackages(modules)
  process.stdout.write(`npm install fourwire: ${installed.length} packages, ${megabytesOf(modules).toFixed(1)} MiB\n`)
  expect(installed).toContain('fourwire')
  const ftpSrv: { dependencies: object } = JSON.parse(readFileSync(`${ROOT}/node_modules/ftp-srv/package.json`, 'utf8'))
  const tree = ['ftp-srv', ...Object.keys(ftpSrv.dependencies), 'dtrace-provider']
  expect(tree).toEqual(expect.arrayContaining(['bunyan', 'ip', 'lodash', 'moment', 'uuid', 'yargs']))
  expect(installed.filter(name => tree.includes(name))).toEqual([])
})

/** Imports of all that the package exports. */
const EXPORTED = [
  'fourwire',
  ...['servers', 'clients'].flatMap(folder =>
    readdirSync(path.join(ROOT, folder), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(({ name }) => `fourwire/${folder}/${name}`),
  ),
]
const ESM_USER = `
${EXPORTED.map((name, index) => `export * as part${index} from '${name}'`).join('\n')}
import { startSuite } from 'fourwire'
const suite = await startSuite({ services: ['http'] })
suite.http.stub('GET /orders/:id', ({ params }) => ({ json: { id: params.id satisfies string } }))
console.log((await fetch(new URL('/orders/7', suite.http.url))).status)
await suite.close()
`
const COMMONJS_USER = `
import fourwire = require('fourwire')
void fourwire.startSuite({ services: ['http'] }).then(async suite => {
  suite.http.stub('GET /orders', 503)
  console.log((await fetch(new URL('/orders', suite.http.url))).status)
  await suite.close()
})
`

test('programs compile against the declarations without skipLibCheck, and run, as ES modules and as CommonJS', async () => {
  const folder = path.dirname(modules)
  await writeFile(path.join(folder, 'user.mts'), ESM_USER)
  await writeFile(path.join(folder, 'user.cts'), COMMONJS_USER)
  const compilerOptions = {
    ...{ strict: true, skipLibCheck: false, target: 'es2023', module: 'nodenext' },
    ...{ types: ['node'], typeRoots: [`${ROOT}/node_modules/@types`] },
  }
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  expect(run(`${ROOT}/node_modules/typescript/bin/tsc`).stdout).toBe('')
  expect(run('user.mjs')).toMatchObject({ stdout: '200\n', stderr: '' })
  expect(run('user.cjs').stdout).toBe('503\n')
})

test('the package has the license of ftp-srv, which it contains', () => {
  const licenses = readFileSync(`${ROOT}/dist/LICENSES.txt`, 'utf8')
  expect(licenses).toContain(readFileSync(`${ROOT}/node_modules/ftp-srv/LICENSE`, 'utf8'))
})

test('the JSON schema in the package matches the options', () => {
  expect(JSON.parse(readFileSync(`${ROOT}/dist/fourwire.schema.json`, 'utf8'))).toEqual(configJsonSchema())
})

test('the JSON schema of stubs in the package matches their schema', () => {
  expect(JSON.parse(readFileSync(`${ROOT}/dist/http-stubs.schema.json`, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(stubsJsonSchema())),
  )
})

/** Hooks that print the URL of every module that is loaded. */
const HOOKS = `
import { register } from 'node:module'
const hooks = 'export async function load(url, context, next) { process._rawDebug("loaded " + url); return next(url, context) }'
register('data:text/javascript,' + encodeURIComponent(hooks))
`

/** A library is a package, or a part of a chunk; there esbuild's comments name the file of each part. */
const LIBRARY = /node_modules\/([^/\n]+)/

/** Returns the libraries that a command loads. */
async function librariesLoadedBy(args: readonly string[]): Promise<Set<string>> {
  const cwd = await emptyFolder()
  const hooks = path.join(cwd, 'hooks.mjs')
  await writeFile(hooks, HOOKS)
  const [node, ...main] = FOURWIRE
  const { stderr } = spawnSync(node, ['--import', hooks, ...main, ...args], { cwd, encoding: 'utf8', timeout: 10_000 })
  const urls = Array.from(stderr.matchAll(/^loaded (\S+)/gm), ([, url = '']) => url)
  return new Set(urls.flatMap(librariesIn))
}

function librariesIn(url: string): string[] {
  const library = LIBRARY.exec(url)?.[1]
  if (library !== undefined) return [library]
  if (!url.startsWith('file:')) return []
  return Array.from(
    readFileSync(new URL(url), 'utf8').matchAll(/^\s*(?:\/\/ required:|(?:\/\/ |")node_modules\/)([^/\n"]+)/gm),
    ([, name = '']) => name,
  )
}

const HEAVY = [
  'ftp-srv',
  'smtp-server',
  'dns-packet',
  'undici',
  'basic-ftp',
  'nodemailer',
  'mailparser',
  'pino',
  'pino-pretty',
]
const heavyLibraries = (loaded: Set<string>) => HEAVY.filter(name => loaded.has(name))

test.each([
  [['--help'], []],
  [['start', '--help'], []],
  [['http', 'http://127.0.0.1:1/', '--repeat', '1'], ['undici']],
  [['dns', 'x.test', '--server', '127.0.0.1:1'], ['dns-packet']],
  [['ftp', 'ls', 'ftp://127.0.0.1:1/'], ['basic-ftp']],
])('%j loads only the heavy libraries that it uses', async (args, expected) => {
  const loaded = await librariesLoadedBy(args)
  expect(loaded).toContain('commander')
  expect(heavyLibraries(loaded)).toEqual(expected)
})

test('a request over HTTP loads nothing but the client of undici, which is faster than to load the command line', async () => {
  const loaded = await librariesLoadedBy(['http', 'http://127.0.0.1:1/'])
  expect([...loaded]).toEqual(['undici'])
})

/** A program that starts a suite and prints how many files of the certificate library it has loaded. */
const COUNT_X509 = (options: object) => `
import { createRequire } from 'node:module'
import { startSuite } from ${JSON.stringify(path.join(ROOT, 'dist/shared/launcher/index.js'))}
const suite = await startSuite(${JSON.stringify(options)})
await suite.close()
console.log(Object.keys(createRequire(import.meta.url).cache).filter(file => file.includes('@peculiar/x509')).length)
`

test.each([
  [{ services: ['hello'] }, '0\n'],
  [{ services: ['hello'], tls: true }, '1\n'],
])('a suite with %j loads the certificate library only for TLS', (options, expected) => {
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', COUNT_X509(options)], {
    encoding: 'utf8',
  })
  expect(stdout).toBe(expected)
})
