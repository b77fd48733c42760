import { defineProtocol } from './protocol.ts'

/** DNS (RFC 1035), also over TLS (RFC 7858). */
export const dns = defineProtocol({
  name: 'dns',
  scheme: 'dns',
  ports: { default: 5300, standard: 53 },
  srvLabel: 'domain',
  tls: { scheme: 'dns', ports: { default: 8530, standard: 853 }, srvLabel: 'domain-s' },
  hostName: 'ns',
  variables: { DNS_SERVER: 'host' },
  color: 'cyan',
  loadDissectors: async () => {
    const { dnsStreamDissector, dnsDatagramDissector } = await import('../trace/dissectors/dns.ts')
    return { stream: dnsStreamDissector, datagram: dnsDatagramDissector }
  },
})
