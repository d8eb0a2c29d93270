import { beforeEach, describe, expect, test } from '@jest/globals'
import { createFindPlaces, type FactPlacesDeps } from '../../../node/access/fact-places.js'
import { openServedSources } from '../../../node/access/served-sources.js'
import type { Listing } from '../../../node/discovery/listing.js'
import { packageFile } from '../../../node/kernel/package-root.js'
import type { FactQuestion } from '../../../node/policy/fact.js'
import type { PeerCall } from '../../../node/tokens/call-peer.js'
import { makeListing } from '../../support/listing.js'
import { createNodeParts, type NodeParts } from '../../support/node-parts.js'
import { own } from '../../support/read-world.js'
import { rejectionOf } from '../../support/refusals.js'
import { plainFace } from '../../support/source-face.js'

const requester = 'did:web:linde.example'
const network: FactQuestion = {
  name: 'een indicatie',
  party: 'ciz',
  requester,
  register: 'indicatieregister-2',
  at: 'network',
  scope: 'feit:read',
  role: ['ciz'],
  operation: 'wlzIndicatie',
  where: [{ path: 'wlzindicatieID', value: own.id }],
  not: [],
  inForce: undefined,
  select: 'wlzindicatieID',
}
const parameters = { authServerURL: 'https://b.example/oauth2/b', indicatieregister: 'https://b.example/graphql' }

let node: NodeParts
let calls: PeerCall[]
let answer: { readonly status: number; readonly body: unknown }

beforeEach(async () => {
  node = createNodeParts()
  await node.parties.create({ subject: 'ciz' })
  calls = []
  answer = { status: 200, body: { data: { wlzIndicatie: [{}] } } }
})

function listed(signer: string, changes: Partial<Listing> = {}): Listing {
  const listing = makeListing({ signer, now: node.clock.now(), organization: { role: 'ciz' } })
  return { ...listing, parameters, ...changes }
}

/** Who may know, among these on the one list that is read. */
async function placesOf(question: FactQuestion, listings: readonly Listing[], deps: Partial<FactPlacesDeps> = {}) {
  return createFindPlaces({
    ...node,
    servedSources: { find: () => undefined, namesOf: () => [] },
    services: ['lijst'],
    async *listings() {
      yield* listings
    },
    status: () => Promise.resolve({ asOf: node.clock.now(), freshness: 'fresh', fault: undefined }),
    callPeer(call) {
      calls.push(call)
      const body = Buffer.from(JSON.stringify(answer.body))
      const headers = new Map<string, string>()
      return Promise.resolve({ status: answer.status, headers, mediaType: 'application/json', body })
    },
    ...deps,
  })(question)
}

describe('who may know a fact in the network', () => {
  test('is who is listed in the role with an address for the register, and is asked with the scope of the rule', async () => {
    const { places, complete } = await placesOf(network, [listed('did:web:b.example')])
    expect([places.map(({ name }) => name), complete]).toEqual([['https://b.example/graphql'], true])
    expect(await places[0]?.ask(network)).toBe(true)
    expect(calls).toMatchObject([
      { authorizationServer: parameters.authServerURL, scope: 'feit:read', url: 'https://b.example/graphql' },
    ])
    answer = { status: 200, body: { data: { wlzIndicatie: [] } } }
    expect(await places[0]?.ask(network)).toBe(false)
  })

  test('has any role where the rule names none', async () => {
    const stranger = listed('did:web:b.example', { credentials: [] })
    expect((await placesOf({ ...network, role: undefined }, [stranger])).places).toHaveLength(1)
  })

  test.each<[string, string, Partial<Listing>]>([
    ['whose listing has ended', 'did:web:b.example', { expiresAt: 0 }],
    ['who wants to read', requester, {}],
    [
      'who says no address for the register',
      'did:web:b.example',
      { parameters: { authServerURL: 'https://b.example' } },
    ],
    [
      'who says no authorization server',
      'did:web:b.example',
      { parameters: { indicatieregister: 'https://b.example/graphql' } },
    ],
    ['in another role', 'did:web:b.example', { credentials: [credentialOf({ organization: { role: 'cak' } })] }],
    ['who shows no role', 'did:web:b.example', { credentials: [credentialOf({ naam: 'x' })] }],
  ])('is nobody %s', async (_what, signer, changes) => {
    expect(await placesOf(network, [listed(signer, changes)])).toEqual({ places: [], complete: true })
  })

  test('is not known to be all while a list is too old, and nobody is asked on its word', async () => {
    const status = () => Promise.resolve({ asOf: undefined, freshness: 'stale', fault: undefined } as const)
    expect(await placesOf(network, [listed('did:web:b.example')], { status })).toEqual({ places: [], complete: false })
  })

  test.each([
    ['another status', { status: 403, body: { data: { wlzIndicatie: [{}] } } }],
    ['errors beside data', { status: 200, body: { data: { wlzIndicatie: [{}] }, errors: [{}] } }],
    ['an answer about something else', { status: 200, body: { data: { ander: [{}] } } }],
  ])('does not say yes or no with %s', async (_what, given) => {
    answer = given
    const { places } = await placesOf(network, [listed('did:web:b.example')])
    expect((await rejectionOf(Promise.resolve(places[0]?.ask(network)))).code).toBe('outbound.bad_answer')
  })

  test.each([
    ['for a party that is not there', { party: 'weg' }],
    ['under no scope', { scope: undefined }],
  ])('is not asked %s', async (_what, changes) => {
    const { places } = await placesOf(network, [listed('did:web:b.example')])
    const asking = Promise.resolve(places[0]?.ask({ ...network, ...changes }))
    expect((await rejectionOf(asking)).code).toBe('internal.fault')
    expect(calls).toEqual([])
  })
})

function credentialOf(subject: Readonly<Record<string, unknown>>) {
  return { type: 'LedenadministratieCredential', issuer: 'did:web:stelsel.example', subject }
}

describe('who may know a fact here', () => {
  test('are the registers of the party with the schema of the rule, whoever is listed', async () => {
    const source = {
      name: 'register',
      kind: 'register',
      schema: 'indicatieregister-2',
      pack: 'indicatieregister',
    } as const
    const seed = packageFile('scripts', 'demo', 'seed', 'indicatieregister.json')
    const servedSources = await openServedSources({
      ...createNodeParts({ trust: { LedenadministratieCredential: ['did:web:stelsel.example'] } }),
      policiesDirectory: packageFile('policies'),
      configured: [{ subject: 'ciz', sources: [{ ...plainFace, ...source, seed }] }],
    })
    const here: FactQuestion = { ...network, at: 'here', scope: undefined }
    const { places, complete } = await placesOf(here, [listed('did:web:b.example')], { servedSources })
    expect([places.map(({ name }) => name), complete]).toEqual([['register'], true])
    expect(await places[0]?.ask(here)).toBe(true)
    const nothing = { ...here, where: [{ path: 'wlzindicatieID', value: '00000000-0000-4000-8000-000000000000' }] }
    expect(await places[0]?.ask(nothing)).toBe(false)
    expect((await placesOf({ ...here, register: 'zorgregister-1' }, [], { servedSources })).places).toEqual([])
    expect(calls).toEqual([])
  })
})
