/** The smtp client: `fourwire smtp`. */
import type { ClientDefinition } from '../../shared/service.ts'

export const smtp: ClientDefinition = {
  name: 'smtp',
  summary: '',
  commands: [],
}
