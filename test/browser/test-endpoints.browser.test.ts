/** The page of the test endpoints, in a browser: accessible, light and dark, on a desktop and a phone. */
import { describe, expect, test } from 'vitest'
import { suiteFor } from '../helpers/suite.ts'
import { DESKTOP, expectAccessible, overflows, PHONE, useBrowser } from './browser.ts'

const openPage = useBrowser()

describe.each([
  ['light', DESKTOP],
  ['dark', PHONE],
] as const)('%s', (colorScheme, viewport) => {
  test('the page is accessible, fits, and its links lead to their groups', async () => {
    const { http } = await suiteFor({ services: ['http'] })
    const page = await openPage({ colorScheme, viewport })
    await page.goto(`${http.url}test/`)
    await expectAccessible(page)
    expect(await overflows(page)).toBe(false)
    await page.getByRole('link', { name: 'Cookies' }).click()
    expect(page.url()).toBe(`${http.url}test/#cookies`)
    expect(await page.getByRole('heading', { name: 'Cookies', exact: true }).isVisible()).toBe(true)
  })
})

test('the form is accessible, and its values arrive', async () => {
  const { http } = await suiteFor({ services: ['http'] })
  const page = await openPage()
  await page.goto(`${http.url}test/forms/post`)
  await expectAccessible(page)
  await page.getByLabel('Name').fill('Ann')
  await page.getByLabel('Cheese').check()
  await page.getByRole('button', { name: 'Send' }).click()
  const { form } = JSON.parse(await page.locator('body').innerText())
  expect(form).toMatchObject({ custname: ['Ann'], topping: ['cheese'] })
})
