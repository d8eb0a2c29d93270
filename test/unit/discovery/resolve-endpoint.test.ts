import { beforeEach, describe, expect, test } from '@jest/globals'
import { createAddressBook, type AddressBook } from '../../../node/discovery/address-book/address-book.js'
import type { Listing } from '../../../node/discovery/listing.js'
import { createReplica, type Replica } from '../../../node/discovery/replica.js'
import { createResolveEndpoint, type ResolvedEndpoint } from '../../../node/discovery/resolve-endpoint.js'
import { isWebUrl } from '../../../node/catalogue/describe-catalogue.js'
import { importKeys, parseDidDocument } from '../../../node/identity/did-document.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { createNodeParts, moment, type NodeParts } from '../../support/node-parts.js'
import { progressOf } from '../../support/progress.js'
import { rejectionOf } from '../../support/refusals.js'
import { electronicService, listOf } from './address-book/example.js'

const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }
const did = 'did:web:ciz.example.nl:iam:1'
const hour = 3600
const url = 'https://ciz.example.nl/sources/ciz/indicatieregister/graphql'
const issuer = 'https://ciz.example.nl/oauth2/ciz'

let node: NodeParts
let replica: Replica
let book: AddressBook
/** Services of DID documents, by DID; a DID that is not here cannot be resolved. */
let documents: Record<string, readonly { readonly type: string; readonly serviceEndpoint: unknown }[]>
let syncedAt: number | undefined
let asked: string[]

beforeEach(() => {
  node = createNodeParts()
  replica = createReplica(node)
  book = createAddressBook({ ...node, loopback: false })
  documents = {}
  syncedAt = moment
  asked = []
})

function resolve(organization: string, name = 'indicatieregister'): Promise<ResolvedEndpoint> {
  return createResolveEndpoint({
    clock: node.clock,
    services: ['lijst', 'andere'],
    replica,
    sync: { status: () => Promise.resolve({ asOf: syncedAt, freshness: 'fresh', fault: undefined }) },
    addressBook: book,
    isEndpoint: (text) => isWebUrl(text, false),
    resolveDid: (wanted) => {
      const service = documents[wanted]?.map((part, index) => ({ id: `${wanted}#${String(index)}`, ...part }))
      if (service === undefined) return Promise.reject(new NodeError('identity.did_unresolvable'))
      return Promise.resolve(importKeys(parseDidDocument({ id: wanted, service })))
    },
    tokenEndpointOf: (server) => {
      asked.push(server)
      return Promise.resolve(`${server}/token`)
    },
  })({ organization, function: name, environment: 'TST', trace })
}

async function list(changes: Partial<Listing> = {}, service = 'lijst'): Promise<void> {
  const listing: Listing = {
    service,
    timestamp: 1,
    signer: did,
    presentationId: 'a',
    presentation: 'a',
    expiresAt: moment + 10 * 24 * hour * 1000,
    fields: { organization_id: '62253778', organization_id_type: 'kvk', organization_role: 'ciz' },
    parameters: { authServerURL: issuer, indicatieregister: url },
    credentials: [],
    registeredAt: moment,
    verifiedAt: moment,
    ...changes,
  }
  const lease = { write: (operations: Parameters<typeof node.store.write>[0]) => node.store.write(operations) }
  await replica.under(lease as never).commit(service, progressOf(), [{ kind: 'list', listing, status: [] }])
}

const importBook = (): Promise<unknown> =>
  book.import({
    list: listOf(electronicService(), electronicService({ gegevensdienstId: '5555_REGISTER_TST' })),
    by: 'beheerder',
    validUntil: moment + 48 * hour * 1000,
    skipBroken: false,
    trace,
  })

