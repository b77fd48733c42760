/** The worker thread of a `MessageParser`: one job at a time. */
import { type MessagePort, parentPort } from 'node:worker_threads'
import { errorText } from '../../../errors.ts'
import { searchEntry } from '../search/search-entry.ts'
import type { Job, Progress, View } from './jobs.ts'
import { parseContent, parseHeader } from './parse-message.ts'
import type { ParsedContent } from './parsed-message.ts'

const NO_CONTENT: ParsedContent = { text: '', links: [], attachments: [], truncated: false }

async function run(job: Job, port: MessagePort): Promise<void> {
  const header = parseHeader(job.raw)
  const resultOf = (content: ParsedContent) =>
    job.kind === 'search'
      ? searchEntry(job.envelope, header, content)
      : { ...header, ...content, attachments: attachmentsOf(content, job.withContents) }
  send(port, { stage: 'header', result: resultOf(NO_CONTENT) })
  try {
    const result = resultOf(await parseContent(job.raw))
    send(port, { stage: 'complete', result }, 'attachments' in result ? buffersOf(result) : [])
  } catch (error) {
    send(port, { stage: 'failed', reason: errorText(error) })
  }
}

function send(port: MessagePort, progress: Progress, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(progress, [...transfer])
}

/** Small buffers share memory, which cannot be transferred, so each content becomes a copy of its own. */
function attachmentsOf({ attachments }: ParsedContent, withContents: boolean): View['attachments'] {
  return attachments.map(({ content, ...summary }) =>
    withContents ? { ...summary, content: new Uint8Array(content) } : summary,
  )
}

function buffersOf({ attachments }: View): ArrayBuffer[] {
  return attachments.flatMap(({ content }) => (content ? [content.buffer as ArrayBuffer] : []))
}

parentPort?.on('message', (job: Job) => {
  if (parentPort) void run(job, parentPort)
})
