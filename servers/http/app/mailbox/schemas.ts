/** Messages as the JSON API describes them. Pure. */
import * as z from 'zod'

const addressSchema = z
  .object({ name: z.string(), address: z.string() })
  .meta({ id: 'MailAddress', description: 'an address, with its display name or an empty string' })

export const summarySchema = z
  .object({
    id: z.string(),
    from: z.string().meta({ description: 'the sender of the envelope' }),
    to: z.array(z.string()).meta({ description: 'the recipients of the envelope that are the account itself' }),
    author: z.string().meta({ description: 'the From field' }),
    subject: z.string(),
    date: z.iso.datetime().meta({ description: 'when the server accepted the message' }),
    size: z.number().int(),
    seen: z.boolean(),
    hasAttachments: z.boolean().optional().meta({ description: 'missing until the message is indexed' }),
  })
  .meta({ id: 'MailSummary' })

export const messageSchema = summarySchema
  .extend({
    text: z.string(),
    html: z.string().optional().meta({ description: 'not sanitized' }),
    links: z.array(z.string()),
    addresses: z.object({
      from: z.array(addressSchema),
      to: z.array(addressSchema),
      cc: z.array(addressSchema),
      replyTo: z.array(addressSchema),
    }),
    headers: z.array(z.object({ name: z.string(), value: z.string() })),
    attachments: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        size: z.number().int(),
        cid: z.string().optional(),
        inline: z.boolean(),
        path: z.string(),
      }),
    ),
    account: z.string().optional().meta({ description: 'the account with which the sender signed in' }),
    truncated: z.literal(true).optional().meta({ description: 'text, HTML or links are not complete' }),
    problem: z.string().optional().meta({ description: 'why only the header could be parsed' }),
  })
  .meta({ id: 'MailMessage' })

/** A form has only strings. */
export const seenSchema = z.strictObject({ seen: z.union([z.boolean(), z.enum(['true', 'false'])]).default(true) })

export const submissionSchema = z
  .object({
    messageId: z.string(),
    accepted: z.array(z.string()),
    refused: z.array(
      z.object({ address: z.string(), reply: z.string().meta({ example: '550 5.7.1 Relaying denied' }) }),
    ),
    reply: z.string().meta({ description: 'of the SMTP server to the message' }),
  })
  .meta({ id: 'Submission' })
