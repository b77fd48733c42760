/** Every page in light and dark, on a desktop and on a phone. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { suiteFor } from '../helpers/suite.ts'
import { DESKTOP, expectAccessible, overflows, PHONE, screenshot, useBrowser } from './browser.ts'

const openPage = useBrowser()

const LOOKS = [
  ['light', 'desktop', DESKTOP],
  ['dark', 'desktop', DESKTOP],
  ['light', 'phone', PHONE],
  ['dark', 'phone', PHONE],
] as const

async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(new URL('/app/sign-in', url).href)
  await page.getByLabel('Name').fill('alice')
  await page.getByLabel('Password').fill('wonderland')
  await page.getByRole('button', { name: 'Sign in' }).click()
}

describe.each(LOOKS)('%s on a %s', (colorScheme, device, viewport) => {
  test('the pages are accessible, and fit into the window', async () => {
    const { http } = await suiteFor({ services: ['http', 'smtp'] })
    const page = await openPage({ colorScheme, viewport })
    const look = async (name: string) => {
      await screenshot(page, `${name}-${colorScheme}-${device}`)
      await expectAccessible(page)
      expect(await overflows(page)).toBe(false)
    }
    await page.goto(new URL('/app/sign-in', http.url).href)
    await look('sign-in')
    await page.getByLabel('Name').fill('alice')
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await look('sign-in-wrong')
    await signIn(page, http.url)
    await page.getByLabel('New notice').fill('The printer works again.\nPaper is in the cupboard.')
    await page.getByRole('button', { name: 'Post' }).click()
    await page.getByLabel('New notice').fill(`A long word: ${'x'.repeat(200)}`)
    await page.getByRole('button', { name: 'Post' }).click()
    await look('notices')
    await page.getByRole('link', { name: 'Edit' }).first().click()
    await look('notice-edit')
    await page.goto(new URL('/app/sessions', http.url).href)
    await look('sessions')
    await page.goto(new URL('/app/nothing', http.url).href)
    await look('not-found')
  })
})
