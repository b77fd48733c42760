/** The dns client: `fourwire dns`. */
import type { ClientDefinition } from '../../shared/service.ts'

export const dns: ClientDefinition = {
  name: 'dns',
  summary: '',
  commands: [],
}
