import { defineProtocol } from './protocol.ts'

/** FTP (RFC 959). */
export const ftp = defineProtocol({
  name: 'ftp',
  scheme: 'ftp',
  ports: { default: 2121, standard: 21 },
  srvLabel: 'ftp',
  hostName: 'ftp',
  color: 'yellow',
  loadDissectors: async () => ({ stream: (await import('../trace/dissectors/ftp.ts')).ftpDissector }),
})
