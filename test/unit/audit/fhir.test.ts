import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import type { AuditEvent } from '../../../node/audit/event.js'
import { createFhirMapping } from '../../../node/audit/fhir.js'
import { auditCodes, type AuditCode } from '../../../schemas/audit-codes.js'

const coding = z.strictObject({
  system: z.string().regex(/^(https?|urn):/),
  code: z.string().min(1),
  display: z.string().optional(),
})
const concept = z.strictObject({ coding: z.array(coding).min(1).optional(), text: z.string().optional() })
const identifier = z.strictObject({ system: z.string().optional(), value: z.string().min(1) })
const reference = z.strictObject({
  reference: z.string().optional(),
  type: z.string().optional(),
  identifier: identifier.optional(),
  display: z.string().optional(),
})
const detail = z.strictObject({ type: z.string().min(1), valueString: z.string() })

/** What FHIR R4 demands of an AuditEvent, in our own words: elements, how often, and closed code lists. */
const auditEvent = z.strictObject({
  resourceType: z.literal('AuditEvent'),
  id: z.string().regex(/^[A-Za-z0-9.-]{1,64}$/),
  meta: z.strictObject({ profile: z.array(z.url()) }).optional(),
  type: coding,
  subtype: z.array(coding).min(1),
  action: z.enum(['C', 'R', 'U', 'D', 'E']),
  recorded: z.iso.datetime(),
  outcome: z.enum(['0', '4', '8', '12']),
  outcomeDesc: z.string().min(1),
  purposeOfEvent: z.array(concept).optional(),
  agent: z
    .array(
      z.strictObject({
        type: concept,
        role: z.array(concept).optional(),
        who: reference,
        altId: z.string().min(1).optional(),
        requestor: z.boolean(),
        network: z.strictObject({ address: z.string(), type: z.enum(['1', '2', '3', '4', '5']) }).optional(),
      }),
    )
    .min(1),
  source: z.strictObject({ observer: reference, type: z.array(coding) }),
  entity: z.array(
    z
      .strictObject({
        what: reference.optional(),
        type: coding.optional(),
        role: coding.optional(),
        name: z.string().optional(),
        query: z.base64().optional(),
        detail: z.array(detail).min(1).optional(),
        // An entity has a name or a query, not both.
      })
      .refine(({ name, query }) => name === undefined || query === undefined),
  ),
})

