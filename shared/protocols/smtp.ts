import { defineProtocol } from './protocol.ts'

/** SMTP (RFC 5321), also over TLS from the first byte (RFC 8314). */
export const smtp = defineProtocol({
  name: 'smtp',
  scheme: 'smtp',
  ports: { default: 2525, standard: 25 },
  srvLabel: 'smtp',
  tls: {
    scheme: 'smtps',
    ports: { default: 4650, standard: 465 },
    srvLabel: 'submissions',
  },
  hostName: 'mail',
  color: 'magenta',
  loadDissectors: async () => ({ stream: (await import('../trace/dissectors/smtp.ts')).smtpDissector }),
})
