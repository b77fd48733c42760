/** Reasons of file system errors in words. Pure. */
import { errorCode, errorText } from '../errors.ts'

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'it is a file, not a folder',
  EISDIR: 'it is a folder',
  ENOENT: 'no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'part of the path is a file, not a folder',
  EPERM: 'permission denied',
  EROFS: 'read-only file system',
}

/** Returns why a file system operation failed, for an error message. */
export function fileProblem(error: unknown): string {
  return REASONS[errorCode(error) ?? ''] ?? errorText(error)
}
