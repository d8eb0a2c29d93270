import type { Decision } from '../../../node/policy/decision.js'
import type { AccessQuestion, Claims } from '../../../node/policy/question.js'
import type { PackData, RuleData } from '../../../schemas/pack.js'

/** The member of a question to change, and nothing else of it. */
export interface Changes {
  readonly claims?: Claims
  readonly resource?: Partial<AccessQuestion['resource']>
  readonly scopes?: readonly string[]
  readonly time?: number
}

/** A question that the example rule permits, or what `changes` make of it. */
export function question(changes: Changes = {}): AccessQuestion {
  return {
    requester: {
      did: 'did:web:vrager.example',
      claims: changes.claims ?? {
        organization_role: 'zorgkantoor',
        organization_id_type: 'uzovi',
        organization_id: '5999',
      },
    },
    action: 'QUERY',
    resource: {
      party: 'ciz',
      source: 'register',
      operation: 'ding',
      filters: [{ path: 'dingID', operator: 'eq', value: '1' }],
      where: undefined,
      nested: [],
      order: [],
      fields: ['Ding.dingID', 'Ding.naam'],
      paths: ['dingID', 'naam'],
      ...changes.resource,
    },
    context: { scopes: changes.scopes ?? ['ding:read'], time: changes.time ?? Date.parse('2026-11-24T09:00:00Z') },
  }
}

/** A rule with one role, one filter and two fields, or what `changes` make of it. */
export function ruleData(changes: Partial<RuleData> = {}, wat: Partial<RuleData['wat']> = {}): RuleData {
  return {
    id: 'VB-0001',
    version: 1,
    title: 'Voorbeeld',
    source: 'deze test',
    scope: 'ding:read',
    wie: { role: ['zorgkantoor'] },
    wat: {
      action: 'QUERY',
      operation: 'ding',
      type: 'Ding',
      filterRequired: ['dingID'],
      filterEquals: {},
      fields: { Ding: ['dingID', 'naam'] },
      valid: {},
      forbidden: [],
      nested: {},
      compare: {},
      narrow: false,
      matrix: {},
      ...wat,
    },
    waarvoor: { purpose: 'VOORBEELD' },
    wanneer: { period: 'none' },
    facts: [],
    grondslag: { text: 'Voorbeeldwet', status: 'geldend', from: '2026-01-01' },
    ...changes,
  }
}

type ScopeData = PackData['scopes'][number]
type FieldData = ScopeData['organization']['input_descriptors'][number]['constraints']['fields'][number]

export const issuerField: FieldData = {
  path: ['$.issuer'],
  filter: { type: 'string', issuersOf: 'LedenadministratieCredential' },
}

/** A scope whose one descriptor has these fields beside those that every rule looks at. */
export function scopeData(scope: string, fields: readonly FieldData[] = [issuerField]): ScopeData {
  const claims = ['organization_role', 'organization_id_type', 'organization_id'].map((id) => ({
    id,
    path: [`$.credentialSubject[0].organization.${id.slice('organization_'.length)}`],
    filter: { type: 'string' as const },
  }))
  return {
    scope,
    aliases: [],
    title: 'Voorbeeld',
    scopePolicy: 'profile-only',
    dpop: 'optional',
    liveStatus: true,
    organization: {
      id: 'voorbeeld',
      input_descriptors: [{ id: 'lidmaatschap', constraints: { fields: [...fields, ...claims] } }],
    },
  }
}

export function packData(changes: Partial<PackData> = {}): PackData {
  return {
    id: 'voorbeeld',
    version: '1.0.0',
    title: 'Voorbeeld',
    description: 'Voorbeeld',
    schema: 'voorbeeld-1',
    trust: {},
    scopes: [scopeData('ding:read')],
    sets: {},
    authorizations: [],
    rules: [ruleData()],
    ...changes,
  }
}

/** A decision by the rule of this name: a permit, unless reasons are given. */
export function decision(rule: string, reasons: readonly string[] = []): Decision {
  const permitted = reasons.length === 0
  return {
    permitted,
    rule,
    reasons,
    purpose: permitted ? 'VOORBEELD' : undefined,
    grondslag: permitted ? 'Voorbeeldwet (geldend)' : undefined,
    weighed: [],
  }
}
