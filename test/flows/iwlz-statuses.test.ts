import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { packageFile } from '../../node/kernel/package-root.js'
import { catalogue, eq, indicatie, knownIndicatie as id } from '../support/iwlz-catalogue.js'
import { startSourceWorld, type SourceReply, type SourceWorld } from '../support/source-world.js'

const modes = ['strict', 'iwlz'] as const
const registers = {
  ir: { schema: 'indicatieregister-2', pack: 'indicatieregister', seed: 'indicatieregister.json' },
  br: { schema: 'bemiddelingsregister-1', pack: 'bemiddelingsregister', seed: undefined },
} as const

const other = '53089759-97a5-4a50-b1c9-bae97b8e73f9'
const traceId = '7f0c1c1e5d7a4b0f9a2e6d3c4b5a6978'

let world: SourceWorld

beforeAll(async () => {
  world = await startSourceWorld(
    modes.flatMap((statuses) =>
      Object.entries(registers).map(([name, { seed, ...register }]) => ({
        name: `${name}-${statuses}`,
        kind: 'register' as const,
        ...register,
        ...(seed === undefined ? {} : { seed: packageFile('scripts', 'demo', 'seed', seed) }),
        statuses,
      })),
    ),
  )
})

afterAll(() => world.end())

const errorsOf = ({ text }: SourceReply) =>
  (JSON.parse(text) as { errors: { message: string; extensions: Record<string, unknown> }[] }).errors
const typeOf = ({ headers }: SourceReply): string => headers.get('content-type') ?? ''
const componentOf = ({ headers }: SourceReply): string => headers.get('x-bronnet-component') ?? ''

describe.each(catalogue)('iwlz-4 %s', (_what, register, asker, query, strict, iwlz, errors) => {
  const trace = { 'x-b3-traceid': traceId, 'x-b3-spanid': '1b2c3d4e5f607182' }

  test('has its status and no published code in strict mode', async () => {
    const reply = await world.ask(asker, `${register}-strict`, { query }, trace)
    expect(reply.status).toBe(strict)
    expect(typeOf(reply)).toBe('application/graphql-response+json; charset=utf-8')
    expect(componentOf(reply)).toBe('pdp')
    const [error, ...others] = errorsOf(reply)
    expect([error?.extensions['code'], error?.extensions['traceId'], others]).toEqual([
      strict === 403 ? 'access-denied' : 'bad-query',
      traceId,
      [],
    ])
  })

  test('has the published status, codes and texts as the present gateway', async () => {
    const reply = await world.ask(asker, `${register}-iwlz`, { query }, trace)
    expect(reply.status).toBe(iwlz)
    expect(typeOf(reply)).toBe('application/json')
    expect(componentOf(reply)).toBe('pdp')
    expect(errorsOf(reply)).toEqual(errors.map(([code, message]) => ({ message, extensions: { code, traceId } })))
  })

  test('is the same in the journal', async () => {
    const seen = []
    for (const mode of modes) {
      await world.ask(asker, `${register}-${mode}`, { query })
      const { code, outcome, rule, reasons, error } = (await world.journal()).at(-1) ?? {}
      seen.push({ code, outcome, rule, reasons, error })
    }
    expect(seen[1]).toEqual(seen[0])
    expect(seen[0]?.outcome).toBe('refused')
  })
})

