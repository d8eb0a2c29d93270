import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { composeNode, type RunningNode } from '../../node/compose.js'
import { checkConfiguration } from '../../node/config.js'
import { silentLog } from '../../node/kernel/log.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { freePorts } from '../support/free-ports.js'

type Members = Readonly<Record<string, unknown>>

let directory: string
let node: RunningNode
let base: string

/** A node with the packs that are shipped and that of the scenario, read from one directory like any other. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-authzen-'))
  const policies = join(directory, 'policies')
  await cp(packageFile('policies'), policies, { recursive: true })
  await cp(packageFile('test', 'support', 'packs', 'record'), join(policies, 'record'), { recursive: true })
  const [publicPort = 0, internalPort = 0] = await freePorts(2)
  const { configuration } = checkConfiguration({
    strictmode: false,
    url: 'http://localhost:1',
    storage: { url: 'memory:' },
    keys: { directory: join(directory, 'keys') },
    policies: { directory: policies, url: 'https://pdp.example.nl' },
    http: { public: { port: publicPort }, internal: { port: internalPort } },
  })
  node = await composeNode({ configuration, log: silentLog, version: 'test' })
  base = `http://localhost:${String(node.internalPort)}`
}, 30_000)

afterAll(async () => {
  await node.stop()
  await rm(directory, { recursive: true, force: true })
})

async function post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${base}/access/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const answer: unknown = await response.json()
  return { status: response.status, headers: response.headers, answer }
}

const user = (id: string, properties?: Members) => ({ type: 'user', id, ...(properties && { properties }) })
const record = (id: string, properties?: Members) => ({ type: 'record', id, ...(properties && { properties }) })
const action = (name: string, properties?: Members) => ({ name, ...(properties && { properties }) })
const archived = { status: 'archived' }
const admin = { role: 'admin' }

const questions: readonly (readonly [string, Members, boolean])[] = [
  ['alice reads record-1', { subject: user('alice'), action: action('read'), resource: record('record-1') }, true],
  ['alice writes record-1', { subject: user('alice'), action: action('write'), resource: record('record-1') }, true],
  ['bob reads record-1', { subject: user('bob'), action: action('read'), resource: record('record-1') }, true],
  ['bob writes record-1', { subject: user('bob'), action: action('write'), resource: record('record-1') }, false],
  [
    'alice writes a record that is archived',
    { subject: user('alice'), action: action('write'), resource: record('record-1', archived) },
    false,
  ],
  [
    'an admin writes a record that is archived',
    { subject: user('alice', admin), action: action('write'), resource: record('record-1', archived) },
    true,
  ],
  [
    'alice deletes record-1 so that it can come back',
    { subject: user('alice'), action: action('delete', { soft: true }), resource: record('record-1') },
    true,
  ],
  [
    'alice deletes record-1 for good',
    { subject: user('alice'), action: action('delete', { soft: false }), resource: record('record-1') },
    false,
  ],
]

describe('authzen-evaluation', () => {
  test.each(questions)('%s', async (_, question, decision) => {
    for (const context of [{}, { context: { time: '2026-11-26T10:00:00Z', anything: 1 } }]) {
      const { status, answer } = await post('evaluation', { ...question, ...context, unknown: true })
      expect([status, answer]).toEqual([200, expect.objectContaining({ decision })])
    }
  })

  test('somebody and something unknown are denied, and not refused', async () => {
    const question = { subject: user('carol'), action: action('read'), resource: { type: 'planet', id: 'x' } }
    expect(await post('evaluation', question)).toMatchObject({ status: 200, answer: { decision: false } })
  })
})

describe('authzen-evaluations', () => {
  test('all of them at once, in their order', async () => {
    const { status, answer } = await post('evaluations', { evaluations: questions.map(([, question]) => question) })
    expect(status).toBe(200)
    expect(answer).not.toHaveProperty('decision')
    expect((answer as { evaluations: { decision: boolean }[] }).evaluations.map(({ decision }) => decision)).toEqual(
      questions.map(([, , decision]) => decision),
    )
  })

  test('with members at the top that stand for what an item does not give, as a whole', async () => {
    const { answer } = await post('evaluations', {
      subject: user('alice', admin),
      resource: record('record-1', archived),
      action: action('write'),
      evaluations: [{}, { subject: user('alice') }, { resource: record('record-1') }],
    })
    expect(answer).toMatchObject({ evaluations: [{ decision: true }, { decision: false }, { decision: false }] })
  })

  test('an item without what it needs is denied', async () => {
    const { status, answer } = await post('evaluations', {
      subject: user('alice'),
      evaluations: [{ action: action('read') }, { action: action('read'), resource: record('record-1') }, 'x', []],
    })
    expect(status).toBe(200)
    expect(answer).toMatchObject({
      evaluations: [{ decision: false }, { decision: true }, { decision: false }, { decision: false }],
    })
  })

  test.each([[undefined], [[]]])('without items it is one question', async (evaluations) => {
    const [, question] = questions[0] ?? []
    expect((await post('evaluations', { ...question, evaluations })).answer).toMatchObject({ decision: true })
    expect((await post('evaluations', { evaluations, subject: user('alice') })).status).toBe(400)
  })

  test('stops where the caller wants it to', async () => {
    const evaluations = questions.map(([, question]) => question)
    const stop = async (evaluations_semantic: string) =>
      (
        (await post('evaluations', { evaluations, options: { evaluations_semantic } })).answer as {
          evaluations: unknown[]
        }
      ).evaluations.length
    expect([await stop('execute_all'), await stop('deny_on_first_deny'), await stop('permit_on_first_permit')]).toEqual(
      [8, 4, 1],
    )
  })
})

describe('authzen-search', () => {
  const results = async (kind: string, question: unknown) => (await post(`search/${kind}`, question)).answer

  test('who may read record-1', async () => {
    const question = { subject: { type: 'user', id: 'nobody' }, action: action('read'), resource: record('record-1') }
    expect(await results('subject', { ...question, page: { size: 1 } })).toEqual({
      results: [
        { type: 'user', id: 'alice' },
        { type: 'user', id: 'bob' },
      ],
    })
  })

  test('who may write record-2, sent as archived', async () => {
    const question = { subject: { type: 'user' }, action: action('write'), resource: record('record-2', archived) }
    expect(await results('subject', question)).toEqual({ results: [{ type: 'user', id: 'bob' }] })
  })

  test('what alice may read, and what bob may write', async () => {
    const wanted = { type: 'record' }
    expect(await results('resource', { subject: user('alice'), action: action('read'), resource: wanted })).toEqual({
      results: [{ type: 'record', id: 'record-1' }],
    })
    expect(
      await results('resource', { subject: user('bob', admin), action: action('write'), resource: wanted }),
    ).toEqual({
      results: [{ type: 'record', id: 'record-2' }],
    })
  })

  test('what alice and bob may do', async () => {
    expect(await results('action', { subject: user('alice'), resource: record('record-1') })).toEqual({
      results: [{ name: 'read' }, { name: 'write' }],
    })
    expect(await results('action', { subject: user('bob', admin), resource: record('record-2', archived) })).toEqual({
      results: [{ name: 'write' }],
    })
  })

  test.each([
    ['subject', { subject: { type: 'planet' }, action: action('read'), resource: record('record-1') }],
    ['subject', { subject: { type: 'user' }, action: action('read'), resource: record('record-9') }],
    ['resource', { subject: user('carol'), action: action('read'), resource: { type: 'record' } }],
    ['action', { subject: user('carol'), resource: record('record-1') }],
  ])('finds nothing of what is unknown (%s)', async (kind, question) => {
    expect(await post(`search/${kind}`, question)).toMatchObject({ status: 200, answer: { results: [] } })
  })

  test.each([
    ['subject', { subject: { type: 'user' }, resource: record('record-1') }],
    ['subject', { subject: { type: 'user' }, action: action('read'), resource: { type: 'record' } }],
    ['resource', { subject: { type: 'user' }, action: action('read'), resource: { type: 'record' } }],
    ['action', { subject: user('alice'), resource: { type: 'record' } }],
  ])('refuses a question without what it needs (%s)', async (kind, question) => {
    expect((await post(`search/${kind}`, question)).status).toBe(400)
  })
})

describe('authzen-transport', () => {
  test.each<[string, unknown]>([
    ['without a subject', { action: action('read'), resource: record('record-1') }],
    ['with a subject that is a text', { subject: 'alice', action: action('read'), resource: record('record-1') }],
    [
      'with an id that is a number',
      { subject: { type: 'user', id: 1 }, action: action('read'), resource: record('r') },
    ],
    ['with an action without a name', { subject: user('alice'), action: {}, resource: record('record-1') }],
    ['that is a list', [questions[0]?.[1]]],
    ['that is no JSON', '{"subject":'],
    ['that is empty', ''],
  ])('a body %s is a bad request', async (_, body) => {
    expect((await post('evaluation', body)).status).toBe(400)
  })

  test('another content type is a bad request, and other methods are rejected', async () => {
    expect((await post('evaluation', questions[0]?.[1], { 'content-type': 'text/plain' })).status).toBe(400)
    for (const method of ['GET', 'PUT'])
      expect((await fetch(`${base}/access/v1/evaluation`, { method })).status).toBeGreaterThanOrEqual(400)
  })

  test('the name that the caller gives a request comes back, also with a refusal', async () => {
    const named = { 'x-request-id': 'mijn-vraag-1' }
    expect((await post('evaluation', questions[0]?.[1], named)).headers.get('x-request-id')).toBe('mijn-vraag-1')
    expect((await post('evaluation', '[]', named)).headers.get('x-request-id')).toBe('mijn-vraag-1')
    expect((await post('evaluation', questions[0]?.[1])).status).toBe(200)
  })

  test('the metadata say where everything is', async () => {
    const response = await fetch(`${base}/.well-known/authzen-configuration`)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(await response.json()).toEqual({
      policy_decision_point: 'https://pdp.example.nl',
      access_evaluation_endpoint: 'https://pdp.example.nl/access/v1/evaluation',
      access_evaluations_endpoint: 'https://pdp.example.nl/access/v1/evaluations',
      search_subject_endpoint: 'https://pdp.example.nl/access/v1/search/subject',
      search_resource_endpoint: 'https://pdp.example.nl/access/v1/search/resource',
      search_action_endpoint: 'https://pdp.example.nl/access/v1/search/action',
    })
  })
})
