/**
 * Wraps text at spaces into lines of at most `width` characters. A word longer than a line is broken at the end of the line.
 * Pure.
 */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length > width) {
    const end = breakPosition(rest, width)
    lines.push(rest.slice(0, end))
    rest = rest.slice(rest[end] === ' ' ? end + 1 : end)
  }
  return [...lines, rest]
}

function breakPosition(text: string, width: number): number {
  const space = text.lastIndexOf(' ', width)
  const nextSpace = text.indexOf(' ', space + 1)
  const wordLength = (nextSpace === -1 ? text.length : nextSpace) - space - 1
  if (space > 0 && wordLength <= width) return space
  // The two halves of a surrogate pair stay together.
  return /[\ud800-\udbff]/.test(text.charAt(width - 1)) && width > 1 ? width - 1 : width
}
