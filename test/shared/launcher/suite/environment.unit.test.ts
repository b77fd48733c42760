import { expect, test } from 'vitest'
import { environmentVariables } from '../../../../shared/launcher/suite/environment.ts'

const endpoint = (service: string, url: string, transport: 'tcp' | 'tls' = 'tcp') => {
  const { hostname: host, port, protocol } = new URL(url)
  return { service, scheme: protocol.slice(0, -1), transport, host, port: Number(port), url }
}

test('the variables and the URL of a service with an account have its credentials', () => {
  const account = { name: 'ann', password: 'p@ss/word' }
  const started = { name: 'ftp', endpoints: [endpoint('ftp', 'ftp://127.0.0.1:2121/')], usesAccounts: true }
  expect(environmentVariables([started], { account, caFile: undefined })).toEqual({
    FTP_HOST: '127.0.0.1',
    FTP_PORT: '2121',
    FTP_URL: 'ftp://ann:p%40ss%2Fword@127.0.0.1:2121/',
    FTP_USER: 'ann',
    FTP_PASSWORD: 'p@ss/word',
  })
})

test('a service with only a TLS endpoint has only TLS variables', () => {
  const endpoints = [endpoint('http', 'https://127.0.0.1:8443/', 'tls')]
  const started = { name: 'http', endpoints, usesAccounts: false }
  const account = { name: 'ann', password: 'secret' }
  expect(environmentVariables([started], { account, caFile: '/ca.pem' })).toEqual({
    HTTP_TLS_PORT: '8443',
    HTTP_TLS_URL: 'https://127.0.0.1:8443/',
    HTTPS_PORT: '8443',
    HTTPS_URL: 'https://127.0.0.1:8443/',
    NODE_EXTRA_CA_CERTS: '/ca.pem',
  })
})

test('a service has no credentials if no account has a known password', () => {
  const started = { name: 'smtp', endpoints: [endpoint('smtp', 'smtp://127.0.0.1:2525/')], usesAccounts: true }
  expect(environmentVariables([started], { account: undefined, caFile: undefined })).toEqual({
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: '2525',
    SMTP_URL: 'smtp://127.0.0.1:2525/',
  })
})
