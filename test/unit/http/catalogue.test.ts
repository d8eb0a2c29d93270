import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createFindPart } from '../../../node/catalogue/parts.js'
import { createProveCatalogue } from '../../../node/catalogue/proof.js'
import { catalogueRoutes } from '../../../node/http/routes/catalogue.js'
import { cataloguePages } from '../../../node/web/catalogue-pages.js'
import {
  createCatalogueWorld,
  exampleContents,
  exampleSource,
  exampleUrl,
  type CatalogueWorld,
} from '../../support/catalogue-world.js'
import { createServedWorld } from './served.js'

const served = createServedWorld()
let world: CatalogueWorld
let base: string

beforeEach(async () => {
  world = createCatalogueWorld()
  const { published, parts, clock } = world
  await parts.parties.create({ subject: 'gemeente' })
  await world.publish('gemeente', exampleContents())
  await world.publish(
    'ander',
    exampleContents({ id: `${exampleUrl}/catalogus/of/ander`, sources: [exampleSource({ key: 'jeugd' })] }),
  )
  await published.refresh()
  const prove = createProveCatalogue({ clock, parties: parts.parties })
  const routes = catalogueRoutes({
    published,
    prove,
    findPart: createFindPart(),
    pages: cataloguePages,
    parties: parts.parties,
    scopesOf: () => ['wmo:read'],
  })
  const { port } = await served.serve(routes)
  base = `http://127.0.0.1:${String(port)}`
})
afterEach(() => served.close())

const get = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
  fetch(`${base}${path}`, { headers, method })
const tagOf = async (path: string, headers: Readonly<Record<string, string>> = {}) =>
  (await get(path, headers)).headers.get('etag') ?? ''
const current = () => {
  const version = world.published.current('gemeente')
  if (version === undefined) throw new Error('nothing is published')
  return version
}

describe('a catalogue', () => {
  test.each([
    [undefined, 'application/ld+json'],
    ['*/*', 'application/ld+json'],
    ['text/turtle', 'text/turtle; charset=utf-8'],
    ['text/turtle;q=0.2, application/ld+json;q=0.1', 'text/turtle; charset=utf-8'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html; charset=utf-8'],
  ])('for who accepts %j is %s', async (accept, contentType) => {
    const answer = await get('/catalogus', accept === undefined ? {} : { accept })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, contentType])
    expect(answer.headers.get('vary')).toBe('Accept, Accept-Language')
    expect(answer.headers.get('cache-control')).toMatch(/^public, max-age=3600/)
  })

  test('has an etag for each form, with its digest', async () => {
    const { digest } = current()
    expect(await tagOf('/catalogus')).toBe(`"${digest}-ld"`)
    expect(await tagOf('/catalogus', { accept: 'text/turtle' })).toBe(`"${digest}-ttl"`)
    expect(await tagOf('/catalogus', { accept: 'text/html' })).toContain(`"${digest}-html-`)
    expect(await tagOf('/catalogus?taal=en', { accept: 'text/html' })).not.toBe(
      await tagOf('/catalogus', { accept: 'text/html' }),
    )
  })

  test.each([{}, { accept: 'text/turtle' }, { accept: 'text/html' }])(
    'is not sent again to who has it as %j',
    async (headers) => {
      const etag = await tagOf('/catalogus', headers)
      const answer = await get('/catalogus', { ...headers, 'if-none-match': `"x", W/${etag}` })
      expect([answer.status, await answer.text(), answer.headers.get('etag')]).toEqual([304, '', etag])
      expect(answer.headers.get('vary')).toBe('Accept, Accept-Language')
      expect(answer.headers.get('content-length')).toBeNull()
    },
  )

  test('is sent to who has another form, or another version', async () => {
    const etag = await tagOf('/catalogus')
    expect((await get('/catalogus', { accept: 'text/turtle', 'if-none-match': etag })).status).toBe(200)
    world.clock.move(1)
    await world.publish('gemeente', exampleContents({ sources: [exampleSource({ version: '1.3.0' })] }))
    await world.published.refresh()
    expect((await get('/catalogus', { 'if-none-match': etag })).status).toBe(200)
  })

  test('is refused in a form that there is not, and says which there are', async () => {
    const answer = await get('/catalogus', { accept: 'application/pdf' })
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('vary')]).toEqual([
      406,
      'application/problem+json',
      'Accept, Accept-Language',
    ])
    expect(JSON.stringify(await answer.json())).toContain('application/ld+json, text/turtle, text/html')
  })

  test.each([
    ['.jsonld', 'application/ld+json'],
    ['.ttl', 'text/turtle; charset=utf-8'],
    ['.html', 'text/html; charset=utf-8'],
  ])('is had by a link that ends in %s, whatever is accepted', async (extension, contentType) => {
    const answer = await get(`/catalogus${extension}`, { accept: 'image/png' })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, contentType])
  })

  test('answers HEAD as GET, without the body', async () => {
    const answer = await get('/catalogus', {}, 'HEAD')
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(current().jsonLd)))
  })

  test('takes nothing but reading', async () => {
    expect((await get('/catalogus', {}, 'POST')).status).toBe(405)
  })

  test('is a page that loads nothing and runs nothing', async () => {
    const answer = await get('/catalogus', { accept: 'text/html' })
    const text = await answer.text()
    const [, style = ''] = /<style>([^]*)<\/style>/.exec(text) ?? []
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(createHash('sha256').update(style).digest('base64'))
    expect(text).not.toMatch(/<script|<img|src=|url\(/)
    expect(answer.headers.get('content-language')).toBe('nl')
  })
})

