import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { createFixedClock } from '../../node/kernel/clock.js'
import { pageSecurityPolicy } from '../../node/web/style.js'
import { faultsOf } from '../support/axe.js'
import { describeWithBrowser } from '../support/browser.js'
import { startRegion, untilIndexed, type Region } from '../support/region.js'

// A browser takes long on a machine with other work.
jest.setTimeout(60_000)

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))

describeWithBrowser('the public catalogue of a node that runs, in a browser', (browser) => {
  let region: Region
  let page: Page
  let catalogueUrl: string

  beforeAll(async () => {
    region = await startRegion({ clock })
    catalogueUrl = await untilIndexed(region, 'zorgkantoor-noord', 'ciz')
    page = await (await browser().newContext({ locale: 'nl-NL', ignoreHTTPSErrors: true })).newPage()
  }, 120_000)

  afterAll(() => region.end())

  test('is a page for who comes with a browser, under the policy of pages', async () => {
    const answer = await page.goto(catalogueUrl)
    expect(answer?.status()).toBe(200)
    expect(answer?.headers()).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': pageSecurityPolicy,
      'x-content-type-options': 'nosniff',
    })
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('CIZ')
    expect(await faultsOf(page)).toEqual([])
  })

  test('leads to the dataset, to its rules with their grondslag, to the service and to the versions', async () => {
    await page.goto(catalogueUrl)
    await page.getByRole('rowheader').getByRole('link').first().click()
    await page.waitForURL('**/datasets/**')
    expect(await faultsOf(page)).toEqual([])
    await page.getByRole('link', { name: 'De regels voor toegang' }).click()
    await page.waitForURL('**/policies/**')
    expect(await page.getByRole('article').count()).toBeGreaterThan(0)
    expect(await page.getByText('geldend').first().isVisible()).toBe(true)
    expect(await faultsOf(page)).toEqual([])
    await page.goto(catalogueUrl)
    await page.locator('section[aria-labelledby=diensten]').getByRole('link').first().click()
    await page.waitForURL('**/services/**')
    const { authorizationServer } = region.world.member('ciz')
    expect(await page.getByText(authorizationServer, { exact: true }).isVisible()).toBe(true)
    expect(await faultsOf(page)).toEqual([])
    await page.getByRole('link', { name: 'Eerdere versies' }).click()
    await page.waitForURL('**/versions')
    expect(await page.getByText('nu geldig').isVisible()).toBe(true)
    expect(await faultsOf(page)).toEqual([])
  })

  test('speaks English to who prefers that, and says so', async () => {
    const context = await browser().newContext({ locale: 'en-GB', ignoreHTTPSErrors: true })
    const english = await context.newPage()
    const answer = await english.goto(catalogueUrl)
    expect(answer?.headers()).toMatchObject({
      'content-language': 'en',
      vary: expect.stringContaining('Accept-Language'),
    })
    expect(await english.locator('html').getAttribute('lang')).toBe('en')
    await context.close()
  })

  test('gives programs the same as data, by the links of the page', async () => {
    await page.goto(catalogueUrl)
    for (const [name, type] of [
      ['JSON-LD', 'application/ld+json'],
      ['Turtle', 'text/turtle'],
      ['JWS', 'application/jwt'],
    ] as const) {
      const href = await page.getByRole('contentinfo').getByRole('link', { name }).getAttribute('href')
      const answer = await page.request.get(href ?? '')
      expect([name, answer.status(), answer.headers()['content-type']?.split(';')[0]]).toEqual([name, 200, type])
    }
  })
})
