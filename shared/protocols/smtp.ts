import { defineProtocol } from './protocol.ts'

/** SMTP (RFC 5321). */
export const smtp = defineProtocol({
  name: 'smtp',
  scheme: 'smtp',
  ports: { default: 2525, standard: 25 },
  srvLabel: 'smtp',
  hostName: 'mail',
  color: 'magenta',
  loadDissectors: async () => ({ stream: (await import('../trace/dissectors/smtp.ts')).smtpDissector }),
})
