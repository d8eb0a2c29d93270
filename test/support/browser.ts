import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { chromium, type Browser } from 'playwright-core'

/** Where Debian and others put Chromium; the first that exists is used. */
const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Without these a browser looks for servers of its maker, which nobody answers here. */
const quietly = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']

/**
 * A `describe` for tests in a real browser.
 *
 * `BRONNET_BROWSER` names the browser, and then it must be there: the tests fail without it, as they must where CI has
 * installed one. Without that variable a browser in a usual place is used, and where there is none the tests are skipped,
 * loudly: a machine without a browser can still run all others.
 * @param define gets a function that gives the browser, once the tests run
 */
export function describeWithBrowser(title: string, define: (browser: () => Browser) => void): void {
  const named = process.env['BRONNET_BROWSER']
  const path = named ?? usualPlaces.find((place) => existsSync(place))
  if (path === undefined) {
    const notice = `${title}: there is no Chromium on this machine (on Debian: apt-get install chromium)`
    // eslint-disable-next-line no-console -- the point is that somebody sees it
    console.warn(`SKIPPED ${notice}`)
    test.skip(notice, () => {})
    return
  }
  describe(title, () => {
    let browser: Browser | undefined
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: path, args: quietly, chromiumSandbox: false })
    }, 60_000)
    afterAll(() => browser?.close())
    define(() => {
      if (browser === undefined) throw new Error('the browser did not start')
      return browser
    })
  })
}
