import { expect, test } from 'vitest'
import { SubmissionTokens } from '../../../shared/store/submission-tokens.ts'
import { describeOnEveryDatabase } from './engines.ts'

describeOnEveryDatabase(database => {
  test('a token is valid once, and for its account only', async context => {
    const { accounts, submissionTokens } = await database.open(context)
    const [ann, ben] = [
      await accounts.add({ name: 'ann', password: 'x' }),
      await accounts.add({ name: 'ben', password: 'x' }),
    ]
    const token = await submissionTokens.create(ann)
    expect(submissionTokens.isToken(token)).toBe(true)
    expect(submissionTokens.isToken('x')).toBe(false)
    expect(await submissionTokens.redeem(token, ben)).toBe(false)
    expect(await submissionTokens.redeem(`${token}x`, ann)).toBe(false)
    expect(await submissionTokens.redeem(token, ann)).toBe(true)
    expect(await submissionTokens.redeem(token, ann)).toBe(false)
  })

  test('a token expires', async context => {
    const { accounts } = await database.open(context)
    const engine = await database.openEngine(context)
    let now = 1_000_000
    const tokens = new SubmissionTokens(engine.db, () => now)
    const account = await accounts.add({ name: 'ann', password: 'x' })
    const token = await tokens.create(account)
    now += 30_000
    expect(await tokens.redeem(token, account)).toBe(false)
  })
})