describe('an endpoint that discovery lists', () => {
  test('is that of the listing, with the token endpoint that its authorization server names', async () => {
    await list()
    expect(await resolve('kvk:62253778')).toEqual({
      source: 'discovery',
      endpoint: url,
      audience: url,
      tokenEndpoint: `${issuer}/token`,
      grant: 'presentation',
      authorizationServer: issuer,
      did,
      asOf: moment,
      validUntil: moment + 10 * 24 * hour * 1000,
      stale: false,
      passedOver: [],
    })
    expect(asked).toEqual([issuer])
  })

  test.each(['ciz', did, 'kvk:62253778'])('is found by %s', async (organization) => {
    await list()
    expect((await resolve(organization)).did).toBe(did)
  })

  test.each(['kvk:62253779', 'agb:62253778', 'did:web:elders.example.nl', 'cak'])(
    'is not found by %s',
    async (organization) => {
      await list()
      expect((await rejectionOf(resolve(organization))).code).toBe('discovery.endpoint_unknown')
    },
  )

  test('is not known by what a party says of itself', async () => {
    await list({
      fields: { organization_id: '90000001', organization_id_type: 'kvk', organization_role: 'zorgaanbieder' },
      parameters: {
        authServerURL: issuer,
        indicatieregister: url,
        organization_id: '62253778',
        organization_role: 'ciz',
      },
      credentials: [
        {
          type: 'DiscoveryRegistrationCredential',
          issuer: did,
          subject: { organization: { id: '62253778', id_type: 'kvk', role: 'ciz' } },
        },
      ],
    })
    for (const organization of ['ciz', 'kvk:62253778'])
      expect((await rejectionOf(resolve(organization))).code).toBe('discovery.endpoint_unknown')
  })

  test('goes before DID document and address book, which are not even looked at', async () => {
    await list()
    await importBook()
    documents[did] = [{ type: 'indicatieregister', serviceEndpoint: 'https://anders.example.nl' }]
    expect(await resolve('ciz')).toMatchObject({ source: 'discovery', endpoint: url })
  })

  test('is stale after an hour and does not count after a day without a look at the list', async () => {
    await list()
    node.clock.move(hour)
    expect((await resolve('ciz')).stale).toBe(false)
    node.clock.move(1)
    expect((await resolve('ciz')).stale).toBe(true)
    node.clock.move(23 * hour - 1)
    expect((await resolve('ciz')).stale).toBe(true)
    node.clock.move(1)
    expect((await rejectionOf(resolve('ciz'))).notes).toContain('discovery: the list lijst was not read for a day')
    syncedAt = undefined
    expect((await rejectionOf(resolve('ciz'))).notes).toContain('discovery: the list lijst was not read for a day')
  })

  test('does not count after the listing ended', async () => {
    await list({ expiresAt: moment + 1000 })
    node.clock.move(1)
    expect((await rejectionOf(resolve('ciz'))).notes).toContain('discovery: the organisation is not listed')
    expect((await rejectionOf(resolve(did))).notes).toContain('discovery: the organisation is not listed')
  })

  test('of a party that is on several lists is that of its newest listing', async () => {
    await list()
    const newer = { authServerURL: issuer, indicatieregister: `${url}/2` }
    await list({ service: 'andere', parameters: newer, expiresAt: moment + 11 * 24 * hour * 1000 }, 'andere')
    expect((await resolve('ciz')).endpoint).toBe(`${url}/2`)
    expect((await resolve(did)).endpoint).toBe(`${url}/2`)
  })

  test('is not chosen between two parties that prove to be the same organisation', async () => {
    await list()
    await list({ signer: 'did:web:anders.example.nl' })
    const refusal = await rejectionOf(resolve('ciz'))
    expect([refusal.code, refusal.notes]).toEqual([
      'discovery.endpoint_ambiguous',
      [`ask by DID: did:web:anders.example.nl ${did}`],
    ])
    expect((await resolve(did)).did).toBe(did)
  })

  test.each([
    [{ authServerURL: issuer, indicatieregister: 'http://ciz.example.nl' }],
    [{ authServerURL: issuer, indicatieregister: 'geen adres' }],
    [{ indicatieregister: url }],
  ])('is none when the listing says %j', async (parameters) => {
    await list({ parameters })
    expect((await rejectionOf(resolve('ciz'))).notes).toContain(
      'discovery: the listing names no https URL for it, or no authorization server',
    )
  })
})

