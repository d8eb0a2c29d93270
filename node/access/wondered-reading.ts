import { badParameters, NodeError } from '../kernel/errors.js'
import type { Reading } from '../policy/question.js'
import type { FhirCall } from '../../schemas/fhir/call.js'
import type { FhirTemplate } from '../../schemas/fhir/template.js'
import { operationsOf, parseUnaskedCall, readingOfCall, type SaidPerson } from './fhir-reading.js'
import type { ServedSource } from './served-sources.js'

/** What is asked, in the language of the source. */
export interface WonderedQuestion {
  /** Of GraphQL. */
  readonly query?: string | undefined
  readonly variables?: Readonly<Record<string, unknown>> | undefined
  /** Of FHIR: one call, as the data plane takes it apart; without who asks. */
  readonly fhir?: object | undefined
  /** Whom that call turns out to be about, where it does not say so. */
  readonly person?: SaidPerson | undefined
}

/** What a question reads, with what is said of it beside the decision. */
export interface WonderedReading {
  readonly reading: Reading
  /** Of FHIR. */
  readonly template?: FhirTemplate
  /** Of FHIR: who says whose it is. */
  readonly person?: 'named' | 'assumed' | 'unknown' | 'none'
}

/** Whom a call is taken to be about where nobody says it: any person with a number that can exist. */
const somebody = { bsn: '999999990', patient: 'somebody' }

/**
 * Reads a question as the source would for a token with these scopes, without asking a server whose it is.
 * @throws `request.bad_parameters` for a question of another language, or a person beside one whom the call names; as the
 *   source for one that it does not take: for FHIR with the templates that there are
 */
export function readWondered(
  { source, pack, published }: Pick<ServedSource, 'source' | 'pack' | 'published'>,
  scopes: readonly string[],
  asked: WonderedQuestion,
): WonderedReading {
  const { fhir } = published.pack
  if (fhir === undefined) {
    if (asked.query === undefined) throw badParameters('this source is asked by GraphQL: give query')
    const { template: _template, ...reading } = source.parse({ query: asked.query, variables: asked.variables })
    return { reading }
  }
  if (asked.fhir === undefined) throw badParameters('this source is asked by FHIR: give fhir')
  const call = parseUnaskedCall({ ...asked.fhir, operations: operationsOf(pack.rules, scopes) })
  return readFhir(call, fhir.templates, asked.person)
}

function readFhir(call: FhirCall, templates: readonly FhirTemplate[], person: SaidPerson = {}): WonderedReading {
  const read = (about: SaidPerson) => {
    try {
      return readingOfCall(call, templates, about)
    } catch (cause) {
      throw withTemplates(cause, templates)
    }
  }
  const { template, reading, isLookedUp } = read(person)
  const isSaid = person.bsn !== undefined || person.patient !== undefined
  if (isLookedUp && !isSaid) {
    const { by } = template.person
    return { template, person: 'unknown', reading: read({ [by]: somebody[by] }).reading }
  }
  if (!isLookedUp && isSaid) throw badParameters('person: a search says itself whom it is about')
  return { template, reading, person: isLookedUp ? 'assumed' : reading.filters.length > 0 ? 'named' : 'none' }
}

/** What the pack has, for who keeps it: the notes of the source only point to its public description. */
function withTemplates(cause: unknown, templates: readonly FhirTemplate[]): unknown {
  if (!NodeError.is(cause) || cause.code === 'request.bad_parameters') return cause
  const known = templates.map(({ name, interaction, type }) => `${name} (${interaction} ${type})`)
  return new NodeError(cause.code, { cause, notes: [...cause.notes, `the pack has the templates ${known.join(', ')}`] })
}