const toFhir = createFhirMapping('https://node.example.nl')
const time = '2026-11-24T09:00:00.250Z'
const read: AuditEvent = {
  code: 'read.answered',
  action: 'read',
  outcome: 'success',
  party: 'ciz',
  actor: {
    did: 'did:web:noord',
    organization: 'Zorgkantoor Noord',
    role: 'zorgkantoor',
    identifier: 'uzovi:5999',
    user: { id: 'u1', role: 'medewerker' },
  },
  onBehalfOf: { did: 'did:web:ander' },
  persons: ['pseudonym-of-a-person-x'],
  object: {
    source: 'indicatieregister',
    operation: 'wlzIndicatie',
    template: 'abc',
    filters: { bsn: 'secret-pseudonym' },
    fields: ['a'],
    recordCount: 1,
  },
  rule: 'UCIR-0001.v1',
  grondslag: 'Wet langdurige zorg',
  purpose: 'WLZ_UITVOERING',
  evidence: ['urn:uuid:1'],
  decision: 4,
  trace: { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef', listener: 'public' },
}

/** The event in the shape of R4. */
function map(event: AuditEvent): z.output<typeof auditEvent> {
  return auditEvent.parse(toFhir({ number: 7, time, event }))
}

const codesOfAgents = (event: AuditEvent): readonly (string | undefined)[] =>
  map(event).agent.map(({ type }) => type.coding?.[0]?.code)

describe('an entry as a FHIR AuditEvent', () => {
  test.each(Object.keys(auditCodes) as AuditCode[])('has everything that R4 demands: %s', (code) => {
    const [action = 'read'] = auditCodes[code].actions
    for (const outcome of ['success', 'refused', 'failed', 'unknown'] as const) {
      const bare = map({ code, action, outcome })
      expect([bare.id, bare.recorded, bare.agent.filter(({ requestor }) => requestor).length]).toEqual(['7', time, 1])
      expect(bare.outcome === '0').toBe(outcome === 'success')
      expect(map({ ...read, code, action, outcome }).agent.some(({ requestor }) => requestor)).toBe(true)
    }
  })

  test('is a query of a patient: asker and server, person, query and request', () => {
    const { meta, type, subtype, action, entity } = map(read)
    expect(meta?.profile).toEqual(['https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientQuery'])
    expect([type.code, subtype[0]?.code, action]).toEqual(['rest', 'search-type', 'E'])
    expect(codesOfAgents(read)).toEqual(['110153', 'IRCP', 'RESP', '110152'])
    expect(entity.map(({ type: kind, role }) => [kind?.code, role?.code])).toEqual(
      expect.arrayContaining([
        ['1', '1'],
        ['2', '24'],
        ['XrequestId', undefined],
      ]),
    )
    const query = entity.find(({ query: text }) => text !== undefined)?.query ?? ''
    expect(Buffer.from(query, 'base64').toString()).toBe('indicatieregister/wlzIndicatie?template=abc&bsn=***')
  })

  test('is a query without a patient when nobody is known', () => {
    const { persons: _persons, ...unknown } = read
    const { meta, entity } = map({ ...unknown, code: 'read.refused', outcome: 'refused' })
    expect(meta?.profile).toEqual(['https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.Query'])
    expect(entity.some(({ role }) => role?.code === '1')).toBe(false)
    expect(map({ ...unknown, code: 'read.refused', outcome: 'refused' }).outcome).toBe('4')
  })

  test('names an application that acts without a user as who asked, and only what is known of it', () => {
    const { onBehalfOf: _, ...own } = read
    const known = map({ ...own, actor: { identifier: 'uzovi:5999' } })
    expect(known.agent.slice(0, -1)).toEqual([
      {
        type: expect.anything(),
        who: { identifier: { value: 'uzovi:5999' }, display: 'uzovi:5999' },
        requestor: true,
        network: { address: 'public', type: '1' },
      },
    ])
    expect(map({ ...own, actor: {} }).agent[0]?.who).toEqual({ display: 'unknown' })
    expect(map({ ...own, actor: { did: 'did:web:noord' } }).agent[0]?.who).toEqual({
      identifier: { system: 'urn:ietf:rfc:3986', value: 'did:web:noord' },
      display: 'did:web:noord',
    })
  })

  test('names a user of whom nothing is known as unknown, without a role', () => {
    const { agent } = map({ ...read, actor: { did: 'did:web:noord', user: {} } })
    expect(agent[1]).toMatchObject({ who: { identifier: { value: 'unknown' } }, requestor: true })
    expect(agent[1]).not.toHaveProperty('role')
  })

  test('leaves out what it was not told: where it came in, the ground of a rule, and what it was about', () => {
    const { grondslag: _, ...rest } = read
    const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }
    const bare = map({ ...rest, code: 'party.created', action: 'create', object: {}, trace })
    expect(bare.agent[0]).not.toHaveProperty('network')
    expect(bare.entity.map(({ detail: details }) => details)).toEqual(bare.entity.map(() => undefined))
    expect(bare.entity.find(({ name }) => name === 'UCIR-0001.v1')).toBeDefined()
  })

  test('names who signed in at the internal listener, and as who asked when nobody else did', () => {
    const signedIn = { user: 'jansen@voorbeeld.nl', subject: 'ciz', role: 'operator' }
    const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef', signedIn }
    const agent = (requestor: boolean): object => ({
      type: { coding: [expect.objectContaining({ code: 'PPRF' })] },
      who: { identifier: { value: 'jansen@voorbeeld.nl' } },
      altId: 'ciz',
      role: [{ text: 'operator' }],
      requestor,
    })
    const changed = map({ code: 'party.created', action: 'create', outcome: 'success', party: 'ciz', trace })
    expect(changed.agent).toEqual([agent(true), expect.objectContaining({ who: { display: 'ciz' }, requestor: false })])
    expect(map({ ...read, trace }).agent).toContainEqual(agent(false))
    const nobody = { ...trace, signedIn: { user: 'jansen@voorbeeld.nl', role: 'operator' } }
    expect(map({ ...read, trace: nobody }).agent).toContainEqual({ ...agent(false), altId: undefined })
  })

  test('is a decision with consent, organisation and what it came to', () => {
    const decided: AuditEvent = { ...read, code: 'read.decided', outcome: 'refused', reasons: ['wie: your role'] }
    const { meta, type, subtype, action, outcome, outcomeDesc, entity } = map(decided)
    expect(meta?.profile).toEqual(['https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.AuthZconsent'])
    expect([type.code, subtype[0]?.code, action, outcome]).toEqual(['110113', 'AuthZ-Consent', 'E', '8'])
    expect(outcomeDesc).toContain('wie: your role')
    expect(codesOfAgents(decided)).toEqual(['110150', 'IRCP', 'PROV', 'RESP', undefined])
    expect(entity.some(({ what }) => what?.type === 'Consent')).toBe(true)
    expect(map({ ...decided, outcome: 'success' }).outcome).toBe('0')
  })
})
