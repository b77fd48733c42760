import { expect, test } from 'vitest'
import { readBasicCredentials } from '../../../../servers/http/request/basic-credentials.ts'

const encode = (text: string) => Buffer.from(text).toString('base64')

test.each([
  ['a name and a password', `Basic ${encode('alice:secret')}`, { name: 'alice', password: 'secret' }],
  ['the scheme in lower case', `basic ${encode('alice:secret')}`, { name: 'alice', password: 'secret' }],
  ['a colon in the password', `Basic ${encode('alice:a:b')}`, { name: 'alice', password: 'a:b' }],
  ['UTF-8', `Basic ${encode('zoë:ü')}`, { name: 'zoë', password: 'ü' }],
  ['an empty password', `Basic ${encode('alice:')}`, { name: 'alice', password: '' }],
  ['no colon', `Basic ${encode('alice')}`, undefined],
  ['another scheme', 'Bearer abc', undefined],
  ['text that is not base64', 'Basic a?b', undefined],
  ['no field', undefined, undefined],
])('%s', (_title, authorization, credentials) => expect(readBasicCredentials({ authorization })).toEqual(credentials))