describe('a part of a catalogue', () => {
  test.each(['/catalogus/datasets/wmo', '/catalogus/services/wmo', '/catalogus/policies/wmo/v1'])(
    'at %s has three forms',
    async (path) => {
      expect(((await (await get(path)).json()) as { id: string }).id).toBe(`${exampleUrl}${path}`)
      expect((await get(path, { accept: 'text/turtle' })).headers.get('content-type')).toBe(
        'text/turtle; charset=utf-8',
      )
      expect(await (await get(`${path}.html`)).text()).toContain('<html lang="nl">')
      expect((await get(path, { accept: 'image/png' })).status).toBe(406)
      expect((await get(path, { 'if-none-match': await tagOf(path) })).status).toBe(304)
    },
  )

  test.each([
    '/catalogus/datasets/jeugd',
    '/catalogus/datasets/constructor',
    '/catalogus/datasets/wmo.exe',
    '/catalogus/datasets/..%2Fwmo',
    '/catalogus/services/999990019',
    '/catalogus/policies/wmo/v2',
    '/catalogus/policies/wmo/v01',
    '/catalogus/policies/wmo/1',
    '/catalogus/policies/wmo/v9999999999999',
    '/catalogus/policies/jeugd/v1/rules',
    '/catalogus/schemas/wmo/v2',
    '/catalogus/versions/2020-01-01.1',
    '/catalogus/of/gemeente',
    '/catalogus/of/nobody',
  ])('that is not there is not found: %s', async (path) => {
    const answer = await get(path)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    expect(await answer.text()).not.toContain('999990019')
  })

  test('that never changes may be kept for ever', async () => {
    for (const path of [
      '/catalogus/policies/wmo/v1',
      '/catalogus/policies/wmo/v1/rules',
      '/catalogus/schemas/wmo/v1',
      '/catalogus/context/v1',
    ]) {
      const answer = await get(path)
      expect([path, answer.status, answer.headers.get('cache-control')]).toEqual([
        path,
        200,
        'public, max-age=31536000, immutable',
      ])
      const again = await get(path, { 'if-none-match': answer.headers.get('etag') ?? '' })
      expect(again.status).toBe(304)
    }
  })

  test('is a file in its own media type', async () => {
    const answer = await get('/catalogus/policies/wmo/v1/rules')
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual([
      'application/json; charset=utf-8',
      exampleSource().rules.text,
    ])
  })
})

describe('an earlier version', () => {
  test('is read under its own URL, and is said to be one', async () => {
    const first = current()
    world.clock.move(86_400)
    await world.publish('gemeente', exampleContents({ sources: [exampleSource({ version: '1.3.0' })] }))
    await world.published.refresh()
    const answer = await get(`/catalogus/versions/${first.version}`)
    expect([answer.status, await answer.text()]).toEqual([200, first.jsonLd])
    expect(answer.headers.get('cache-control')).toMatch(/immutable/)
    expect(await (await get(`/catalogus/versions/${first.version}`, { accept: 'text/html' })).text()).toContain(
      'nl-note',
    )
    expect((await get(`/catalogus/versions/${first.version}.ttl`)).headers.get('content-type')).toBe(
      'text/turtle; charset=utf-8',
    )
    const { versions } = (await (await get('/catalogus/versions')).json()) as {
      versions: readonly { version: string }[]
    }
    expect(versions.map(({ version }) => version)).toEqual([current().version, first.version])
    expect(await (await get('/catalogus/versions', { accept: 'text/html' })).text()).toContain(first.version)
  })
})

describe('catalogues of two parties', () => {
  test('each have their own place, and nothing of the other', async () => {
    const [one, other] = [await (await get('/catalogus')).text(), await (await get('/catalogus/of/ander')).text()]
    expect(one).not.toMatch(/jeugd|of\/ander/)
    expect(other).not.toMatch(/datasets\/wmo/)
    expect((await get('/catalogus/of/ander/datasets/jeugd')).status).toBe(200)
    expect((await get('/catalogus/of/ander/datasets/wmo')).status).toBe(404)
  })
})

describe('the proof', () => {
  const claimsOf = (jws: string) =>
    JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Record<string, number>

  test('is signed once a day, so that asking for it costs no signature', async () => {
    const first = await (await get('/catalogus/proof')).text()
    world.clock.move(86_399)
    expect(await (await get('/catalogus/proof')).text()).toBe(first)
    world.clock.move(2)
    expect(await (await get('/catalogus/proof')).text()).not.toBe(first)
  })

  test('always counts for six days and more, and never for more than seven', async () => {
    for (let hour = 0; hour < 24 * 9; hour += 7) {
      const { iat = 0, exp = 0 } = claimsOf(await (await get('/catalogus/proof')).text())
      const now = world.clock.now() / 1000
      expect(exp - iat).toBe(7 * 86_400)
      expect(exp - now).toBeGreaterThanOrEqual(6 * 86_400)
      world.clock.move(7 * 3600)
    }
  })

  test('is of the version that is published, from its first moment', async () => {
    const { seq = 0 } = claimsOf(await (await get('/catalogus/proof')).text())
    await world.publish('gemeente', exampleContents({ sources: [exampleSource({ version: '1.3.0' })] }))
    await world.published.refresh()
    const after = claimsOf(await (await get('/catalogus/proof')).text())
    expect(after).toMatchObject({ seq: seq + 1, version: current().version })
  })

  test('is not there for a party that is no more', async () => {
    await world.parts.parties.deactivate('gemeente')
    expect((await get('/catalogus/proof')).status).toBe(404)
  })
})
