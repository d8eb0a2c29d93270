import { expect, test } from '@jest/globals'
import type { Listing } from '../../../../node/discovery/listing.js'
import type { EndpointQuery, ResolvedEndpoint } from '../../../../node/discovery/resolve-endpoint.js'
import { createFixedClock } from '../../../../node/kernel/clock.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import { startTrace } from '../../../../node/kernel/trace.js'
import {
  addressBookFunctionOf,
  createFindAddress,
  type AddressBookFunction,
} from '../../../../node/notifications/outbox/find-address.js'
import { loadEventTypes } from '../../../../node/policy/event-types.js'
import { moment } from '../../../support/outbox-world.js'

const trace = startTrace()
const gemeente = { idType: 'OIN', id: '00000001002220647000' } as const

function listingOf(signer: string, role: string): Listing {
  return {
    service: 'lijst',
    signer,
    expiresAt: moment + 1,
    fields: { organization_role: role },
    parameters: {},
    credentials: [],
  } as unknown as Listing // What else it has, nobody looks at here.
}

function open(given: {
  readonly listings?: readonly Listing[]
  /** The functions that somebody says something of. */
  readonly known?: readonly string[]
}) {
  const { listings = [], known = ['netwerkpunt'] } = given
  const clock = createFixedClock(moment)
  const asked: EndpointQuery[] = []
  const address = createFindAddress({
    clock,
    listedAs: () => Promise.resolve(listings),
    resolveEndpoint(query) {
      asked.push(query)
      if (!known.includes(query.function)) return Promise.reject(new NodeError('discovery.endpoint_unknown'))
      const isListed = query.function === 'netwerkpunt'
      return Promise.resolve({
        endpoint: `https://${query.organization.replaceAll(':', '.')}.example`,
        ...(isListed
          ? { grant: 'presentation', authorizationServer: 'https://as.example' }
          : {
              grant: 'certificate',
              tokenEndpoint: 'https://nid.example/token',
              audience: `https://${query.function}.example`,
            }),
      } as ResolvedEndpoint) // The rest is not looked at here.
    },
  })
  return { address, asked, clock }
}

test('a receiver that is not listed is asked for by its number', async () => {
  const { address, asked } = open({})
  const receiver = { idType: 'UZOVI', id: '5999' } as const
  const found = await address.find({ receiver, receiverRole: 'zorgkantoor', trace })
  expect(found).toEqual({
    endpoint: 'https://uzovi.5999.example',
    access: { by: 'presentation', authorizationServer: 'https://as.example' },
    role: 'zorgkantoor',
    provenRoles: [],
  })
  expect(asked).toMatchObject([{ organization: 'uzovi:5999', function: 'netwerkpunt' }])
})

test('of the desks of one organisation the one with the role is the receiver', async () => {
  const listings = [listingOf('did:web:wmo', 'gemeente-wmo'), listingOf('did:web:jw', 'gemeente-jw')]
  const { address } = open({ listings })
  const endpointFor = async (receiverRole: string) =>
    (await address.find({ receiver: gemeente, receiverRole, trace })).endpoint
  expect(await endpointFor('gemeente-jw')).toBe('https://did.web.jw.example')
  expect(await endpointFor('gemeente-wmo')).toBe('https://did.web.wmo.example')
})

test.each([
  ['UZOVI', '5999', 'zorgkantoor'],
  ['AGB', '41000001', 'zorgaanbieder'],
  ['KVK', '62253778', 'ciz'],
] as const)('a bronhouder with %s and no listing has the role that was published', async (idType, id, role) => {
  const { address } = open({})
  expect(await address.find({ receiver: { idType, id }, receiverRole: 'bronhouder', trace })).toMatchObject({ role })
})

test('a bronhouder that is listed has the role of its membership, whatever kind of number it has', async () => {
  const { address } = open({ listings: [listingOf('did:web:cak', 'cak')] })
  const found = await address.find({ receiver: { idType: 'KVK', id: '62253778' }, receiverRole: 'bronhouder', trace })
  expect([found.role, found.provenRoles]).toEqual(['cak', ['cak']])
})

