import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { interfacePages } from '../../node/web/interface-pages.js'
import { faultsOf } from '../support/axe.js'
import { describeWithBrowser } from '../support/browser.js'
import { readOpenApiDocuments } from '../support/openapi-documents.js'

// A browser takes long on a machine with other work.
jest.setTimeout(60_000)

let server: Server
let origin: string

beforeAll(async () => {
  const documents = await readOpenApiDocuments()
  const page = interfacePages.renderInterface(documents.public as never, {
    document: '/public-openapi.json',
    others: [],
  })
  server = createServer((_request, response) => {
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': interfacePages.securityPolicy,
    })
    response.end(page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => new Promise((resolve) => server.close(resolve)))

describeWithBrowser('the page of the public interface, in a browser', (browser) => {
  test.each(['light', 'dark'] as const)('has no fault that axe knows, in the %s', async (colorScheme) => {
    const context = await browser().newContext({ colorScheme })
    const page = await context.newPage()
    const said: string[] = []
    page.on('console', (message) => said.push(message.text()))
    await page.goto(`${origin}/`)
    expect(await faultsOf(page)).toEqual([])
    expect(said).toEqual([])
    await context.close()
  })
})
