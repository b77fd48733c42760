import { ftpDissector } from '../trace/dissectors/ftp.ts'
import { defineProtocol } from './protocol.ts'

/** FTP (RFC 959). */
export const ftp = defineProtocol({
  name: 'ftp',
  scheme: 'ftp',
  ports: { own: 2121, standard: 21 },
  srvLabel: 'ftp',
  hostName: 'ftp',
  color: 'yellow',
  dissector: ftpDissector,
})
