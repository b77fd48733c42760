/**
 * The certificate authority of a data folder, in `DATA/tls`: `ca.pem`, which clients are told to trust, its key, and in
 * `server.pem` the certificate that the servers show. All of it is made when first needed. Several processes may do so at
 * once: the folder comes to be in one piece, and whoever is second takes what the first one made.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import path from 'node:path'
import { errorCode, errorText, UsageError } from '../../errors.ts'
import { AUTHORITY_DOMAINS, issueCertificate, type KeyPair, makeAuthority } from './certificates.ts'

const AUTHORITY_FILE = 'ca.pem'
const AUTHORITY_KEY_FILE = 'ca-key.pem'
/** Certificate and key in one file, so that they are replaced in one piece. */
const SERVER_FILE = 'server.pem'

/** Only this user may read a key; the folder is open to all, for `ca.pem`. */
const KEY_MODE = 0o600
const FOLDER_MODE = 0o755

/** A certificate is made anew when it is valid for less than this. */
const RENEWAL_MS = 30 * 24 * 60 * 60 * 1000
/** Names of earlier starts are kept, so that suites on other hosts do not take turns at making it; up to so many. */
const MAX_NAMES = 100

/** What an authority has for a server: the certificate and key to show, and what clients have to trust for it. */
export interface IssuedCertificate {
  readonly server: KeyPair
  /** The authority's certificate, PEM. */
  readonly ca: string
  readonly caFile: string
}

/**
 * A certificate for these names and addresses, from the authority in `DATA/tls`; what is there already is used again.
 *
 * @param names names under `test` or `localhost`, and addresses; others the authority cannot vouch for, and leaves out
 * @throws UsageError where the folder holds something else than an authority of ours, or cannot be used
 */
export async function certificateFor(
  dataFolder: string,
  names: readonly string[],
  now: Date,
): Promise<IssuedCertificate> {
  const folder = path.join(dataFolder, 'tls')
  const authority = await readAuthority(folder, now)
  const caFile = path.join(folder, AUTHORITY_FILE)
  const wanted = names.filter(isOurs)
  const kept = await readServer(folder, authority, now)
  const known = kept ? namesOf(kept.certificate) : []
  if (kept && wanted.every(name => known.includes(canonical(name)))) {
    return { server: kept, ca: authority.certificate, caFile }
  }
  const all = [...new Set([...wanted.map(canonical), ...known])].slice(0, MAX_NAMES)
  const server = await issueCertificate(authority, all, now)
  await writeWhole(path.join(folder, SERVER_FILE), server.certificate + server.key)
  return { server, ca: authority.certificate, caFile }
}

function isOurs(name: string): boolean {
  return isIP(name) !== 0 || AUTHORITY_DOMAINS.some(domain => name === domain || name.endsWith(`.${domain}`))
}

async function readAuthority(folder: string, now: Date): Promise<KeyPair> {
  const file = path.join(folder, AUTHORITY_FILE)
  try {
    if (!(await isThere(folder))) await createAuthority(folder, now)
    const certificate = await readFile(file, 'utf8')
    const key = await readFile(path.join(folder, AUTHORITY_KEY_FILE), 'utf8')
    checkAuthority({ certificate, key }, now)
    return { certificate, key }
  } catch (cause) {
    const why = errorCode(cause) === 'ENOENT' ? 'ca.pem or ca-key.pem is missing' : errorText(cause)
    const wayOut = 'put it right, or remove that folder: a new authority is made, which clients have to trust anew'
    throw new UsageError(`the certificate authority in ${folder} cannot be used: ${why}; ${wayOut}`, { cause })
  }
}

function checkAuthority({ certificate, key }: KeyPair, now: Date): void {
  const read = new X509Certificate(certificate)
  const privateKey = createPrivateKey(key)
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('ca-key.pem is no P-256 key')
  if (!read.checkPrivateKey(privateKey)) throw new Error('ca-key.pem is not the key of ca.pem')
  if (Date.parse(read.validTo) <= now.getTime()) throw new Error(`ca.pem was valid until ${read.validTo}`)
}

async function isThere(folder: string): Promise<boolean> {
  try {
    await readFile(path.join(folder, AUTHORITY_FILE))
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

/** Made aside and renamed: a folder that another process has filled in the meantime cannot be renamed over. */
async function createAuthority(folder: string, now: Date): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true })
  const aside = await mkdtemp(`${folder}-`)
  try {
    const { certificate, key } = await makeAuthority(now)
    await writeFile(path.join(aside, AUTHORITY_FILE), certificate)
    await writeFile(path.join(aside, AUTHORITY_KEY_FILE), key, { mode: KEY_MODE })
    await chmod(aside, FOLDER_MODE)
    await rename(aside, folder)
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    if (!TAKEN.has(errorCode(error) ?? '')) throw error
  }
}

/** How systems say that a folder is there already, and not empty. */
const TAKEN: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'EPERM'])

/** The certificate of an earlier start, where it is still good; one that is not is made anew, whatever is wrong with it. */
async function readServer(folder: string, authority: KeyPair, now: Date): Promise<KeyPair | undefined> {
  try {
    const pem = await readFile(path.join(folder, SERVER_FILE), 'utf8')
    const certificate = new X509Certificate(pem)
    const key = createPrivateKey(pem)
    const issuer = new X509Certificate(authority.certificate)
    const isGood =
      certificate.checkPrivateKey(key) &&
      certificate.verify(issuer.publicKey) &&
      Date.parse(certificate.validTo) > now.getTime() + RENEWAL_MS
    if (!isGood) return undefined
    return { certificate: certificate.toString(), key: key.export({ type: 'pkcs8', format: 'pem' }).toString() }
  } catch {
    return undefined
  }
}

/** The names and addresses that a certificate is for. */
function namesOf(certificate: string): string[] {
  const { subjectAltName = '' } = new X509Certificate(certificate)
  return subjectAltName
    .split(', ')
    .map(entry => entry.replace(/^(DNS|IP Address):/, ''))
    .map(canonical)
}

/** One way to write a name or an address: IPv6 has several. */
function canonical(name: string): string {
  return isIP(name) === 6 ? new URL(`http://[${name}]/`).hostname.slice(1, -1) : name.toLowerCase()
}

/** Readers see the old file or the new one, whole. */
async function writeWhole(file: string, content: string): Promise<void> {
  const fresh = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`
  await writeFile(fresh, content, { mode: KEY_MODE, flag: 'wx' })
  await rename(fresh, file)
}
