import { auditCodes, dicomCodes, type DicomCode } from '../../schemas/audit-codes.js'
import type { AuditEntry } from './audit.js'
import type { AuditActor, AuditEvent } from './event.js'

/**
 * An entry of the journal as a FHIR R4 AuditEvent, after the patterns of IHE: a decision, a query, or a plain event with
 * codes of DICOM.
 *
 * Persons appear as pseudonyms and queries as the digest of their document with the names of its filters: neither holds a
 * value that was asked for, where the profile would have the raw query.
 * @see FHIR R4 AuditEvent; IHE Basic Audit Log Patterns
 */
export type FhirAuditEvent = Readonly<Record<string, unknown>>

interface Coding {
  readonly system: string
  readonly code: string
  readonly display?: string
}

const dicom = 'http://dicom.nema.org/resources/ontology/DCM'
const profiles = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition'
const entityType = (code: string, display: string): Coding => ({
  system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  code,
  display,
})
const objectRole = (code: string, display: string): Coding => ({
  system: 'http://terminology.hl7.org/CodeSystem/object-role',
  code,
  display,
})
const letters = { create: 'C', read: 'R', update: 'U', delete: 'D', execute: 'E' } as const

/** Makes AuditEvents of the node at `nodeUrl`. */
export function createFhirMapping(nodeUrl: string): (entry: AuditEntry) => FhirAuditEvent {
  return ({ number, time, event }) => {
    const row = auditCodes[event.code]
    const { profile, ...codes } = codesOf(event)
    return {
      resourceType: 'AuditEvent',
      id: String(number),
      ...(profile === undefined ? {} : { meta: { profile: [`${profiles}/${profile}`] } }),
      ...codes,
      recorded: time,
      outcome: outcomeOf(event),
      outcomeDesc: [row.title, event.error, ...(event.reasons ?? [])].filter((words) => words !== undefined).join('; '),
      ...(event.purpose === undefined ? {} : { purposeOfEvent: [{ text: event.purpose }] }),
      agent: agentsOf(event, nodeUrl),
      source: {
        observer: { display: nodeUrl },
        type: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/security-source-type',
            code: '4',
            display: 'Application Server',
          },
        ],
      },
      entity: entitiesOf(event, nodeUrl),
    }
  }
}

function codesOf(event: AuditEvent): {
  readonly profile?: string
  readonly type: Coding
  readonly subtype: readonly Coding[]
  readonly action: string
} {
  const { fhir } = auditCodes[event.code]
  const own: Coding = { system: 'urn:bronnet:audit', code: event.code, display: auditCodes[event.code].title }
  if (fhir === 'decision') {
    // Without a person there is no patient, whom the profile for decisions wants.
    const profile = event.persons === undefined ? {} : { profile: 'IHE.BasicAudit.AuthZconsent' }
    const subtype = { system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType', code: 'AuthZ-Consent' }
    return { ...profile, type: dicomCoding('110113'), subtype: [subtype, own], action: 'E' }
  }
  if (fhir === 'query') {
    const type = {
      system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
      code: 'rest',
      display: 'Restful Operation',
    }
    const subtype = { system: 'http://hl7.org/fhir/restful-interaction', code: 'search-type' }
    const profile = event.persons === undefined ? 'IHE.BasicAudit.Query' : 'IHE.BasicAudit.PatientQuery'
    return { profile, type, subtype: [subtype, own], action: 'E' }
  }
  return {
    type: dicomCoding(fhir.type),
    subtype: [...(fhir.subtype === undefined ? [] : [dicomCoding(fhir.subtype)]), own],
    action: letters[event.action],
  }
}

function dicomCoding(code: DicomCode): Coding {
  return { system: dicom, code, display: dicomCodes[code] }
}

/** 0 success, 4 the caller was refused, 8 the node could not; a decision has 8 for a refusal. */
function outcomeOf({ code, outcome }: AuditEvent): '0' | '4' | '8' {
  if (outcome === 'success') return '0'
  return outcome === 'refused' && auditCodes[code].fhir !== 'decision' ? '4' : '8'
}

/** For a query the asker is the source and the node the destination; for a decision the asker is an application. */
function agentsOf(event: AuditEvent, nodeUrl: string): readonly object[] {
  const { fhir } = auditCodes[event.code]
  const { actor, onBehalfOf, party } = event
  const signedIn = event.trace?.signedIn
  const asker = fhir === 'query' ? dicomType('110153', 'Source Role ID') : dicomType('110150', 'Application')
  const server =
    fhir === 'query'
      ? dicomType('110152', 'Destination Role ID')
      : fhir === 'decision'
        ? { type: { text: 'authorization server' } }
        : dicomType('110150', 'Application')
  const own = {
    ...server,
    who: { display: party ?? nodeUrl },
    requestor: actor === undefined && signedIn === undefined,
    ...networkOf(nodeUrl),
  }
  const caller = signedIn === undefined ? [] : [whoSignedIn(signedIn, actor === undefined)]
  if (actor === undefined) return [...caller, own]
  const address = event.trace?.listener === undefined ? {} : { network: { address: event.trace.listener, type: '1' } }
  return [
    { ...asker, ...whoOf(actor), requestor: actor.user === undefined, ...address },
    ...(actor.user === undefined
      ? []
      : [
          {
            type: participation('IRCP', 'information recipient'),
            who: { identifier: { value: actor.user.id ?? 'unknown' } },
            ...(actor.user.role === undefined ? {} : { role: [{ text: actor.user.role }] }),
            requestor: true,
          },
        ]),
    ...(fhir === 'decision' && actor.organization !== undefined
      ? [
          {
            type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleClass', code: 'PROV' }] },
            ...whoOf(actor),
            requestor: false,
          },
        ]
      : []),
    ...(onBehalfOf === undefined
      ? []
      : [{ type: participation('RESP', 'responsible party'), ...whoOf(onBehalfOf), requestor: false }]),
    ...caller,
    own,
  ]
}

/** Who called the internal listener: their key says who and in which role, their token for whom. */
function whoSignedIn(
  { user, subject, role }: NonNullable<NonNullable<AuditEvent['trace']>['signedIn']>,
  requestor: boolean,
): object {
  return {
    type: participation('PPRF', 'primary performer'),
    who: { identifier: { value: user } },
    ...(subject === undefined ? {} : { altId: subject }),
    role: [{ text: role }],
    requestor,
  }
}

function dicomType(code: string, display: string): { readonly type: object } {
  return { type: { coding: [{ system: dicom, code, display }] } }
}

function participation(code: string, display: string): object {
  return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code, display }] }
}

