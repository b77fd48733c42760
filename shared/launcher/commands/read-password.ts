/** Reads a password: from a terminal without echo, twice; otherwise the first line of standard input. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { UsageError } from '../../errors.ts'
import { InterruptedError, type Io } from '../io.ts'

/** Bytes of standard input that are read for a password. */
const MAX_INPUT_BYTES = 8192

/**
 * @throws UsageError if the two passwords differ, or standard input has none
 * @throws InterruptedError after Ctrl+C
 */
export async function readPassword(name: string, io: Io): Promise<string> {
  if (!io.stdin.isTTY) return readFirstLine(io.stdin)
  const password = await ask(`Password for ${name}: `, io)
  if ((await ask('Again: ', io)) === password) return password
  throw new UsageError('the two passwords differ. Nothing was changed')
}

async function readFirstLine(stdin: NodeJS.ReadStream): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of stdin) {
    parts.push(Buffer.from(part))
    length += parts.at(-1)?.length ?? 0
    if (length > MAX_INPUT_BYTES)
      throw new UsageError(`the password on standard input exceeds ${MAX_INPUT_BYTES} bytes`)
  }
  const [line = ''] = Buffer.concat(parts).toString('utf8').split(/\r?\n/, 1)
  if (line !== '') return line
  throw new UsageError('no password. Give it with --password PASSWORD, on standard input, or type it on a terminal')
}

async function ask(prompt: string, { stdin, stderr }: Io): Promise<string> {
  stderr.write(prompt)
  const discard = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: discard, terminal: true, historySize: 0 })
  try {
    return await new Promise((resolve, reject) => {
      lines.once('line', resolve)
      lines.once('SIGINT', () => reject(new InterruptedError('interrupted')))
      lines.once('close', () => reject(new InterruptedError('the terminal was closed')))
    })
  } finally {
    lines.close()
    stderr.write('\n')
  }
}
