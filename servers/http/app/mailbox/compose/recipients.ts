/** Parses the recipients that a person or program writes in one field: `Ann <ann@example.org>, bob@example.org`. Pure. */
import addressparser from 'nodemailer/lib/addressparser'
import type { MailAddress } from '../../../../../shared/store/mail/parse/parsed-message.ts'
import { Problem } from '../../problem.ts'

/** The text between the brackets of RCPT. Without a space or bracket it cannot add a parameter. */
const ADDRESS = /^[^\s<>@,;]+@[^\s<>@,;]+$/

/** @throws Problem 400 that quotes what is not an address */
export function parseRecipients(field: string, text: string): MailAddress[] {
  return addressparser(text, { flatten: true }).map(({ name, address }) => {
    if (isAddress(address)) return { name, address }
    const given = JSON.stringify((address || name).slice(0, 100))
    throw new Problem(
      400,
      `${field}: ${given} is not a mail address. Separate addresses with commas: ann@example.org, bob@example.org.`,
    )
  })
}

export function isAddress(text: string): boolean {
  return ADDRESS.test(text)
}

/** Formats an address so that `parseRecipients` returns the same. */
export function formatRecipient({ name, address }: MailAddress): string {
  const plain = name.replace(/\p{Cc}/gu, ' ').trim()
  if (plain === '') return address
  const isAtoms = /^[\p{L}\p{N} _'-]+$/u.test(plain)
  return `${isAtoms ? plain : `"${plain.replace(/["\\]/g, '\\$&')}"`} <${address}>`
}
