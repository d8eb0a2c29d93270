import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { serverAudits } from 'graphql-http'
import { startSourceWorld, type SourceWorld } from '../support/source-world.js'

const source = (name: string, http: 'iwlz' | 'standard') =>
  ({
    name,
    kind: 'register',
    schema: 'indicatieregister-2',
    pack: 'schemavragen',
    graphql: { http, introspection: true },
  }) as const

let world: SourceWorld

beforeAll(async () => {
  world = await startSourceWorld([source('standaard', 'standard'), source('iwlz', 'iwlz')])
})

afterAll(() => world.end())

/** The audits of the public suite at a source of a running node, each request with a token. */
function auditsOf(name: string) {
  return serverAudits({
    url: () => world.urlOf(name),
    async fetchFn(url: string, init: RequestInit = {}) {
      const headers = new Headers(init.headers)
      headers.set('authorization', `Bearer ${await world.tokenFor('zorgkantoor', name)}`)
      return fetch(url, { ...init, headers })
    },
  })
}

/** What the text of iWlz RFC0040 asks otherwise: the media type for who says nothing, and POST alone. */
const againstRfc0040 = ['47DE', '80D8', '5A70', 'D6D5', '6A70']

describe('the server audits of graphql-http', () => {
  test('are the 61 that were counted on', () => {
    expect(auditsOf('standaard')).toHaveLength(61)
  })

  test.each(auditsOf('standaard').map((audit) => [audit.id, audit.name, audit] as const))(
    'graphql-http-%s %s, by the standard',
    async (_id, _name, audit) => {
      expect(await audit.fn()).toMatchObject({ status: 'ok' })
    },
  )

  test('by iWlz RFC0040 all are ok but those that it contradicts', async () => {
    const results = []
    for (const audit of auditsOf('iwlz')) results.push(await audit.fn())
    expect(results.filter(({ status }) => status !== 'ok').map(({ id }) => id)).toEqual(againstRfc0040)
    expect(results.filter(({ status }) => status === 'error')).toEqual([])
  })
})
