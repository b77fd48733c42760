/**
 * The certificate authority of a data folder, in `DATA/tls`: `ca.pem`, which clients must trust, its key, and in
 * `server.pem` the certificate of the servers. They are created on first use. If several processes do so at once, the
 * folder appears atomically, and the later processes use the files of the first one.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import path from 'node:path'
import { errorCode, errorText, UsageError } from '../../errors.ts'
import { AUTHORITY_DOMAINS, generateAuthority, issueCertificate, type KeyPair } from './certificates.ts'

const AUTHORITY_FILE = 'ca.pem'
const AUTHORITY_KEY_FILE = 'ca-key.pem'
/** Certificate and key in one file, so that they are replaced together. */
const SERVER_FILE = 'server.pem'

/** Only this user may read a key; every user may read the folder, for `ca.pem`. */
const KEY_MODE = 0o600
const FOLDER_MODE = 0o755

/** A certificate is replaced when it is valid for less than this. */
const RENEWAL_MS = 30 * 24 * 60 * 60 * 1000
/** Most names in a certificate. It keeps the names of earlier starts, so that suites on several hosts do not replace it in turn. */
const MAX_NAMES = 100

/** A server's certificate and key, and the authority that clients must trust. */
export interface IssuedCertificate {
  readonly server: KeyPair
  /** The authority's certificate, PEM. */
  readonly ca: string
  readonly caFile: string
}

/**
 * Returns a certificate for these names and addresses from the authority in `DATA/tls`; an existing one is reused.
 *
 * @param names names under `test` or `localhost`, and addresses; the authority cannot sign others, so they are ignored
 * @throws UsageError if the folder cannot be used, or its files are not a valid authority
 */
export async function certificateFor(
  dataFolder: string,
  names: readonly string[],
  now: Date,
): Promise<IssuedCertificate> {
  const folder = path.join(dataFolder, 'tls')
  const authority = await readAuthority(folder, now)
  const caFile = path.join(folder, AUTHORITY_FILE)
  const required = names.filter(canSign)
  const existing = await readServer(folder, authority, now)
  const known = existing ? namesOf(existing.certificate) : []
  if (existing && required.every(name => known.includes(canonical(name)))) {
    return { server: existing, ca: authority.certificate, caFile }
  }
  const all = [...new Set([...required.map(canonical), ...known])].slice(0, MAX_NAMES)
  const server = await issueCertificate(authority, all, now)
  await replaceFile(path.join(folder, SERVER_FILE), server.certificate + server.key)
  return { server, ca: authority.certificate, caFile }
}

function canSign(name: string): boolean {
  return isIP(name) !== 0 || AUTHORITY_DOMAINS.some(domain => name === domain || name.endsWith(`.${domain}`))
}

async function readAuthority(folder: string, now: Date): Promise<KeyPair> {
  const file = path.join(folder, AUTHORITY_FILE)
  try {
    if (!(await hasAuthority(folder))) await createAuthority(folder, now)
    const certificate = await readFile(file, 'utf8')
    const key = await readFile(path.join(folder, AUTHORITY_KEY_FILE), 'utf8')
    checkAuthority({ certificate, key }, now)
    return { certificate, key }
  } catch (cause) {
    const why = errorCode(cause) === 'ENOENT' ? 'ca.pem or ca-key.pem is missing' : errorText(cause)
    const advice = 'Repair it, or remove the folder to create a new authority, which clients must trust again'
    throw new UsageError(`cannot use the certificate authority in ${folder}: ${why}. ${advice}`, { cause })
  }
}

function checkAuthority({ certificate, key }: KeyPair, now: Date): void {
  const read = new X509Certificate(certificate)
  const privateKey = createPrivateKey(key)
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('ca-key.pem is not a P-256 key')
  if (!read.checkPrivateKey(privateKey)) throw new Error('ca-key.pem is not the key of ca.pem')
  if (Date.parse(read.validTo) <= now.getTime()) throw new Error(`ca.pem expired on ${read.validTo}`)
}

async function hasAuthority(folder: string): Promise<boolean> {
  try {
    await readFile(path.join(folder, AUTHORITY_FILE))
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

/** Creates a temporary folder and renames it: renaming fails if another process created the authority first. */
async function createAuthority(folder: string, now: Date): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true })
  const temporary = await mkdtemp(`${folder}-`)
  try {
    const { certificate, key } = await generateAuthority(now)
    await writeFile(path.join(temporary, AUTHORITY_FILE), certificate)
    await writeFile(path.join(temporary, AUTHORITY_KEY_FILE), key, { mode: KEY_MODE })
    await chmod(temporary, FOLDER_MODE)
    await rename(temporary, folder)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    if (!FOLDER_EXISTS.has(errorCode(error) ?? '')) throw error
  }
}

/** The error codes of systems for a folder that exists and is not empty. */
const FOLDER_EXISTS: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'EPERM'])

/** Returns the certificate of an earlier start; undefined if it is unusable for any reason, so that it is replaced. */
async function readServer(folder: string, authority: KeyPair, now: Date): Promise<KeyPair | undefined> {
  try {
    const pem = await readFile(path.join(folder, SERVER_FILE), 'utf8')
    const certificate = new X509Certificate(pem)
    const key = createPrivateKey(pem)
    const issuer = new X509Certificate(authority.certificate)
    const isUsable =
      certificate.checkPrivateKey(key) &&
      certificate.verify(issuer.publicKey) &&
      Date.parse(certificate.validTo) > now.getTime() + RENEWAL_MS
    if (!isUsable) return undefined
    return { certificate: certificate.toString(), key: key.export({ type: 'pkcs8', format: 'pem' }).toString() }
  } catch {
    return undefined
  }
}

/** Returns the names and addresses that a certificate is for. */
function namesOf(certificate: string): string[] {
  const { subjectAltName = '' } = new X509Certificate(certificate)
  return subjectAltName
    .split(', ')
    .map(entry => entry.replace(/^(DNS|IP Address):/, ''))
    .map(canonical)
}

/** Returns the canonical form of a name or address: IPv6 has several notations. */
function canonical(name: string): string {
  return isIP(name) === 6 ? new URL(`http://[${name}]/`).hostname.slice(1, -1) : name.toLowerCase()
}

/** Replaces a file atomically. */
async function replaceFile(file: string, content: string): Promise<void> {
  const fresh = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`
  await writeFile(fresh, content, { mode: KEY_MODE, flag: 'wx' })
  await rename(fresh, file)
}
