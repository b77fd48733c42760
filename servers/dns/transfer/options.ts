/** The option of zone transfers. */
import { accessOption } from '../access/options.ts'

export const transferOptions = {
  allowTransfer: accessOption
    .array()
    .default(['127.0.0.0/8', '::1', 'keys'])
    .describe('clients that may transfer zones: addresses, networks, key:NAME, keys, any, none')
    .meta({ placeholder: 'CLIENT' }),
}
