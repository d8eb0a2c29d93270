import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { pageSecurityPolicy } from '../../node/web/style.js'
import { faultsOf } from '../support/axe.js'
import { describeWithBrowser } from '../support/browser.js'
import { exampleCatalogue, examplePages, exampleView } from '../support/catalogue-view.js'

// A browser takes long on a machine with other work.
jest.setTimeout(60_000)

let pages: ReadonlyMap<string, string>
let server: Server
let origin: string

beforeAll(async () => {
  const catalogue = await exampleCatalogue(['wmo', 'jeugd'])
  pages = examplePages(exampleView(catalogue))
  const english = examplePages(exampleView(catalogue, 'en'))
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const page = (searchParams.get('taal') === 'en' ? english : pages).get(pathname)
    response.writeHead(page === undefined ? 404 : 200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': pageSecurityPolicy,
    })
    // The addresses of the example are at another host than this server.
    response.end(page?.replaceAll('href="https://node.voorbeeld.example/', 'href="/'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => new Promise((resolve) => server.close(resolve)))

const paths = [
  '/catalogus',
  '/catalogus/datasets/wmo',
  '/catalogus/services/wmo',
  '/catalogus/policies/wmo/v1',
  '/catalogus/versions',
]

describeWithBrowser('the pages of a catalogue, in a browser', (browser) => {
  const open: BrowserContext[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((context) => context.close()))
  })

  async function visit(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser().newContext(options)
    open.push(context)
    const page = await context.newPage()
    await page.goto(`${origin}${path}`)
    return page
  }

  test.each(
    paths.flatMap((path) => [[path, 'light'] as const, [path, 'dark'] as const, [`${path}?taal=en`, 'light'] as const]),
  )('%s in the %s has no fault that axe knows', async (path, colorScheme) => {
    expect(await faultsOf(await visit(path, { colorScheme }))).toEqual([])
  })

  test('axe sees a fault where there is one', async () => {
    const page = await visit('/catalogus')
    await page.evaluate(`document.documentElement.removeAttribute('lang')`)
    expect(await faultsOf(page)).toEqual([expect.stringMatching(/^html-has-lang/)])
  })

  test.each(paths)('%s loads nothing else, breaks no rule of its policy, and is styled', async (path) => {
    const context = await browser().newContext({ javaScriptEnabled: true })
    open.push(context)
    const page = await context.newPage()
    const [asked, said]: [string[], string[]] = [[], []]
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    page.on('console', (message) => said.push(message.text()))
    await page.goto(`${origin}${path}`)
    const style = await page.evaluate(`getComputedStyle(document.querySelector('header')).backgroundColor`)
    expect(asked.filter((asked_) => asked_ !== '/favicon.ico')).toEqual([path])
    expect(said.filter((text) => !text.includes('favicon'))).toEqual([])
    expect(style).toBe('rgb(10, 47, 82)')
  })

  test.each([320, 375, 768, 1280])(
    'fits on a screen of %i pixels wide, with tables that scroll by themselves',
    async (width) => {
      for (const path of paths) {
        const page = await visit(path, { viewport: { width, height: 800 } })
        const over = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
        expect([path, over]).toEqual([path, 0])
      }
    },
    60_000,
  )

  test('is read with twice the size of text as well', async () => {
    const page = await visit('/catalogus', { viewport: { width: 640, height: 800 }, deviceScaleFactor: 2 })
    await page.evaluate(`document.documentElement.style.fontSize = '200%'`)
    const over = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    expect(over).toBe(0)
  })

  test('is walked through with the keyboard: the first stop is the way to the content', async () => {
    const page = await visit('/catalogus')
    await page.keyboard.press('Tab')
    const skip = page.locator('.nl-skip-link')
    expect(await page.evaluate('document.activeElement.className')).toBe('nl-skip-link')
    expect((await skip.boundingBox())?.y).toBeGreaterThanOrEqual(0)
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('inhoud')
  })

  test('says in any colour scheme what has the focus', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await visit('/catalogus', { colorScheme })
      const outline = `(() => { const style = getComputedStyle(document.activeElement); return style.outlineStyle + style.outlineWidth })()`
      for (let stop = 0; stop < 6; stop += 1) {
        await page.keyboard.press('Tab')
        expect(await page.evaluate(outline)).toBe('solid3px')
      }
      expect(await faultsOf(page)).toEqual([])
    }
  })

  test('leads from the overview to dataset and rules, and back, in the chosen language', async () => {
    const page = await visit('/catalogus')
    await page.getByRole('link', { name: 'English' }).click()
    await page.waitForURL('**/catalogus?taal=en')
    await page.getByRole('rowheader').getByRole('link', { name: 'Maatwerkvoorzieningen' }).first().click()
    await page.waitForURL('**/catalogus/datasets/*?taal=en')
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    expect(await page.locator('h1 [lang=nl]').textContent()).toBe('Maatwerkvoorzieningen')
    await page.getByRole('navigation', { name: 'You are here' }).getByRole('link').first().click()
    await page.waitForURL('**/catalogus?taal=en')
  })

  test('opens the fields of a rule without a script', async () => {
    const page = await visit('/catalogus/policies/wmo/v1', { javaScriptEnabled: false })
    const fields = page.getByRole('table', { name: 'Gegevens die deze regel laat lezen' })
    expect(await fields.isVisible()).toBe(false)
    await page.locator('summary').first().click()
    expect(await fields.isVisible()).toBe(true)
  })

  test('is printed without navigation, and with the addresses that links lead to', async () => {
    const page = await visit('/catalogus', { colorScheme: 'dark' })
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByRole('navigation').first().isVisible()).toBe(false)
    expect(await page.evaluate(`getComputedStyle(document.body).backgroundColor`)).toBe('rgb(255, 255, 255)')
    const after = await page.evaluate(`getComputedStyle(document.querySelector('a[href^=mailto]'), '::after').content`)
    expect(after).toContain('gegevens@voorbeeld.example')
    expect((await page.pdf()).length).toBeGreaterThan(1000)
  })
})
