/** A real Chromium for tests: one process for each test file, and a new profile for each test. */
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { findTool } from '../interop/tools.ts'

export const DESKTOP = { width: 1280, height: 800 }
export const PHONE = { width: 360, height: 740 }

/**
 * Opens a page in a new profile. The test fails if the browser reports an error.
 *
 * @param isExpected returns true for an error that the test expects
 */
type OpenPage = (options?: BrowserContextOptions, isExpected?: (error: string) => boolean) => Promise<Page>

/** Starts a browser for the tests of this file. */
export function useBrowser(): OpenPage {
  let browser: Browser | undefined
  beforeAll(async () => {
    const executablePath = findTool('chromium')
    if (executablePath === undefined) throw new Error('Chromium is missing: npm run tools')
    // The sandbox of Chromium does not run as root, as in CI; the pages are our own.
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  })
  afterAll(() => browser?.close())
  return async (options, isExpected = () => false) => {
    if (!browser) throw new Error('the browser has not started')
    const context = await browser.newContext({ viewport: DESKTOP, ...options })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    failOnErrors(page, isExpected)
    return page
  }
}

/** A violation of the policy and an error of a script are written to the console: the test fails after it has ended. */
function failOnErrors(page: Page, isExpected: (error: string) => boolean): void {
  const errors: string[] = []
  page.on('console', message => {
    // A response with an error status, which the test expects, is logged as well.
    const text = message.text()
    const isError = message.type() === 'error' && !text.startsWith('Failed to load resource')
    if (isError && !isExpected(text)) errors.push(text)
  })
  page.on('pageerror', error => errors.push(String(error)))
  onTestFinished(() => expect(errors).toEqual([]))
}

/**
 * Checks the page with axe-core against WCAG 2.2 AA. It needs scripts, so the page must have been opened with them, and cannot
 * look into a sandboxed frame, which has none.
 */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .exclude('iframe[sandbox]')
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
}

/** True if the page is wider than the window, so that a person must scroll sideways. */
export async function overflows(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
}

/** Saves the page for a person to look at, in the folder `FOURWIRE_SCREENSHOTS`; does nothing without it. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.FOURWIRE_SCREENSHOTS
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
}
