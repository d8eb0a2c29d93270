import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { serverAudits } from 'graphql-http'
import { startSourceWorld, type SourceWorld } from '../support/source-world.js'

const source = (name: string, http: 'iwlz' | 'standard', strictAccept = false) =>
  ({
    name,
    kind: 'register',
    schema: 'indicatieregister-2',
    pack: 'schemavragen',
    graphql: { http, strictAccept, introspection: true },
  }) as const

let world: SourceWorld

beforeAll(async () => {
  world = await startSourceWorld([
    source('standaard', 'standard'),
    source('iwlz', 'iwlz'),
    source('streng', 'iwlz', true),
    { ...source('register', 'standard'), schema: 'bemiddelingsregister-1', pack: 'bemiddelingsregister' },
  ])
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

describe('strictAccept', () => {
  const body = { query: '{ __typename }' }

  test.each(['application/json', 'text/html', 'application/json, application/graphql-response+json;q=0'])(
    'iwlz-handbook answers 406 to who accepts %s, and accounts for it',
    async (accept) => {
      const reply = await world.ask('zorgkantoor', 'streng', body, { accept })
      expect([reply.status, reply.headers.get('x-bronnet-component')]).toEqual([406, 'pep'])
      expect((await world.journal()).at(-1)).toMatchObject({ code: 'read.refused', error: 'request.not_acceptable' })
      expect((await world.ask('zorgkantoor', 'iwlz', body, { accept })).status).toBe(200)
    },
  )

  test.each(['application/graphql-response+json, application/json;q=0.9', '*/*'])(
    'answers who accepts %s',
    async (accept) => {
      const reply = await world.ask('zorgkantoor', 'streng', body, { accept })
      expect([reply.status, reply.headers.get('content-type')]).toEqual([
        200,
        'application/graphql-response+json; charset=utf-8',
      ])
    },
  )
})

describe('a query by GET', () => {
  async function get(source: string, parameters: Readonly<Record<string, string>>) {
    const authorization = `Bearer ${await world.tokenFor('zorgkantoor', source)}`
    const url = `${world.urlOf(source)}?${new URLSearchParams(parameters).toString()}`
    return world.call(url, { headers: { authorization, accept: 'application/graphql-response+json' } })
  }

  test('is taken when it compares nothing, and is in the journal as any other', async () => {
    const reply = await get('standaard', { query: '{ __typename }' })
    expect([reply.status, JSON.parse(reply.text)]).toEqual([
      200,
      expect.objectContaining({ data: { __typename: 'Query' } }),
    ])
    expect((await world.journal()).at(-1)).toMatchObject({ code: 'read.answered' })
  })

  test('is refused by the rules as any other', async () => {
    expect((await get('register', { query: '{ client { bsn } }' })).status).toBe(403)
  })

  test.each([
    [
      'in the document',
      { query: '{ client(where: { clientID: { eq: "53089759-97a5-4a50-b1c9-bae97b8e73f0" } }) { bsn } }' },
    ],
    [
      'in variables',
      {
        query: 'query($id: UUID) { client(where: { clientID: { eq: $id } }) { bsn } }',
        variables: '{"id":"53089759-97a5-4a50-b1c9-bae97b8e73f0"}',
      },
    ],
  ])('with a value %s is refused, whatever the rules say', async (_what, parameters) => {
    const reply = await get('register', parameters)
    expect(reply.status).toBe(400)
    expect(reply.text).toContain('A query with conditions must be sent with POST.')
  })

  test('with what could be a BSN is refused, and the answer does not repeat it', async () => {
    const reply = await get('standaard', { query: '{ __typename }', variables: '{"x":"999990019"}' })
    expect([reply.status, reply.text.includes('999990019')]).toEqual([400, false])
  })

  test.each([
    ['variables that are no JSON', { variables: '{' }],
    ['variables that are a list', { variables: '[]' }],
    ['a parameter that is not defined', { access_token: 'a' }],
  ])('with %s is 400', async (_what, parameters: Readonly<Record<string, string>>) => {
    expect((await get('standaard', { query: '{ __typename }', ...parameters })).status).toBe(400)
  })

  test('is not taken by RFC0040', async () => {
    expect((await get('iwlz', { query: '{ __typename }' })).status).toBe(400)
  })
})
