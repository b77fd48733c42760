/** Serializes a response for a socket that node:http has released. Pure. */
import { REASON_PHRASES, type Response } from './response.ts'

/** @param date the value of the Date field */
export function serializeResponse({ status, headers, body }: Response, date: string): Uint8Array {
  const fields = ['Date', date, ...headers]
  const lines = [`HTTP/1.1 ${status} ${REASON_PHRASES[status]}`]
  for (let index = 0; index < fields.length; index += 2) lines.push(`${fields[index]}: ${fields[index + 1]}`)
  const content = typeof body === 'string' || body instanceof Uint8Array ? body : ''
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(content as string)])
}
