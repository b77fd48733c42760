#!/usr/bin/env node
/** The command `fourwire`. */
import { runCli } from './cli.ts'

const { stdin, stdout, stderr, env } = process
process.exitCode = await runCli(process.argv.slice(2), { stdin, stdout, stderr, env, cwd: process.cwd() })
