import { expect, test } from 'vitest'
import { DataTrace } from '../../../../servers/ftp/data-connection/data-trace.ts'
import { DataChannel } from '../../../../servers/ftp/transfer/data-channel.ts'
import { sendFile } from '../../../../servers/ftp/transfer/send-file.ts'
import { MAX_EVENT_BYTES } from '../../../../shared/trace/dissector.ts'
import { connectedPair } from '../../../helpers/connected-pair.ts'
import { recordEvents } from '../../../helpers/suite.ts'
import { Wire } from '../../../helpers/wire.ts'

const content = Buffer.from('line one\nline two\n'.repeat(1000))

test.for([
  ['whole', { start: 0, isText: false }, content.toString()],
  ['from an offset', { start: 9, isText: false }, content.toString().slice(9)],
  ['with the line ends of the ASCII type', { start: 0, isText: true }, content.toString().replaceAll('\n', '\r\n')],
] as const)(
  'a file in memory is sent %s, and the trace has its first bytes and its size',
  async ([, options, sent]) => {
    const [client, server] = await connectedPair()
    const wire = Wire.over(client)
    const recorder = recordEvents()
    const { trace } = recorder
    const control = trace.follow(server, { protocol: 'ftp', side: 'server' })
    const dataTrace = new DataTrace(trace, control, () => 7)
    const channel = new DataChannel(server, {
      trace: dataTrace,
      direction: 'response',
      partBytes: 64 * 1024,
      pacer: undefined,
    })
    await sendFile({ kind: 'read', content, size: content.length }, options, channel)
    channel.emitTransfer()
    expect(await wire.readToEnd()).toBe(sent)
    const transfers = recorder.events.filter(({ kind }) => kind === 'transfer')
    expect(transfers).toMatchObject([
      { conversation: control.id, channel: 'data', direction: 'response', exchange: 7, size: sent.length },
    ])
    const [event] = transfers
    expect(event && 'bytes' in event && String(event.bytes)).toBe(sent.slice(0, MAX_EVENT_BYTES))
    expect(event?.summary).toMatch(new RegExp(`^server sent ${sent.length} bytes`))
  },
)
