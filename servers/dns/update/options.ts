/** The option of dynamic updates. */
import { accessOption } from '../access/options.ts'

export const updateOptions = {
  allowUpdate: accessOption
    .array()
    .default(['keys'])
    .describe('clients that may change zones by UPDATE: addresses, networks, key:NAME, keys, any, none')
    .meta({ placeholder: 'CLIENT' }),
}