function networkOf(url: string): object {
  return { network: { address: url, type: '5' } }
}

function whoOf({ did, identifier, organization, role }: AuditActor): object {
  const value = did ?? identifier
  return {
    who: {
      ...(value === undefined
        ? {}
        : { identifier: { ...(did === undefined ? {} : { system: 'urn:ietf:rfc:3986' }), value } }),
      display: [organization, identifier].filter((text) => text !== undefined).join(' ') || (value ?? 'unknown'),
    },
    ...(role === undefined ? {} : { role: [{ text: role }] }),
  }
}

function entitiesOf(event: AuditEvent, nodeUrl: string): readonly object[] {
  const { persons = [], object, evidence = [], trace, rule, grondslag, decision } = event
  const isRead = auditCodes[event.code].category === 'data'
  const pseudonyms = `${nodeUrl}/audit/pseudonyms`
  return [
    ...persons.map((value) => ({
      what: { type: 'Patient', identifier: { system: pseudonyms, value } },
      type: entityType('1', 'Person'),
      role: objectRole('1', 'Patient'),
    })),
    ...(isRead && object !== undefined ? [queryEntity(object)] : []),
    ...(!isRead && object !== undefined
      ? [{ type: entityType('2', 'System Object'), role: objectRole('4', 'Domain Resource'), ...detailsOf(object) }]
      : []),
    ...evidence.map((value) => ({
      what: { type: 'Consent', identifier: { value } },
      type: entityType('2', 'System Object'),
      role: objectRole('13', 'Security Resource'),
    })),
    ...(rule === undefined
      ? []
      : [
          {
            name: rule,
            type: entityType('2', 'System Object'),
            role: objectRole('13', 'Security Resource'),
            ...(grondslag === undefined ? {} : { detail: [{ type: 'grondslag', valueString: grondslag }] }),
          },
        ]),
    ...(trace === undefined
      ? []
      : [
          {
            what: { identifier: { value: trace.traceId } },
            type: { system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType', code: 'XrequestId' },
          },
        ]),
    ...(decision === undefined
      ? []
      : [{ what: { reference: `AuditEvent/${String(decision)}` }, type: entityType('4', 'Other') }]),
  ]
}

/** What was asked, without what it was asked about: the digest of the document and the names of its filters. */
function queryEntity(object: NonNullable<AuditEvent['object']>): object {
  const { source = '', operation = '', template = '', filters = {} } = object
  const parameters = Object.keys(filters).map((name) => `${name}=***`)
  const text = `${source}/${operation}?template=${template}${parameters.map((parameter) => `&${parameter}`).join('')}`
  return {
    type: entityType('2', 'System Object'),
    role: objectRole('24', 'Query'),
    query: Buffer.from(text).toString('base64'),
    ...detailsOf(object),
  }
}

function detailsOf(object: NonNullable<AuditEvent['object']>): object {
  const detail = Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .map(([type, value]) => ({ type, valueString: typeof value === 'string' ? value : JSON.stringify(value) }))
  return detail.length === 0 ? {} : { detail }
}
