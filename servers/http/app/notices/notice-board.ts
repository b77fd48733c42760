/** What pages and operations do with notices, with the problems that a client can cause. */
import type { Account } from '../../../../shared/store/accounts.ts'
import { isAuthor, type Notice, type Notices } from '../../../../shared/store/notices.ts'
import { Problem } from '../problem.ts'

/** @throws Problem 404 */
export async function findNotice(notices: Notices, id = ''): Promise<Notice> {
  const notice = await notices.get(id)
  if (!notice) throw new Problem(404, 'There is no notice with this id.')
  return notice
}

/** @throws Problem 403 if another account wrote the notice, 404 if there is none */
export async function editNotice(
  notices: Notices,
  account: Account,
  { id = '', text }: { id: string | undefined; text: string },
): Promise<Notice> {
  const edited = await notices.edit(account, id, text)
  if (edited) return edited
  await findNotice(notices, id)
  throw notTheAuthor()
}

/** @throws Problem 403 if another account wrote the notice, 404 if there is none */
export async function deleteNotice(notices: Notices, account: Account, id = ''): Promise<void> {
  if (await notices.delete(account, id)) return
  await findNotice(notices, id)
  throw notTheAuthor()
}

/** @throws Problem 403 if another account wrote the notice, 404 if there is none */
export async function findOwnNotice(notices: Notices, account: Account, id = ''): Promise<Notice> {
  const notice = await findNotice(notices, id)
  if (!isAuthor(account, notice)) throw notTheAuthor()
  return notice
}

function notTheAuthor(): Problem {
  return new Problem(403, 'Only the author of a notice can change it.')
}
