import { defineProtocol } from './protocol.ts'

/** HTTP (RFC 9110), also over TLS. */
export const http = defineProtocol({
  name: 'http',
  scheme: 'http',
  ports: { default: 8080, standard: 80 },
  srvLabel: 'http',
  tls: {
    scheme: 'https',
    ports: { default: 8443, standard: 443 },
    srvLabel: 'https',
    variables: { HTTPS_PORT: 'port', HTTPS_URL: 'url' },
  },
  hostName: 'www',
  acceptsCredentialsInUrl: false,
  color: 'green',
  loadDissectors: async () => ({ stream: (await import('../trace/dissectors/http.ts')).httpDissector }),
})
