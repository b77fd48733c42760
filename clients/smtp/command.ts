/** `fourwire smtp send`: sends the message that the flags describe, and shows what became of each recipient. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { addAbortSignal } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { errorText, UsageError } from '../../shared/errors.ts'
import { readCaFile } from '../../shared/net/tls/ca-file.ts'
import type { ClientContext } from '../../shared/service.ts'
import type { SendInput } from './options.ts'
import { checkMessageFlags, parseCredentials, parseDsn, parseEncryption } from './parse-flags.ts'
import type { Attachment, SmtpRequest } from './request.ts'
import { describeResult, partialFailure } from './result.ts'
import { send } from './send.ts'

/**
 * Sends the message.
 *
 * @throws RefusedError if a recipient was refused; after the result was shown, if others were accepted
 * @throws UsageError for invalid flags and files that cannot be read
 */
export async function runSend(input: SendInput, context: ClientContext): Promise<void> {
  const result = await send(await toRequest(input, context), context)
  context.show(result, describeResult(result))
  const failure = partialFailure(result)
  if (failure) throw failure
}

async function toRequest(input: SendInput, context: ClientContext): Promise<SmtpRequest> {
  checkMessageFlags(input)
  const { from, to, cc, bcc, server, mx, cacert, insecure } = input
  const settings = {
    tls: parseEncryption(input),
    credentials: parseCredentials(input),
    dsn: parseDsn(input),
    verification: { ca: await readCaFile(cacert), insecure },
  }
  const message = input.eml === undefined ? await composed(input, context) : await raw(input.eml, context)
  return { from, to, cc, bcc, server, mx, ...settings, ...message }
}

async function composed(input: SendInput, context: ClientContext) {
  const { subject, attach, inline } = input
  const text = input.file === undefined ? input.text : await readText('--file', input.file, context)
  const html = input.htmlFile === undefined ? input.html : await readText('--html-file', input.htmlFile, context)
  const attachments: Attachment[] = [
    ...(attach ?? []).map(name => ({ filename: path.basename(name), path: name })),
    ...(inline ?? []).map(name => ({ filename: path.basename(name), path: name, cid: path.basename(name) })),
  ]
  // A message without a body is valid, but not one without any part.
  return { subject, text: text ?? (html === undefined ? '' : undefined), html, attachments }
}

async function raw(file: string, context: ClientContext) {
  return { raw: await read('--eml', file, context) }
}

async function readText(flag: string, file: string, context: ClientContext): Promise<string> {
  return (await read(flag, file, context)).toString('utf8')
}

async function read(flag: string, file: string, { stdin, signal }: ClientContext): Promise<Buffer> {
  try {
    return file === '-' ? await buffer(addAbortSignal(signal, stdin)) : await readFile(file, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw new UsageError(`${flag}: cannot read ${JSON.stringify(file)}: ${errorText(error)}`, { cause: error })
  }
}
