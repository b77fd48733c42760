/**
 * A sixth protocol needs its record with its dissector, its two rooms, and one line in each of three lists. The tests copy the
 * sources, add a daytime protocol (RFC 867) from `test/fixtures/daytime`, check and compile the result, and use it.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { beforeAll, expect, test } from 'vitest'
import { afterAllTests, emptyFolder } from '../../helpers/cli.ts'
import { ROOT } from '../../helpers/pure.ts'

const exec = promisify(execFile)
const cleanup = afterAllTests()

/** The copy of the sources. */
let root = ''

/** Adds an import and a name to a list such as `export const servers = { hello, dns } as const`. */
async function addToList(file: string, source: string): Promise<void> {
  const text = await readFile(path.join(root, file), 'utf8')
  const added = text.replace(' } as const', ', daytime } as const')
  expect(added).not.toBe(text)
  await writeFile(path.join(root, file), `import { daytime } from '${source}'\n${added}`)
}

const NODE = process.execPath
const command = (...args: string[]) => [path.join(root, 'dist/shared/launcher/main.js'), ...args]

/** Runs `fourwire ARGS` of the copy, with the data folder of the running suite. */
async function runCopy(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return exec(NODE, command(...args), { cwd: root })
}

beforeAll(async () => {
  root = await emptyFolder(cleanup)
  for (const name of ['servers', 'clients', 'shared', 'package.json', 'tsconfig.json']) {
    await cp(path.join(ROOT, name), path.join(root, name), { recursive: true })
  }
  await symlink(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'))
  await cp(path.join(ROOT, 'test/fixtures/daytime'), root, { recursive: true })
  await addToList('shared/protocols/index.ts', './daytime.ts')
  await addToList('servers/index.ts', './daytime/index.ts')
  await addToList('clients/index.ts', './daytime/index.ts')
  await build({
    absWorkingDir: root,
    entryPoints: ['shared/launcher/main.ts'],
    outbase: '.',
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    packages: 'external',
    splitting: true,
    format: 'esm',
    platform: 'node',
  })
})

test('a sixth protocol compiles, with its options and its API typed', async () => {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
  expect(await exec(NODE, [compiler, '-p', root, '--checkers', '1'], { cwd: root })).toEqual({ stdout: '', stderr: '' })
}, 60_000)

test('a sixth protocol has a command, flags, environment variables and a schema, and a suite starts it', async () => {
  const child = spawn(NODE, command('start', 'daytime', 'dns', '--dns-port', '0', '--json', '--quiet'), {
    cwd: root,
    env: { ...process.env, FOURWIRE_DAYTIME_PORT: '0', FOURWIRE_DAYTIME_PROT: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  cleanup(async () => {
    child.kill()
    await once(child, 'exit')
  })
  const [ready] = await once(createInterface({ input: child.stdout }), 'line')
  const { endpoints } = JSON.parse(String(ready))
  expect(endpoints[0]).toMatchObject({ service: 'daytime', scheme: 'daytime', host: '127.0.0.1' })
  const { port } = endpoints[0]

  const [warning] = await once(createInterface({ input: child.stderr }), 'line')
  expect(JSON.parse(String(warning)).msg).toContain('Did you mean `FOURWIRE_DAYTIME_PORT`?')

  const byName = await runCopy(['daytime', 'time.fourwire.test', '--trace'])
  expect(byName.stdout).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\n$/)
  expect(byName.stderr).toContain('query SRV _daytime._tcp.time.fourwire.test')
  expect(byName.stderr).toMatch(/^daytime 127\.0\.0\.1:\d+ > 127\.0\.0\.1:\d+$/m)
  expect(byName.stderr).toMatch(/server greets +\+[\d.]+ ms/)
  expect(byName.stderr).toMatch(/client has it +\+[\d.]+ ms +< \w{3}, \d\d/)

  const srv = await runCopy(['dns', '_daytime._tcp.time.fourwire.test', 'SRV'])
  expect(srv.stdout).toMatch(new RegExp(`SRV\\s+0 0 ${port} time\\.fourwire\\.test\\.`))

  expect((await runCopy(['--help'])).stdout).toMatch(/^ {2}daytime /m)
  expect((await runCopy(['start', '--help'])).stdout).toMatch(
    /--daytime-port <N> +port to listen on .*\n? *\(default:\n? *1300\)/,
  )

  const schema = JSON.parse((await runCopy(['schema'])).stdout)
  expect(schema.properties.daytime.properties.port).toMatchObject({ default: 1300, maximum: 65_535 })
  expect(schema.properties.services.items.enum).toContain('daytime')
}, 120_000)
