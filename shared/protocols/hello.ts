import { defineProtocol } from './protocol.ts'

/** Raw TCP: one message, one answer. */
export const hello = defineProtocol({
  name: 'hello',
  scheme: 'tcp',
  ports: { default: 5000, standard: 5000 },
  srvLabel: 'hello',
  hostName: 'hello',
  color: 'white',
  loadDissectors: async () => ({ stream: (await import('../trace/dissectors/hello.ts')).helloDissector }),
})
