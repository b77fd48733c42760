/** A transfer on the terminal, record by record as it comes; with `--json`, one array. */
import { once } from 'node:events'
import type { DnsRecord } from '../../shared/dns/message.ts'
import { printAlignedRecord, printRdata } from '../../shared/dns/print.ts'
import type { ClientContext } from '../../shared/service.ts'
import type { DnsInput } from './index.ts'
import { recordJson } from './print-reply.ts'
import { type DnsTransfer, transfer } from './transfer.ts'

/** Throws as `transfer` does; what had come by then has been printed. */
export async function printTransfer(request: DnsTransfer, { short }: DnsInput, context: ClientContext): Promise<void> {
  const total = { records: 0, messages: 0, bytes: 0, server: '' }
  const start = performance.now()
  const line = short ? printRdata : printAlignedRecord
  for await (const { records, size, server } of transfer(request, context)) {
    const text = context.json
      ? jsonItems(records, total.records === 0)
      : records.map(record => `${line(record)}\n`).join('')
    await write(text, context)
    total.records += records.length
    total.messages++
    total.bytes += size
    total.server = `${server.host}#${server.port}`
  }
  if (context.json) return write('\n]\n', context)
  if (short) return
  const time = Math.round(performance.now() - start)
  const size = `;; XFR size: ${total.records} records (messages ${total.messages}, bytes ${total.bytes})`
  await write(`\n;; Query time: ${time} msec\n;; SERVER: ${total.server}\n${size}\n`, context)
}

function jsonItems(records: readonly DnsRecord[], isFirst: boolean): string {
  const items = records.map(record => `\n  ${JSON.stringify(recordJson(record))}`)
  return items.length === 0 ? '' : `${isFirst ? '[' : ','}${items.join(',')}`
}

/** No faster than it is read, so that a zone of any size takes no memory. */
async function write(text: string, { stdout, signal }: ClientContext): Promise<void> {
  if (!stdout.write(text)) await once(stdout, 'drain', { signal })
}
