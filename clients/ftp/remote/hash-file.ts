/** Computes the hash of a file: the server does it if it can (HASH), otherwise the client downloads the file. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { RefusedError } from '../../../shared/errors.ts'
import { FAILED } from '../session/error.ts'
import type { FtpSession } from '../session/session.ts'
import { DownloadTarget } from '../session/streams.ts'
import type { TransferOptions } from '../session/transfers.ts'
import type { FtpHashAlgorithm } from './algorithms.ts'

export interface FtpHash {
  readonly algorithm: FtpHashAlgorithm
  /** In hexadecimal digits. */
  readonly hash: string
  /** `server` if the server has computed it, `client` if the client has downloaded the file. */
  readonly computedBy: 'server' | 'client'
}

/** Returns the hash of a file. */
export async function hashFile(
  session: FtpSession,
  path: string,
  algorithm: FtpHashAlgorithm,
  options: TransferOptions = {},
): Promise<FtpHash> {
  const offered = (await session.features()).get('HASH') ?? ''
  const isOffered = offered.split(';').some(name => name.replace('*', '').trim().toLowerCase() === algorithm)
  if (isOffered) return { algorithm, hash: await hashOnServer(session, path, algorithm), computedBy: 'server' }
  return { algorithm, hash: await hashDownload(session, path, algorithm, options), computedBy: 'client' }
}

/** draft-bryan-ftpext-hash, section 3: `213 SHA-256 0-49 6ae8a755 name` */
async function hashOnServer(session: FtpSession, path: string, algorithm: FtpHashAlgorithm): Promise<string> {
  await session.send(`OPTS HASH ${algorithm.toUpperCase()}`)
  const { message } = await session.send(`HASH ${path}`)
  const [, name, hash] = /^213 (\S+) \d+-\d+ ([\da-f]+) /i.exec(message) ?? []
  if (hash !== undefined && name?.toLowerCase() === algorithm) return hash.toLowerCase()
  throw new RefusedError(FAILED, message, { message: `the reply to HASH has no ${algorithm} of ${path}: ${message}` })
}

async function hashDownload(
  session: FtpSession,
  path: string,
  algorithm: FtpHashAlgorithm,
  options: TransferOptions,
): Promise<string> {
  const hasher = createHasher(algorithm)
  await session.download(path, new DownloadTarget(hasher.update), options)
  return hasher.digest()
}

interface Hasher {
  readonly update: (bytes: Buffer) => void
  /** In hexadecimal digits. */
  digest(): string
}

function createHasher(algorithm: FtpHashAlgorithm): Hasher {
  if (algorithm !== 'crc32') {
    const hash = createHash(algorithm.replace('sha-', 'sha'))
    return { update: bytes => void hash.update(bytes), digest: () => hash.digest('hex') }
  }
  let value = 0
  return {
    update: bytes => {
      value = crc32(bytes, value)
    },
    digest: () => value.toString(16).padStart(8, '0'),
  }
}
