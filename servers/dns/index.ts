/** dns: (its head comment says what the protocol is, its rules in a few lines, and the RFCs it keeps) */
import type { z } from 'zod'
import { listenOptions } from '../../shared/options.ts'
import { deferred, type ServerDefinition } from '../../shared/service.ts'

export const dnsOptions = listenOptions(5300)
export type DnsOptions = z.output<typeof dnsOptions>

export const dns: ServerDefinition<typeof dnsOptions> = {
  name: 'dns',
  summary: '',
  options: dnsOptions,
  create: () => deferred('dns', async () => Promise.reject(new Error('not built yet'))),
}
