/** smtp: (its head comment says what the protocol is, its rules in a few lines, and the RFCs it keeps) */
import type { z } from 'zod'
import { listenOptions } from '../../shared/options.ts'
import { deferred, type ServerDefinition } from '../../shared/service.ts'

export const smtpOptions = listenOptions(2525)
export type SmtpOptions = z.output<typeof smtpOptions>

export const smtp: ServerDefinition<typeof smtpOptions> = {
  name: 'smtp',
  summary: '',
  options: smtpOptions,
  create: () => deferred('smtp', async () => Promise.reject(new Error('not built yet'))),
}
