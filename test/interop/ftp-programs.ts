/** How the interoperability tests of FTP run a program. */
import { expect } from 'vitest'
import { runTool, type Tool, type ToolResult } from './tools.ts'

/** A row of a table of what people do with a program. */
export interface Row<Setup> {
  readonly title: string
  readonly tool: Tool
  check(setup: Setup): Promise<void>
}

export type Run = (args: readonly string[], input?: string) => Promise<ToolResult>

/** Returns what runs a program in a folder, without the settings of the user who runs the tests, and with names in UTF-8. */
export function runIn(cwd: string, tool: Tool): Run {
  return (args, input = '') => runTool(tool, args, { cwd, input, env: { HOME: cwd, LC_ALL: 'C.UTF-8' } })
}

/** Returns the standard output of a program that succeeds. */
export async function expectSuccess(result: Promise<ToolResult>): Promise<string> {
  const { code, stdout, stderr } = await result
  expect(code, `standard error: ${stderr}\n${stdout}`).toBe(0)
  return stdout
}
