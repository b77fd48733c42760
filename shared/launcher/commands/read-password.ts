/** Reads a password: from a terminal without echo, twice; otherwise the first line of standard input. */
import { createInterface } from 'node:readline'
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
  return io.stdin.isTTY ? askTwice(name, io) : readFirstLine(io.stdin)
}

async function askTwice(name: string, { stdin, stderr }: Io): Promise<string> {
  const discard = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: discard, terminal: true, historySize: 0 })
  const typed = lines[Symbol.asyncIterator]()
  lines.once('SIGINT', () => lines.close())
  const ask = async (prompt: string) => {
    stderr.write(prompt)
    const { value, done } = await typed.next()
    stderr.write('\n')
    if (done) throw new InterruptedError('interrupted')
    return value
  }
  try {
    const password = await ask(`Password for ${name}: `)
    if ((await ask('Again: ')) === password) return password
    throw new UsageError('the two passwords differ. Nothing was changed')
  } finally {
    lines.close()
  }
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
