/** The http client: `fourwire http`. */
import type { ClientDefinition } from '../../shared/service.ts'

export const http: ClientDefinition = {
  name: 'http',
  summary: '',
  commands: [],
}
