/** The pages of the mailbox. */
import type { PageRoute } from '../pages/page-route.ts'
import { downloadAttachment, downloadMessage } from './mailbox.ts'
import { showDraft, showReply, submitDraft } from './pages/compose-page.ts'
import { showList } from './pages/list-page.ts'
import { confirmDelete, markUnread, remove, showHtml, showMessage } from './pages/message-page.ts'

export const mailPages: readonly PageRoute[] = [
  { access: 'signed-in', path: '/app/mail', methods: { GET: showList } },
  { access: 'signed-in', path: '/app/mail/compose', methods: { GET: showDraft, POST: submitDraft } },
  { access: 'signed-in', path: '/app/mail/:id', methods: { GET: showMessage } },
  { access: 'signed-in', path: '/app/mail/:id/html', methods: { GET: showHtml } },
  { access: 'signed-in', path: '/app/mail/:id/raw', methods: { GET: downloadMessage } },
  { access: 'signed-in', path: '/app/mail/:id/attachments/:n', methods: { GET: downloadAttachment } },
  { access: 'signed-in', path: '/app/mail/:id/reply', methods: { GET: showReply } },
  { access: 'signed-in', path: '/app/mail/:id/unread', methods: { POST: markUnread } },
  { access: 'signed-in', path: '/app/mail/:id/delete', methods: { GET: confirmDelete, POST: remove } },
]
