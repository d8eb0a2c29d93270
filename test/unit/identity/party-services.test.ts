import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createPartyServices, serviceFragment, type PartyServices } from '../../../node/identity/party-services.js'
import { didDocumentOf } from '../../../node/identity/party.js'
import { createTestIdentity, type TestIdentity } from '../../support/credentials.js'
import { rejectionOf } from '../../support/refusals.js'

let identity: TestIdentity
let partyServices: PartyServices
let subject = ''
let count = 0

beforeAll(async () => {
  identity = await createTestIdentity()
  partyServices = createPartyServices(identity)
})

afterAll(() => identity.end())

beforeEach(async () => {
  count += 1
  subject = `party-${String(count)}`
  await identity.parties.create({ subject })
})

const served = async (): Promise<unknown> => didDocumentOf(await identity.parties.get(subject)).service
const service = { type: 'type', serviceEndpoint: 'https://api.example.com/v1' }

describe('the id of a service', () => {
  test('is that which nuts-node v6 makes', () => {
    expect(serviceFragment(service)).toBe('D4eNCVjdtGaeHYMdjsdYHpTQmiwXtQKJmE9QSwwsKKzy')
  })

  test('does not depend on the order of members, and does on what they say', () => {
    const of = (serviceEndpoint: Record<string, unknown>): string => serviceFragment({ type: 't', serviceEndpoint })
    expect(of({ a: { d: [1], c: 2 }, b: 1 })).toBe(of({ b: 1, a: { c: 2, d: [1] } }))
    expect(of({ a: 1 })).not.toBe(of({ a: 2 }))
  })
})

describe('a service', () => {
  test.each([
    ['a text', 'https://api.example.com/v1?a=1&b=2'],
    ['a list', ['https://one.example', { uri: 'https://two.example' }]],
    ['an object', { api: 'https://api.example', accept: ['didcomm/v2'] }],
  ])('with %s as endpoint stands in the document', async (_, serviceEndpoint) => {
    const added = await partyServices.add({ subject, service: { type: 'type', serviceEndpoint } })
    const { did } = await identity.parties.get(subject)
    expect(added).toEqual({ id: `${did}#${serviceFragment(added)}`, type: 'type', serviceEndpoint })
    expect(await served()).toEqual([added])
  })

  test('is added once', async () => {
    await partyServices.add({ subject, service })
    expect((await rejectionOf(partyServices.add({ subject, service }))).code).toBe('identity.service_exists')
    expect(await served()).toHaveLength(1)
  })

  test.each(['id', '#fragment', 'fragment'])('named by its %s is replaced and removed', async (form) => {
    const nameOf = (id: string): string =>
      form === 'id' ? id : id.slice(id.indexOf('#') + (form === 'fragment' ? 1 : 0))
    const kept = await partyServices.add({ subject, service: { ...service, type: 'kept' } })
    const { id } = await partyServices.add({ subject, service })
    const other = { ...service, serviceEndpoint: 'https://other.example' }
    const replaced = await partyServices.replace({ subject, id: nameOf(id), service: other })
    expect(await served()).toEqual([kept, replaced])
    await partyServices.remove({ subject, id: nameOf(replaced.id) })
    expect(await served()).toEqual([kept])
  })

  test('that is not there is neither replaced nor removed', async () => {
    for (const attempt of [
      partyServices.replace({ subject, id: '#nothing', service }),
      partyServices.remove({ subject, id: '#nothing' }),
    ]) {
      expect((await rejectionOf(attempt)).code).toBe('identity.service_unknown')
    }
    expect((await rejectionOf(partyServices.add({ subject: 'nobody', service }))).code).toBe('identity.party_unknown')
  })

  test('is one of fifty at most', async () => {
    for (let number = 0; number < 50; number += 1) {
      await partyServices.add({ subject, service: { ...service, type: `t${String(number)}` } })
    }
    expect((await rejectionOf(partyServices.add({ subject, service }))).code).toBe('identity.service_exists')
  })

  test('that changes is in the audit journal', async () => {
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    const { id } = await partyServices.add({ subject, service, trace })
    await partyServices.remove({ subject, id })
    const events = (await identity.journal()).filter(({ party, code }) => party === subject && code !== 'party.created')
    expect(events.map(({ code, reasons, trace }) => [code, reasons, trace])).toEqual([
      ['party.changed', ['services'], trace],
      ['party.changed', ['services'], undefined],
    ])
  })
})
