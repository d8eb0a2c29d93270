import type { Reading } from '../policy/question.js'
import { isLookedUp } from '../sources/fhir/find-person.js'
import { parseCall, readCall, toRequest } from '../sources/fhir/read-call.js'
import type { FhirCall } from '../../schemas/fhir/call.js'
import type { FhirTemplate } from '../../schemas/fhir/template.js'
import type { Rule } from '../policy/rule.js'

/** Whom a call turns out to be about, as somebody says it. */
export interface SaidPerson {
  readonly bsn?: string | undefined
  /** The logical id of the Patient. */
  readonly patient?: string | undefined
}

/** What a call of FHIR reads, by the template that it falls under. */
export interface CallReading {
  readonly template: FhirTemplate
  readonly reading: Reading
  /** Whether the source asks its server whose it is before there is a decision. */
  readonly isLookedUp: boolean
}

/** A call that nobody asks: its addresses lead nowhere. @throws as `parseCall` */
export function parseUnaskedCall(call: object): FhirCall {
  return parseCall({ ...call, base: 'https://source.invalid', reader: 'did:web:requester.invalid' })
}

/**
 * What a call reads as the source of `templates` would have it, with the person as whom it turns out to be about. Asks no
 * server: for those who explain and test rules.
 * @throws as `readCall`
 */
export function readingOfCall(
  call: FhirCall,
  templates: readonly FhirTemplate[],
  { bsn, patient }: SaidPerson,
): CallReading {
  const { plan } = readCall(call, templates, 'source')
  const person = {
    ...plan.person,
    ...(bsn === undefined ? {} : { bsn }),
    ...(patient === undefined ? {} : { patient }),
  }
  const found = { ...plan, person }
  const { source: _source, template: _template, ...reading } = toRequest(found, 'source')
  return { template: plan.template, reading, isLookedUp: isLookedUp(plan) }
}

/** The templates that the rules of these scopes are about: a call is read by these first. */
export function operationsOf(rules: readonly Rule[], scopes: readonly string[]): string[] {
  return [...new Set(rules.filter(({ scope }) => scopes.includes(scope)).map(({ operation }) => operation))]
}
