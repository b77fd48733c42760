/** Finds a command, checks the login that it requires, and runs it. */
import type { Reply } from '../commands/command.ts'
import { COMMANDS } from '../commands/index.ts'
import { authorize } from './authorize.ts'
import { type CommandLine, type Line, parseCommand } from './lines.ts'
import { ReplyError } from './replies.ts'
import { forgetAfter, type SessionState } from './state.ts'

/** @throws ReplyError, or the error of the command, which `toReplyError` converts */
export async function runLine(state: SessionState, reply: Reply, line: Line): Promise<void> {
  if (line.kind === 'invalid') throw new ReplyError(line.code, line.reason)
  const command = parseCommand(line.text)
  await runCommand(state, reply, command).finally(() => forgetAfter(state, command.verb))
}

async function runCommand(state: SessionState, reply: Reply, { verb, argument }: CommandLine): Promise<void> {
  const command = COMMANDS.get(verb)
  if (!command) throw new ReplyError(500, `${formatUnknown(verb)}; HELP lists the commands`)
  await authorize(state, command.requires)
  await command.run(state, reply, argument)
}

/** Repeats only what could be a verb: a password that was sent in its place must not appear on a screen. */
function formatUnknown(verb: string): string {
  return /^[A-Z]{1,8}$/i.test(verb) ? `Unknown command ${verb}` : 'Unknown command'
}
