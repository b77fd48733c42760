#!/usr/bin/env node
/** The command `fourwire`. */
import { setFlagsFromString } from 'node:v8'

/** Later versions can lack the flag, which V8 would report on standard error. */
const LAST_NODE_WITH_FLAG = 26
// undici parses responses with WebAssembly. By default V8 optimizes its parser after the first response, and the process cannot
// exit before that has ended, 0.1 s or more later. With this budget it optimizes after some hundred responses.
if (Number.parseInt(process.versions.node, 10) <= LAST_NODE_WITH_FLAG) {
  setFlagsFromString('--wasm-tiering-budget=200000000')
}

const [, script, ...args] = process.argv
/** Node creates each stream at its first use, which takes milliseconds; few commands use all three. */
const io = {
  get stdin() {
    return process.stdin
  },
  stdout: process.stdout,
  get stderr() {
    usesStderr = true
    return process.stderr
  },
  env: process.env,
  cwd: process.cwd(),
  script,
}
let usesStderr = false

async function run(): Promise<number> {
  if (args[0] === 'http') {
    const { runHttpQuickly } = await import('./quick-http.ts')
    const code = await runHttpQuickly(args.slice(1), io)
    if (code !== undefined) return code
  }
  const { runCli } = await import('./cli.ts')
  return runCli(args, io)
}

const code = await run()
// Exits after the last write. The streams of an interrupted command can still be open.
const exit = () => process.exit(code)
io.stdout.write('', () => (usesStderr ? io.stderr.write('', exit) : exit()))
