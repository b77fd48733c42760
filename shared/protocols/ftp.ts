import { defineProtocol } from './protocol.ts'

/** FTP (RFC 959), also over TLS from the first byte ("implicit", which no RFC describes; RFC 4217 has `AUTH TLS`). */
export const ftp = defineProtocol({
  name: 'ftp',
  scheme: 'ftp',
  ports: { default: 2121, standard: 21 },
  srvLabel: 'ftp',
  tls: {
    scheme: 'ftps',
    ports: { default: 9990, standard: 990 },
    srvLabel: 'ftps',
  },
  hostName: 'ftp',
  color: 'yellow',
  loadDissectors: async () => ({ stream: (await import('../trace/dissectors/ftp.ts')).ftpDissector }),
})