test('all listings of one party say what its roles are, and those of another party do not', async () => {
  const listings = [
    listingOf('did:web:een', 'zorgkantoor'),
    listingOf('did:web:een', 'zorgaanbieder'),
    listingOf('did:web:twee', 'ciz'),
  ]
  const { address } = open({ listings })
  const found = await address.find({ receiver: gemeente, receiverRole: 'zorgkantoor', trace })
  expect(found.provenRoles).toEqual(['zorgkantoor', 'zorgaanbieder'])
})

test('an address is kept for a minute, and forgotten when it turned out to be wrong', async () => {
  const { address, asked, clock } = open({})
  const query = { receiver: gemeente, receiverRole: 'gemeente', trace }
  await address.find(query)
  clock.move(59)
  await address.find(query)
  expect(asked).toHaveLength(1)
  clock.move(1)
  await address.find(query)
  expect(asked).toHaveLength(2)
  address.forget(query)
  await address.find(query)
  expect(asked).toHaveLength(3)
})

const uzovi = { receiver: { idType: 'UZOVI', id: '5999' } as const, receiverRole: 'zorgkantoor', trace }

test('who is known in the address book alone is reached by certificate, each kind of message at its own address', async () => {
  const { address, asked } = open({ known: ['notificatie-indicatie', 'melding'] })
  const find = async (addressBookFunction: AddressBookFunction) =>
    (await address.find({ ...uzovi, addressBookFunction })).access
  expect(await find('melding')).toEqual({
    by: 'certificate',
    tokenEndpoint: 'https://nid.example/token',
    audience: 'https://melding.example',
  })
  expect(await find('notificatie-indicatie')).toMatchObject({ audience: 'https://notificatie-indicatie.example' })
  expect(asked.map(({ organization }) => organization)).toEqual(asked.map(() => 'uzovi:5999'))
  await expect(find('notificatie-bemiddeling')).rejects.toThrow('notification.way_unsupported')
})

test('who is listed and yet has no netwerkpunt is asked for in the address book by its number, and CIZ by its role', async () => {
  const { address, asked } = open({ known: ['melding'], listings: [listingOf('did:web:een', 'zorgkantoor')] })
  await address.find({ ...uzovi, addressBookFunction: 'melding' })
  expect(asked).toContainEqual(expect.objectContaining({ organization: 'uzovi:5999', function: 'melding' }))
  const ciz = { receiver: { idType: 'KVK', id: '62253778' } as const, receiverRole: 'bronhouder', trace }
  const found = await address.find({ ...ciz, addressBookFunction: 'melding' })
  expect([found.endpoint, asked.at(-1)?.organization]).toEqual(['https://ciz.example', 'ciz'])
})

test('what the present network has no address for is not sent there, and who is nowhere is unknown', async () => {
  await expect(open({ known: ['notificatie-indicatie'] }).address.find(uzovi)).rejects.toThrow(
    'notification.way_unsupported',
  )
  await expect(open({ known: [] }).address.find({ ...uzovi, addressBookFunction: 'melding' })).rejects.toThrow(
    'discovery.endpoint_unknown',
  )
})

test.each([
  ['melding', 'IWLZFOUTMELDING', 'melding'],
  ['notificatie', 'NIEUWE_INDICATIE_ZORGKANTOOR', 'notificatie-indicatie'],
  ['notificatie', 'NIEUWE_BEMIDDELINGSPECIFICATIE_ZORGAANBIEDER', 'notificatie-bemiddeling'],
  ['notificatie', 'NIEUWE_TOEWIJZING_ZORGAANBIEDER', undefined],
  ['notificatie', 'OVERGANGSGAT_ZORGKANTOOR', undefined],
] as const)('a %s %s is for %s in the address book', (kind, eventType, known) => {
  expect(addressBookFunctionOf(kind, loadEventTypes().find(eventType))).toBe(known)
})
