/** The real programs that the interoperability tests run, and the Debian package of each. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import type { TestContext } from 'vitest'

/** Program -> Debian package. `npm run tools` installs all of them. */
export const TOOLS = {
  ab: 'apache2-utils',
  aiosmtpd: 'python3-aiosmtpd',
  cc: 'gcc',
  chromium: 'chromium',
  curl: 'curl',
  delv: 'bind9-dnsutils',
  dig: 'bind9-dnsutils',
  dnsmasq: 'dnsmasq-base',
  dnsperf: 'dnsperf',
  drill: 'ldnsutils',
  fincore: 'util-linux-extra',
  h2load: 'nghttp2-client',
  haproxy: 'haproxy',
  host: 'bind9-host',
  initdb: 'postgresql',
  kdig: 'knot-dnsutils',
  knotd: 'knot',
  lftp: 'lftp',
  msmtp: 'msmtp',
  mutt: 'mutt',
  nginx: 'nginx-light',
  'named-checkzone': 'bind9-utils',
  nghttp: 'nghttp2-client',
  nsd: 'nsd',
  nslookup: 'bind9-dnsutils',
  nsupdate: 'bind9-dnsutils',
  openssl: 'openssl',
  postgres: 'postgresql',
  prlimit: 'util-linux',
  python3: 'python3',
  script: 'bsdutils',
  'smtp-sink': 'postfix',
  'smtp-source': 'postfix',
  swaks: 'swaks',
  tnftp: 'tnftp',
  vsftpd: 'vsftpd',
  wget: 'wget',
  wrk: 'wrk',
} as const

/** Debian packages that a program of the list needs for some tests, and a command that succeeds if each is installed. */
export const LIBRARIES: Readonly<
  Record<
    'libc6-dev' | 'libnet-ssleay-perl' | 'python3-openssl' | 'python3-pyftpdlib' | 'python3-websockets',
    readonly [string, ...string[]]
  >
> = {
  // The headers of C, for the load of bench:ftp.
  'libc6-dev': ['test', '-e', '/usr/include/stdio.h'],
  // TLS of swaks.
  'libnet-ssleay-perl': ['perl', '-MNet::SSLeay', '-e', '1'],
  // A server of bench:ftp.
  'python3-pyftpdlib': ['/usr/bin/python3', '-c', 'import pyftpdlib'],
  // TLS of pyftpdlib.
  'python3-openssl': ['/usr/bin/python3', '-c', 'import OpenSSL'],
  // The Python of Debian, which is not always the first on the PATH.
  'python3-websockets': ['/usr/bin/python3', '-c', 'import websockets'],
}

export type Tool = keyof typeof TOOLS

export interface ToolResult {
  /** The exit code; null if a signal ended the program. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Kills a program that hangs, so that the test fails with the program's output instead of a plain timeout. */
const MAX_RUN_MS = 20_000

/** Debian installs each version of PostgreSQL in a folder of its own, outside the PATH. */
const POSTGRES_VERSIONS = '/usr/lib/postgresql'

/** True if the program is installed. */
export function isInstalled(tool: Tool): boolean {
  return findTool(tool) !== undefined
}

/** Returns the file of a program: on the PATH, or where Debian installs what it leaves out of the PATH. */
export function findTool(tool: Tool): string | undefined {
  const folders = [...postgresFolders(), ...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin']
  return folders.map(folder => path.join(folder, tool)).find(isProgram)
}

/** The newest version is first. */
function postgresFolders(): string[] {
  if (!existsSync(POSTGRES_VERSIONS)) return []
  const versions = readdirSync(POSTGRES_VERSIONS).sort((a, b) => Number(b) - Number(a))
  return versions.map(version => path.join(POSTGRES_VERSIONS, version, 'bin'))
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Skips the test if the program is missing and names the package to install; with CI=true it fails instead. */
export function requireTool(tool: Tool, context: TestContext): void {
  if (!isInstalled(tool)) skipWithout(tool, TOOLS[tool], context)
}

/** As `requireTool`, for a library. */
export function requireLibrary(name: keyof typeof LIBRARIES, context: TestContext): void {
  const [command, ...args] = LIBRARIES[name]
  if (spawnSync(command, args).status !== 0) skipWithout(name, name, context)
}

function skipWithout(name: string, debianPackage: string, context: TestContext): void {
  const message = `${name} is not installed: npm run tools (Debian package ${debianPackage})`
  if (process.env.CI === 'true') throw new Error(message)
  context.skip(message)
}

/** Runs a program to its end and returns its output. `input` goes to its standard input. */
export async function runTool(tool: Tool, args: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
  return runProgram(tool, args, options)
}

/** Runs a command line with a POSIX shell. */
export async function runShell(command: string, cwd: string): Promise<ToolResult> {
  return runProgram('sh', ['-c', command], { cwd })
}

interface ToolOptions {
  readonly input?: string | Uint8Array
  readonly cwd?: string
  readonly env?: Record<string, string>
}

async function runProgram(program: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, LC_ALL: 'C', ...options.env },
    timeout: MAX_RUN_MS,
    killSignal: 'SIGKILL',
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', bytes => out.push(bytes))
  child.stderr.on('data', bytes => err.push(bytes))
  child.stdin.on('error', error => err.push(Buffer.from(`(its input: ${error.message})`)))
  child.stdin.end(options.input)
  const [code] = await once(child, 'close')
  return { code, stdout: Buffer.concat(out).toString('utf8'), stderr: Buffer.concat(err).toString('utf8') }
}
