/**
 * Runs the examples of every README. Each `$ ` line of a `console` block runs in a shell beside a running suite, and must
 * print the lines that follow it (`...` matches any text). Free ports replace the default ports of the text. Commands of a
 * `console fails` block must exit with a code other than 0.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, test } from 'vitest'
import { afterAllTests, type Cleanup, emptyFolder, FOURWIRE, startFourwire } from './helpers/cli.ts'
import { requireTool, TOOLS, type Tool } from './interop/tools.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DEFAULT_PORTS: Record<string, number> = { hello: 5000, http: 8080, ftp: 2121, smtp: 2525, dns: 5300 }
const DEFAULT_TLS_PORTS: Record<string, number> = { http: 8443, ftp: 9990, smtp: 4650, dns: 8530 }

const READMES = [
  'README.md',
  ...['servers', 'clients'].flatMap(folder =>
    readdirSync(path.join(ROOT, folder), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => `${folder}/${entry.name}/README.md`),
  ),
]

/** The programs of all READMEs. */
const PROGRAMS = READMES.flatMap(readme => {
  const programs = programsOf(readFileSync(path.join(ROOT, readme), 'utf8'))
  return programs.map((program, index) => ({ name: `${readme} (${index + 1})`, program }))
})

interface Example {
  readonly command: string
  readonly output: string
  readonly fails: boolean
}

function examplesOf(markdown: string): Example[] {
  return [...markdown.matchAll(/^```console( fails)?\n([\s\S]*?)^```$/gm)].flatMap(([, fails, block = '']) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map(text => {
        const lines = text.split('\n')
        const continued = lines.slice(1).findIndex(line => !line.startsWith('> '))
        const command = lines.slice(0, continued + 1).map((line, index) => (index === 0 ? line : line.slice(2)))
        return {
          command: command.join('\n'),
          output: lines
            .slice(continued + 1)
            .join('\n')
            .trim(),
          fails: fails !== undefined,
        }
      }),
  )
}

/** Returns the `js` blocks, each a program that a reader would save in a file beside the installed package. */
function programsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
}

/** Starts a suite in an empty folder; `run` runs a command there with `fourwire` on the PATH and the ports replaced. */
async function startSuiteForExamples(cleanup: Cleanup) {
  const cwd = await emptyFolder(cleanup)
  const free = Object.keys(DEFAULT_PORTS).flatMap(name => [`--${name}-port`, '0'])
  const freeTls = Object.keys(DEFAULT_TLS_PORTS).flatMap(name => [`--${name}-tls-port`, '0'])
  const { endpoints } = await startFourwire([...free, ...freeTls, '--tls', '--quiet'], { cwd, cleanup })
  const portsOf = (defaults: Record<string, number>, overTls: boolean) =>
    Object.entries(defaults).map(([name, port]) => {
      const real = endpoints.find(
        ({ service, transport }) => service === name && (transport === 'tls') === overTls,
      )?.port
      return { text: String(port), real: String(real) }
    })
  const ports = [...portsOf(DEFAULT_PORTS, false), ...portsOf(DEFAULT_TLS_PORTS, true)]
  await mkdir(path.join(cwd, 'node_modules'))
  await symlink(ROOT, path.join(cwd, 'node_modules/fourwire'))
  const bin = path.join(cwd, 'bin')
  await mkdir(bin)
  await writeFile(path.join(bin, 'fourwire'), `#!/bin/sh\nexec ${FOURWIRE.map(part => `'${part}'`).join(' ')} "$@"\n`)
  await chmod(path.join(bin, 'fourwire'), 0o755)
  const swap = (text: string, from: 'text' | 'real', to: 'text' | 'real') =>
    ports.reduce((done, port) => done.replace(new RegExp(`\\b${port[from]}\\b`, 'g'), port[to]), text)
  return {
    cwd,
    toReal: (text: string) => swap(text, 'text', 'real'),
    run: async (command: string) => {
      const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, LC_ALL: 'C', NO_COLOR: '1' }
      const child = spawn('bash', ['-c', `{ ${swap(command, 'text', 'real')}\n} 2>&1`], {
        cwd,
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const parts: Buffer[] = []
      child.stdout.on('data', part => parts.push(part))
      const [code] = await once(child, 'close')
      return {
        code,
        output: swap(Buffer.concat(parts).toString('utf8').replaceAll('\r\n', '\n'), 'real', 'text').trim(),
      }
    },
  }
}

/** Returns a pattern for expected output; `...` matches any text, across lines too. */
function pattern(output: string): RegExp {
  const parts = output.split('...').map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/ +/g, ' +'))
  return new RegExp(`^${parts.join('[\\s\\S]*?')}$`)
}

describe.concurrent('an example', () => {
  test.for(READMES)('of %s prints what the page shows', { timeout: 60_000 }, async (readme, context) => {
    const { expect, onTestFinished } = context
    const examples = examplesOf(readFileSync(path.join(ROOT, readme), 'utf8'))
    expect(examples.length).toBeGreaterThan(0)
    for (const tool of Object.keys(TOOLS) as Tool[]) {
      if (examples.some(({ command }) => new RegExp(`\\b${tool}\\b`).test(command))) requireTool(tool, context)
    }
    const { run } = await startSuiteForExamples(onTestFinished)
    for (const { command, output, fails } of examples) {
      const result = await run(command)
      expect(result.output, `output of: ${command}`).toMatch(pattern(output))
      expect(result.code === 0, `exit code ${result.code} of: ${command}\n${result.output}`).toBe(!fails)
    }
  })
})

/** The programs share a suite: none of them changes its files, mail or records. */
describe.concurrent('a program', () => {
  const cleanup = afterAllTests()
  let shared: Awaited<ReturnType<typeof startSuiteForExamples>>
  beforeAll(async () => {
    shared = await startSuiteForExamples(cleanup)
  })

  test.for(PROGRAMS)('of $name runs to its end', { timeout: 60_000 }, async ({ program }, { expect }) => {
    const file = `${randomUUID()}.mjs`
    await writeFile(path.join(shared.cwd, file), shared.toReal(program))
    const { code, output } = await shared.run(`node ${file}`)
    expect(code, output).toBe(0)
  })
})
