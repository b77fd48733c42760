/** Checks names that the server sends before they become names of local files. Pure. */

/** Windows also separates with `\`, reads `:` as a drive, and ignores dots and spaces at the end. */
const UNSAFE_ON_WINDOWS = /[:*?"<>|]|[. ]$/

/** Returns true if the name can only be that of an entry directly in the local folder. */
export function isSafeName(name: string, platform: string): boolean {
  if (/^\.{0,2}$|[/\\\0]/.test(name)) return false
  return platform !== 'win32' || !UNSAFE_ON_WINDOWS.test(name)
}

/** Returns true if FTP can send the name in a command. */
export function isSendableName(name: string): boolean {
  return !/[\r\n\0]/.test(name)
}
