/** Creates certificates (RFC 5280): the authority's own, and those of servers that it signs. */
import { createPrivateKey, KeyObject, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import { loadX509, type X509 } from './load-x509.ts'

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

const DAY_MS = 24 * 60 * 60 * 1000
/** Long, so that clients need to trust the authority only once. */
const AUTHORITY_DAYS = 3650
/** Browsers reject server certificates that are valid for more than 398 days. */
const SERVER_DAYS = 397
/** For clients whose clock is behind. */
const BACKDATED_DAYS = 1

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const AUTHORITY_NAME = 'CN=Fourwire test authority'

/** The domains that the authority may sign: reserved for testing and local use (RFC 6761). */
export const AUTHORITY_DOMAINS: readonly string[] = ['test', 'localhost']

/** Creates an authority that can sign certificates for names under `test` and `localhost` and for addresses only. */
export async function generateAuthority(now: Date): Promise<KeyPair> {
  const x509 = loadX509()
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: AUTHORITY_NAME,
    keys,
    signingAlgorithm: ALGORITHM,
    ...validFor(AUTHORITY_DAYS, now),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.Extension(NAME_CONSTRAINTS, true, permittedDomains(AUTHORITY_DOMAINS)),
    ],
  })
  return { certificate: pemOf(certificate), key: pemOfKey(keys.privateKey) }
}

/** Creates a server's certificate for these names and addresses, signed by the authority. */
export async function issueCertificate(authority: KeyPair, names: readonly string[], now: Date): Promise<KeyPair> {
  const x509 = loadX509()
  const issuer = new x509.X509Certificate(authority.certificate)
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${names[0]}`,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm: ALGORITHM,
    ...validFor(SERVER_DAYS, now),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map(value => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: pemOf(certificate), key: pemOfKey(keys.privateKey) }
}

function validFor(days: number, now: Date): { notBefore: Date; notAfter: Date } {
  const from = now.getTime()
  return { notBefore: new Date(from - BACKDATED_DAYS * DAY_MS), notAfter: new Date(from + days * DAY_MS) }
}

const NAME_CONSTRAINTS = '2.5.29.30'

/** RFC 5280, section 4.2.1.10, in DER: `NameConstraints { permittedSubtrees [0] { { base [2] dNSName } ... } }`. */
function permittedDomains(domains: readonly string[]): Buffer {
  const subtrees = domains.map(domain => der(0x30, der(0x82, Buffer.from(domain, 'ascii'))))
  return der(0x30, der(0xa0, Buffer.concat(subtrees)))
}

/** Encodes one value: tag, length (all are under 128, so in the short form), content. */
function der(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, content.length]), content])
}

function pemOf(certificate: InstanceType<X509['X509Certificate']>): string {
  return `${certificate.toString('pem')}\n`
}

function pemOfKey(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString()
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const pkcs8 = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  return webcrypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign'])
}
