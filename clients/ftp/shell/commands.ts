/** All commands of the shell. */

import { UsageError } from '../../../shared/errors.ts'
import { escapeControls } from '../../../shared/terminal-text.ts'
import { directoryCommands } from './directory-commands.ts'
import { type Shell, type ShellCommand, usageOf } from './shell.ts'
import { transferCommands } from './transfer-commands.ts'

const sessionCommands: readonly ShellCommand[] = [
  {
    names: ['quote', 'raw'],
    usage: 'COMMAND',
    summary: 'send a command of the protocol, and print the reply',
    isRaw: true,
    words: [1, 1],
    run: async (shell, { words: [command = ''] }) => {
      const { message } = await shell.pool.run(session => session.quote(command))
      shell.print(escapeControls(message))
    },
  },
  {
    names: ['help', '?'],
    usage: '[COMMAND]',
    summary: 'print the commands',
    words: [0, 1],
    completes: ['command'],
    run: (shell, { words: [name] }) => shell.print(name === undefined ? helpText(shell) : helpOf(shell, name)),
  },
  {
    names: ['quit', 'exit', 'bye'],
    usage: '',
    summary: 'end the shell, as Ctrl-D does',
    words: [0, 0],
    run: shell => {
      shell.isDone = true
    },
  },
]

export const SHELL_COMMANDS: readonly ShellCommand[] = [...directoryCommands, ...transferCommands, ...sessionCommands]

function helpText({ commands }: Shell): string {
  const width = Math.max(...commands.map(({ names: [name = ''] }) => name.length))
  const lines = commands.map(({ names: [name = ''], summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return [...lines, '', 'Type help COMMAND for its arguments.'].join('\n')
}

function helpOf(shell: Shell, name: string): string {
  const command = shell.find(name)
  if (!command) throw new UsageError(`unknown command ${JSON.stringify(name)}. Type help for the commands`)
  return `${usageOf(command)}\n  ${command.summary}`
}
