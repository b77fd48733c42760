/** The hash algorithms, by their names in HASH. Pure. */
export const ALGORITHMS = ['sha-256', 'sha-512', 'sha-1', 'md5', 'crc32'] as const

export type FtpHashAlgorithm = (typeof ALGORITHMS)[number]
