import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { createFixedClock } from '../../node/kernel/clock.js'
import { loadExamples } from '../../scripts/demo/examples.js'
import { askSource } from '../support/ask-source.js'
import { startRegion, type Region } from '../support/region.js'
import { startTraceCollector, type CollectedSpan, type TraceCollector } from '../support/trace-collector.js'

jest.setTimeout(60_000)

const scope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const query = `query($id: UUID!, $uzovi: String!) {
  wlzIndicatie(where: { wlzindicatieID: { eq: $id }, initieelVerantwoordelijkZorgkantoor: { eq: $uzovi } }) { wlzindicatieID bsn }
}`
const sourceRoute = 'POST /sources/:party/:source/graphql'
const examples = loadExamples()
const untraced = 'zorgkantoor-zuid'

let collector: TraceCollector
let region: Region
let person = ''

beforeAll(async () => {
  collector = await startTraceCollector()
  region = await startRegion({
    clock: createFixedClock(Date.parse('2026-11-24T09:00:00Z')),
    configure: (name, settings) => (name === untraced ? settings : { ...settings, tracing: { url: collector.url } }),
  })
  const noord = region.application('zorgkantoor-noord')
  const found = await noord.discover.listings('bronnet-demo', { 'credentialSubject.indicatieregister': '*' })
  const parameters = found.parties.find(({ did }) => did === region.world.member('ciz').did)?.parameters ?? {}
  const token = await noord.token({ authorizationServer: parameters['authServerURL'] ?? '', scope, fresh: true })
  const variables = { id: examples.wlzindicatieID, uzovi: '5999' }
  const answer = await askSource(noord, parameters['indicatieregister'] ?? '', token, query, variables)
  person = String((answer.data as { wlzIndicatie: { bsn: string }[] }).wlzIndicatie[0]?.bsn)
  await fetch(`${region.world.member('ciz').internalUrl}/health`)
  await collector.until(({ node, name }) => node === 'ciz' && name === sourceRoute)
})

afterAll(async () => {
  await region.end()
  await collector.close()
})

/** Each node sends its spans when it likes: one can come before that of who called it. */
const byId = (id: string | undefined): Promise<CollectedSpan> => collector.until(({ spanId }) => spanId === id)

describe('a trace', () => {
  test('goes from the application’s own node through the other and back: each call is under who made it', async () => {
    const granting = await collector.until(({ node, name }) => node === 'ciz' && name === 'POST /oauth2/:subject/token')
    const calling = await byId(granting.parentSpanId)
    const asking = await byId(calling.parentSpanId)
    expect(calling).toMatchObject({ node: 'zorgkantoor-noord', kind: 3, traceId: granting.traceId })
    expect(asking).toMatchObject({
      node: 'zorgkantoor-noord',
      kind: 2,
      name: 'POST /internal/auth/v2/:subject/request-service-access-token',
    })
    const nodes = new Set(collector.spans.filter(({ traceId }) => traceId === granting.traceId).map(({ node }) => node))
    expect([...nodes]).toEqual(expect.arrayContaining(['zorgkantoor-noord', 'ciz']))
    // To resolve who asks, CIZ calls the node of who asks within the same trace.
    const back = collector.spans.filter(
      ({ node, name, traceId }) =>
        traceId === granting.traceId && node !== 'ciz' && /did\.json|statuslist/.test(name) && name.startsWith('GET'),
    )
    for (const { parentSpanId } of back) expect(await byId(parentSpanId)).toBeDefined()
  })

  test('has the decision with its rule, and the writes before and after it', async () => {
    const reading = await collector.until(({ node, name }) => node === 'ciz' && name === sourceRoute)
    const inside = collector.spans.filter(({ parentSpanId }) => parentSpanId === reading.spanId)
    expect(inside.map(({ name }) => name)).toEqual(expect.arrayContaining(['store write', 'decision']))
    expect(inside.find(({ name }) => name === 'decision')?.attributes).toEqual({
      'bronnet.questions': '1',
      'bronnet.permitted': true,
      'bronnet.rules': 'UCIR-0001.v1',
    })
    expect(reading.attributes).toEqual({
      'bronnet.listener': 'public',
      'http.request.method': 'POST',
      'http.route': '/sources/:party/:source/graphql',
      'http.response.status_code': '200',
    })
  })

  test('holds nothing of a person, no token, no path and no query', async () => {
    expect(person).toMatch(/^\d{9}$/)
    const all = collector.texts.join('\n')
    for (const secret of [person, examples.wlzindicatieID, 'eyJ', 'Bearer', 'wlzIndicatie(', 'did:web', '/iam/'])
      expect([secret, all.replaceAll('/iam/:id/', '').includes(secret)]).toEqual([secret, false])
    // Digits that could be a BSN stand in ids and times only.
    const texts = collector.spans.flatMap(({ name, attributes }) => [name, ...Object.values(attributes).map(String)])
    expect(texts.filter((text) => /(?<!\d)\d{8,9}(?!\d)/.test(text))).toEqual([])
  })

  test('does not have what watches the node', () => {
    expect(collector.spans.filter(({ name }) => /health|metrics/.test(name))).toEqual([])
  })
})

test('a node without tracing passes the chain on and says nothing of it', async () => {
  const traceId = 'c0ffee'.padEnd(32, '0')
  const { internalUrl } = region.world.member(untraced)
  const answer = await fetch(`${internalUrl}/internal/vdr/v2/subject`, {
    headers: { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` },
  })
  expect([answer.status, answer.headers.get('x-b3-traceid')]).toEqual([200, traceId])
  expect(collector.spans.filter(({ node }) => node === untraced)).toEqual([])
})
