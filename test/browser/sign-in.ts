/** Signs in on the page of the application. */
import type { Page } from 'playwright-core'

export async function signIn(page: Page, url: string, user = 'alice', password = 'wonderland'): Promise<void> {
  await page.goto(new URL('/app/sign-in', url).href)
  await page.getByLabel('Name').fill(user)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}
