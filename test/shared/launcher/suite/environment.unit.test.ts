import { expect, test } from 'vitest'
import { environmentVariables } from '../../../../shared/launcher/suite/environment.ts'
import type { Service } from '../../../../shared/service.ts'

const service = (name: string, api?: object): Service => ({
  name,
  listen: async () => [],
  close: async () => undefined,
  api,
})

const endpoint = (service: string, url: string, transport: 'tcp' | 'tls' = 'tcp') => {
  const { hostname: host, port, protocol } = new URL(url)
  return { service, scheme: protocol.slice(0, -1), transport, host, port: Number(port), url }
}

test('the variables and the URL of a service with an account have its credentials', () => {
  const api = { user: 'ann', password: 'p@ss/word' }
  const started = { name: 'ftp', service: service('ftp', api), endpoints: [endpoint('ftp', 'ftp://127.0.0.1:2121/')] }
  expect(environmentVariables([started], undefined)).toEqual({
    FTP_HOST: '127.0.0.1',
    FTP_PORT: '2121',
    FTP_URL: 'ftp://ann:p%40ss%2Fword@127.0.0.1:2121/',
    FTP_USER: 'ann',
    FTP_PASSWORD: 'p@ss/word',
  })
})

test('a service with only a TLS endpoint has only TLS variables', () => {
  const endpoints = [endpoint('http', 'https://127.0.0.1:8443/', 'tls')]
  expect(environmentVariables([{ name: 'http', service: service('http'), endpoints }], '/ca.pem')).toEqual({
    HTTP_TLS_PORT: '8443',
    HTTP_TLS_URL: 'https://127.0.0.1:8443/',
    HTTPS_PORT: '8443',
    HTTPS_URL: 'https://127.0.0.1:8443/',
    NODE_EXTRA_CA_CERTS: '/ca.pem',
  })
})
