/** What to do after a refused login (530), from the text of the reply. The texts are those of vsftpd and of the suite. Pure. */
import { isAnonymous, type ResolvedTarget } from '../target.ts'

const ENCRYPTION = /\b(?:TLS|SSL|encrypt(?:ed|ion)?)\b/i
const LOG_IN = 'log in with --user NAME --password PASSWORD'

/** Returns undefined if the text does not tell the cause. */
export function loginAdvice(text: string, target: ResolvedTarget): string | undefined {
  const { user, password, tls } = target
  if (ENCRYPTION.test(text)) {
    // vsftpd: "Non-anonymous sessions must use encryption", "Anonymous sessions may not use encryption".
    if (tls === undefined) return 'Encrypt the connection with --tls'
    return `Use ftp:// without --tls${isAnonymous(target) ? `, or ${LOG_IN}` : ''}`
  }
  if (isAnonymous(target)) return `The server did not accept an anonymous login: ${LOG_IN}`
  if (/\banonymous only\b/i.test(text)) return `Omit the user ${user}: the login is then anonymous`
  // vsftpd refuses a user of its list with this text, with or without a password.
  if (password === '' && !/\bpermission denied\b/i.test(text)) {
    return `Give the password of ${user} with --password PASSWORD`
  }
  return undefined
}
