/** ftp: (its head comment says what the protocol is, its rules in a few lines, and the RFCs it keeps) */
import type { z } from 'zod'
import { listenOptions } from '../../shared/options.ts'
import { deferred, type ServerDefinition } from '../../shared/service.ts'

export const ftpOptions = listenOptions(2121)
export type FtpOptions = z.output<typeof ftpOptions>

export const ftp: ServerDefinition<typeof ftpOptions> = {
  name: 'ftp',
  summary: '',
  options: ftpOptions,
  create: () => deferred('ftp', async () => Promise.reject(new Error('not built yet'))),
}
