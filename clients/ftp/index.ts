/** The ftp client: `fourwire ftp`. */
import type { ClientDefinition } from '../../shared/service.ts'

export const ftp: ClientDefinition = {
  name: 'ftp',
  summary: '',
  commands: [],
}
