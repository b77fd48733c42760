#!/usr/bin/env node
/** The command `fourwire`. */
import { runCli } from './cli.ts'

const { stdin, stdout, stderr, env } = process
const [, script, ...args] = process.argv
process.exitCode = await runCli(args, { stdin, stdout, stderr, env, cwd: process.cwd(), script })
