import { domainToASCII } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asciiDomain } from '../../../shared/net/ascii-domain.ts'

test.each([
  ['Fourwire.TEST', 'fourwire.test'],
  ['münchen.example', 'xn--mnchen-3ya.example'],
  ['XN--MNCHEN-3YA.example', 'xn--mnchen-3ya.example'],
  ['a_b.test', 'a_b.test'],
  ['xn--.Test', 'xn--.test'],
  ['not a domain', 'not a domain'],
])('%s is %s', (domain, ascii) => expect(asciiDomain(domain)).toBe(ascii))

test('a domain is what the URL standard makes of it, if it makes anything', () => {
  const label = fc.stringMatching(/^[A-Za-z\d-]{1,8}$/)
  const domains = fc.array(label, { minLength: 1, maxLength: 4 }).map(labels => labels.join('.'))
  fc.assert(
    fc.property(domains, domain => {
      expect(asciiDomain(domain)).toBe(domainToASCII(domain) || domain.toLowerCase())
    }),
    { numRuns: 2000 },
  )
})