describe('iwlz-4.2 the gate', () => {
  const good = { query: indicatie(`${eq('wlzindicatieID', id)}, ${eq('initieelVerantwoordelijkZorgkantoor', '5999')}`) }

  test.each(modes)('lets who may read in (%s)', async (mode) => {
    const reply = await world.ask('zorgkantoor', `ir-${mode}`, good)
    expect([reply.status, componentOf(reply)]).toEqual([200, ''])
    expect(typeOf(reply)).toBe('application/graphql-response+json; charset=utf-8')
    expect(JSON.parse(reply.text)).toMatchObject({ data: { wlzIndicatie: [{ wlzindicatieID: id }] } })
  })

  test.each(modes)('an indicatie that is not there is an empty list and no refusal (%s)', async (mode) => {
    const query = good.query.replace(id, other)
    expect(await world.ask('zorgkantoor', `ir-${mode}`, { query })).toMatchObject({ status: 200 })
  })

  test.each([
    ['no token', undefined],
    ['a token that is none', 'Bearer onzin'],
  ])('%s is 401, in plain text as the present gateway', async (_what, authorization) => {
    const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) }
    const ask = (source: string) => world.call(world.urlOf(source), { method: 'POST', headers, body: '{}' })
    const [strict, iwlz] = [await ask('ir-strict'), await ask('ir-iwlz')]
    expect([strict.status, componentOf(strict), typeOf(strict)]).toEqual([
      401,
      'pep',
      'application/graphql-response+json; charset=utf-8',
    ])
    expect([iwlz.status, componentOf(iwlz), typeOf(iwlz), iwlz.text]).toEqual([
      401,
      'pep',
      'text/plain; charset=utf-8',
      'Unauthorized',
    ])
    expect(iwlz.headers.get('www-authenticate')).toBe(strict.headers.get('www-authenticate'))
    expect(iwlz.headers.get('x-b3-traceid')).toMatch(/^[0-9a-f]{32}$/)
  })

  test('a document without an operation has the body of the gate', async () => {
    const body = { query: 'fragment A on Query { __typename }' }
    const strict = await world.ask('zorgkantoor', 'ir-strict', body)
    expect([strict.status, componentOf(strict)]).toEqual([400, 'pep'])
    const iwlz = await world.ask('zorgkantoor', 'ir-iwlz', body)
    expect([iwlz.status, iwlz.text, componentOf(iwlz)]).toEqual([
      400,
      '{"ErrorCode":"bad_request","Error":"No operation found to evaluate"}',
      'pep',
    ])
  })

  test.each([
    ['no JSON', '{'],
    ['no GraphQL request', '{"query":1}'],
    ['a list', '[]'],
  ])('a body that is %s is 400', async (_what, body) => {
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const strict = await world.ask('zorgkantoor', 'ir-strict', body, { accept })
      expect([strict.status, componentOf(strict)]).toEqual([400, 'pep'])
      const iwlz = await world.ask('zorgkantoor', 'ir-iwlz', body, { accept })
      expect([iwlz.status, componentOf(iwlz), typeOf(iwlz)]).toEqual([400, 'pep', 'application/json'])
      expect(JSON.parse(iwlz.text)).toEqual({ ErrorCode: 'bad_request', Error: expect.any(String) })
    }
  })

  test('what the schema does not have is answered by the resource, in GraphQL either way', async () => {
    const query = good.query.replace('{ wlzindicatieID }', '{ lievelingskleur }')
    const replies = await Promise.all(modes.map((mode) => world.ask('zorgkantoor', `ir-${mode}`, { query })))
    for (const reply of replies) {
      expect([reply.status, componentOf(reply), typeOf(reply)]).toEqual([
        400,
        'resource',
        'application/graphql-response+json; charset=utf-8',
      ])
      expect(errorsOf(reply)[0]?.message).toBe('Cannot query field "lievelingskleur" on type "WlzIndicatie".')
    }
  })

  test('a source that is not there, another method and another media type say who refuses too', async () => {
    const url = world.urlOf('ir-iwlz')
    const unknown = await world.call(world.urlOf('weg'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    const put = await world.call(url, { method: 'PUT', body: '{}' })
    const text = await world.call(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' })
    const page = await world.call(`${url}?query={x}`, {})
    expect([unknown, put, text, page].map((reply) => [reply.status, componentOf(reply)])).toEqual([
      [404, 'pep'],
      [405, 'pep'],
      [415, 'pep'],
      [400, 'pep'],
    ])
  })
})
