/** The application as a person uses it, with and without JavaScript. */
import { describe, expect, test } from 'vitest'
import { suiteFor } from '../helpers/suite.ts'
import { useBrowser } from './browser.ts'

const openPage = useBrowser()

describe.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
])('%s', (_, javaScriptEnabled) => {
  test('signs in wrong, then right, posts, edits and deletes a notice, and signs out everywhere', async () => {
    const { http } = await suiteFor({ services: ['http', 'smtp'] })
    const page = await openPage({ javaScriptEnabled })
    await page.goto(new URL('/app', http.url).href)
    await page.getByLabel('Name').fill('alice')
    await page.getByLabel('Password').fill('wonderwall')
    await page.getByRole('button', { name: 'Sign in' }).click()
    expect(await page.getByRole('alert').textContent()).toBe('The name or the password is wrong.')
    expect(await page.getByLabel('Name').inputValue()).toBe('alice')
    await page.getByLabel('Password').fill('wonderland')
    await page.keyboard.press('Enter')
    await page.getByLabel('New notice').fill('The printer works again.')
    await page.getByRole('button', { name: 'Post' }).click()
    await page.getByRole('link', { name: 'Edit' }).click()
    await page.getByLabel('Text').fill('The printer is broken.')
    await page.getByRole('button', { name: 'Save' }).click()
    expect(await page.getByRole('listitem').last().textContent()).toMatch(/alice.*edited.*The printer is broken\./s)
    await page.getByRole('link', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    expect(await page.getByText('There are no notices.').isVisible()).toBe(true)
    await page.getByRole('link', { name: 'Sessions' }).click()
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await page.goto(new URL('/app/notices', http.url).href)
    expect(page.url()).toMatch(/\/app\/sign-in\?next=%2Fapp%2Fnotices$/)
  })
})

test('a page of another site cannot post in the name of the user', async () => {
  const { http } = await suiteFor({ services: ['http'] })
  const page = await openPage()
  await page.goto(new URL('/app/sign-in', http.url).href)
  await page.getByLabel('Name').fill('alice')
  await page.getByLabel('Password').fill('wonderland')
  await page.getByRole('button', { name: 'Sign in' }).click()
  const action = new URL('/app/notices', http.url).href
  await page.route('http://evil.example/', route =>
    route.fulfill({
      contentType: 'text/html',
      body: `<form method="post" action="${action}"><input name="text" value="forged"><button>Win</button></form>`,
    }),
  )
  await page.goto('http://evil.example/')
  await page.getByRole('button', { name: 'Win' }).click()
  await page.goto(action)
  expect(await page.getByText('forged').count()).toBe(0)
})
