#!/usr/bin/env node
/** The command `fourwire`. */
import { setFlagsFromString } from 'node:v8'
import { runCli } from './cli.ts'

// undici parses responses with WebAssembly. By default V8 optimizes its parser after the first response, and the process cannot
// exit before that has ended, 0.1 s or more later. With this budget it optimizes after some hundred responses.
setFlagsFromString('--wasm-tiering-budget=200000000')

const { stdin, stdout, stderr, env } = process
const [, script, ...args] = process.argv
const code = await runCli(args, { stdin, stdout, stderr, env, cwd: process.cwd(), script })
// The streams of an interrupted command can still be open.
stdout.write('', () => stderr.write('', () => process.exit(code)))
