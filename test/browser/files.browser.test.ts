/** The files of the application: what a person uploads in the browser, FTP serves. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Writable } from 'node:stream'
import { Client } from 'basic-ftp'
import { describe, expect, test } from 'vitest'
import { emptyFolder } from '../helpers/cli.ts'
import { suiteFor } from '../helpers/suite.ts'
import { DESKTOP, expectAccessible, overflows, PHONE, screenshot, useBrowser } from './browser.ts'
import { signIn } from './sign-in.ts'

const openPage = useBrowser()

async function fetchByFtp({ host, port }: { host: string; port: number }, file: string): Promise<string> {
  const client = new Client()
  const chunks: Buffer[] = []
  const target = new Writable({
    write: (chunk, _encoding, done) => {
      chunks.push(chunk)
      done()
    },
  })
  try {
    await client.access({ host, port, user: 'alice', password: 'wonderland' })
    await client.downloadTo(target, file)
    return Buffer.concat(chunks).toString()
  } finally {
    client.close()
  }
}

describe.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
])('%s', (_, javaScriptEnabled) => {
  test('uploads a file that FTP serves, renames it, downloads it and deletes it', async () => {
    const { http, ftp } = await suiteFor({ services: ['http', 'ftp'] })
    const file = path.join(await emptyFolder(), 'minutes of May.txt')
    await writeFile(file, 'We met.')
    const page = await openPage({ javaScriptEnabled })
    await signIn(page, http.url)
    await page.getByRole('link', { name: 'Files' }).click()
    await page.getByLabel('Name of the folder').fill('minutes')
    await page.getByRole('button', { name: 'Make folder' }).click()
    await page.getByRole('link', { name: 'minutes/' }).click()
    await page.getByLabel('Files').setInputFiles(file)
    await page.getByRole('button', { name: 'Upload' }).click()
    expect(await fetchByFtp(ftp, '/minutes/minutes of May.txt')).toBe('We met.')
    await page.getByRole('link', { name: 'Rename minutes of May.txt' }).click()
    await page.getByLabel('New name').fill('may.txt')
    await page.getByRole('button', { name: 'Rename' }).click()
    expect(await fetchByFtp(ftp, '/minutes/may.txt')).toBe('We met.')
    const downloading = page.waitForEvent('download')
    await page.getByRole('link', { name: 'may.txt', exact: true }).click()
    expect((await downloading).suggestedFilename()).toBe('may.txt')
    await page.getByRole('link', { name: 'Delete may.txt' }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    expect(await page.getByText('The folder is empty.').isVisible()).toBe(true)
  })
})

describe.each([
  ['light', 'desktop', DESKTOP],
  ['dark', 'desktop', DESKTOP],
  ['light', 'phone', PHONE],
  ['dark', 'phone', PHONE],
] as const)('%s on a %s', (colorScheme, device, viewport) => {
  test('the pages of the files are accessible, and fit into the window', async () => {
    const { http } = await suiteFor({ services: ['http'] })
    const page = await openPage({ colorScheme, viewport })
    await signIn(page, http.url)
    for (const [name, target] of [
      ['files', '/app/files/browse/files'],
      ['files-rename', '/app/files/rename/files/hello.txt'],
      ['files-delete', '/app/files/delete/files/hello.txt'],
    ] as const) {
      await page.goto(new URL(target, http.url).href)
      await screenshot(page, `${name}-${colorScheme}-${device}`)
      await expectAccessible(page)
      expect(await overflows(page)).toBe(false)
    }
  })
})

test.each([
  ['light', DESKTOP],
  ['dark', PHONE],
] as const)('the listing of a folder is accessible and sorted by its columns (%s)', async (colorScheme, viewport) => {
  const { http, dataFolder } = await suiteFor({ services: ['http'] })
  const folder = path.join(dataFolder, 'www/files/a folder')
  await mkdir(folder)
  const sizes = { 'b10.txt': 1, 'b9.txt': 3, [`${'long name '.repeat(20)}.txt`]: 2 }
  for (const [name, size] of Object.entries(sizes)) await writeFile(path.join(folder, name), 'x'.repeat(size))
  const page = await openPage({ colorScheme, viewport })
  await page.goto(`${http.url}files/`)
  await page.getByRole('link', { name: 'a folder/' }).click()
  expect(await page.getByRole('heading').textContent()).toBe('/files/a folder/')
  const sizesShown = async () => (await page.locator('tbody td:nth-child(2)').allTextContents()).join(' ').trim()
  expect(await sizesShown()).toBe('3 B 1 B 2 B')
  await page.getByRole('button', { name: 'Size' }).click()
  expect(await sizesShown()).toBe('1 B 2 B 3 B')
  await page.getByRole('button', { name: 'Size' }).click()
  expect(await sizesShown()).toBe('3 B 2 B 1 B')
  expect(await overflows(page)).toBe(false)
  await expectAccessible(page)
  await page.getByRole('link', { name: 'files/' }).click()
  expect(new URL(page.url()).pathname).toBe('/files/')
})