describe('an endpoint that a DID document names', () => {
  const service = { type: 'leveringsregister', serviceEndpoint: 'https://ciz.example.nl/levering' }

  test('counts for a function that the listing does not name, with the authorization server of the listing', async () => {
    await list()
    documents[did] = [service]
    expect(await resolve('ciz', 'leveringsregister')).toMatchObject({
      source: 'did',
      endpoint: service.serviceEndpoint,
      authorizationServer: issuer,
      did,
      validUntil: undefined,
      passedOver: ['discovery: the listing does not name that function'],
    })
  })

  test('counts for a DID that nobody lists, with the authorization server of the document', async () => {
    documents[did] = [service, { type: 'oauth', serviceEndpoint: 'https://elders.example.nl/oauth2/ciz' }]
    expect(await resolve(did, 'leveringsregister')).toMatchObject({
      source: 'did',
      tokenEndpoint: 'https://elders.example.nl/oauth2/ciz/token',
    })
  })

  test.each([
    ['no authorization server', [service]],
    [
      'http',
      [
        { ...service, serviceEndpoint: 'http://ciz.example.nl' },
        { type: 'oauth', serviceEndpoint: issuer },
      ],
    ],
    [
      'something else',
      [
        { ...service, serviceEndpoint: { url } },
        { type: 'oauth', serviceEndpoint: issuer },
      ],
    ],
  ])('is none with %s', async (_what, services) => {
    documents[did] = services
    expect((await rejectionOf(resolve(did, 'leveringsregister'))).notes).toContain(
      'did: the document has no such service with an https URL, or no authorization server',
    )
  })

  test('that cannot be had is passed over', async () => {
    await list()
    const { notes } = await rejectionOf(resolve('ciz', 'melding'))
    expect(notes).toContain('did: the document could not be had (identity.did_unresolvable)')
  })
})

describe('an endpoint of the address book', () => {
  test('counts when nobody else says where it is, until the end of its import', async () => {
    await importBook()
    expect(await resolve('ciz')).toEqual({
      source: 'address-book',
      endpoint: 'https://pep.example.nl/graphql',
      audience: 'https://ciz.example.nl/graphql',
      tokenEndpoint: 'https://auth.example.nl/token',
      grant: 'certificate',
      authorizationServer: undefined,
      did: undefined,
      asOf: moment,
      validUntil: moment + 48 * hour * 1000,
      stale: false,
      passedOver: ['discovery: the organisation is not listed', 'did: no DID of the organisation is known'],
    })
    expect(asked).toEqual([])
    expect((await resolve('uzovi:5555', 'bemiddelingsregister')).source).toBe('address-book')
    node.clock.move(48 * hour + 1)
    expect((await rejectionOf(resolve('ciz'))).notes).toContain(
      'address book: ended 2026-11-26T09:00:00Z; import it anew',
    )
  })

  test.each([
    ['uzovi:5555', 'indicatieregister'],
    ['ciz', 'bemiddelingsregister'],
    ['ciz', 'leveringsregister'],
    ['ciz', 'constructor'],
    ['kvk:62253778', 'indicatieregister'],
    ['uzovi:5556', 'bemiddelingsregister'],
  ])('of %s for %s is not there', async (organization, name) => {
    await importBook()
    expect((await rejectionOf(resolve(organization, name))).code).toBe('discovery.endpoint_unknown')
  })
})

test.each(['bsn:999990019', '999990019', 'uzovi:59999', 'uzovi:', 'agb:06999901:1', 'did:', ''])(
  'an organisation cannot be %j, and the answer does not repeat it',
  async (organization) => {
    const refusal = await rejectionOf(resolve(organization))
    expect(refusal.code).toBe('request.bad_parameters')
    expect(refusal.notes.join()).not.toContain('9999')
  },
)
