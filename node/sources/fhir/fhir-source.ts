import { NodeError } from '../../kernel/errors.js'
import type { Permit } from '../../policy/permit.js'
import type { FhirTemplate } from '../../../schemas/fhir/template.js'
import type { Answer, DataSource, SourceRequest } from '../data-source.js'
import { narrowReading, type NarrowedReading } from '../narrow.js'
import { getPermittedPlan } from '../permitted-plan.js'
import type { AskFhir } from './ask-fhir.js'
import type { Cursors } from './cursor.js'
import { createFindPerson, isLookedUp, type FoundPerson, type LookedUp } from './find-person.js'
import { narrowResource } from './narrow-resource.js'
import { readBundle } from './read-bundle.js'
import { parseCall, placeOf, readCall, toRequest, type FhirPlan } from './read-call.js'
import { pairsOf } from './read-search.js'
import { beginAgain } from './refuse.js'
import { buildBundle, versionOf, writeOut, type LeavingByMode } from './write-answer.js'

/** A source that must know whose a record is before anybody can decide about it. */
export interface FhirSource extends DataSource {
  /**
   * The request with the person whom it turns out to be about; `request` itself where it says that already. This looks at
   * the organisation's own server before there is a decision; nothing of it leaves without one, and a record or Patient that
   * is not there gives a request that names nobody. So a refusal of another request than `request` may not say why.
   * The record that was looked at is the one that `read` gives for that request: whose it is was said of that very one.
   * @throws `access.denied` for a request that was not checked here, `source.failed`, `source.timed_out`
   */
  identify(request: SourceRequest): Promise<SourceRequest>
}

export interface FhirSourceDeps {
  /** The name of the source. */
  readonly name: string
  /** The party whose server it is. */
  readonly party: string
  readonly templates: readonly FhirTemplate[]
  readonly ask: AskFhir
  /** Base URL of the server, without a slash at the end. */
  readonly base: string
  readonly cursors: Cursors
}

/**
 * Makes a source of a FHIR R4 server that an organisation has already. Nothing of its data stays here.
 *
 * A call is read by the templates of the pack; what goes to the server is written anew, for one Patient, whom the server
 * names itself. What comes back must be of that Patient and of the types that were asked, or nothing of it is used; of
 * that only the elements leave which the template has and the permit lets.
 * @see FHIR R4 http.html, search.html
 */
export function createFhirSource({ name, party, templates, ask, base, cursors }: FhirSourceDeps): FhirSource {
  const findPerson = createFindPerson(ask, base)
  /** Only requests that were checked here have one: a request that was changed reads nothing. */
  const plans = new WeakMap<SourceRequest, KeptPlan>()

  function keep(plan: KeptPlan): SourceRequest {
    const request = toRequest(plan, name)
    plans.set(request, plan)
    return request
  }

  function planFor(permit: Permit, request: SourceRequest) {
    const plan = getPermittedPlan({ reader: { findPlan: (known) => plans.get(known) }, permit, party, request })
    const narrowing = permit.narrowingFor({ party, ...request })
    if ((narrowing?.where ?? []).length > 0)
      throw new NodeError('access.denied', { detail: 'the server cannot show that a record meets the permit' })
    return { plan, narrowed: narrowReading(request, narrowing) }
  }

  async function search(plan: KeptPlan, narrowed: NarrowedReading, person: FoundPerson | undefined) {
    const { call, template, page } = plan
    const leaving = leavingOf(plan, narrowed)
    if (person === undefined) {
      // As where there is nothing about somebody whom the server knows.
      const none = { entries: [], total: 0, next: undefined }
      return { data: writeOut(buildBundle(none, plan, leaving, undefined), base, call.base), recordCount: 0 }
    }
    if (page !== undefined && page.patient !== person.patient) throw beginAgain()
    const bundle =
      page === undefined ? await ask.search(template.type, parametersOf(plan, person)) : await ask.page(page.suffix)
    const checked = readBundle(bundle, plan, person.patient, base)
    const { next: suffix } = checked
    const next =
      suffix === undefined
        ? undefined
        : cursors.write({
            type: template.type,
            parameters: call.parameters.map(([key, value]) => [key, value]),
            template: template.name,
            patient: person.patient,
            suffix,
            reader: call.reader,
            page: (page?.page ?? 1) + 1,
          })
    return {
      data: writeOut(buildBundle(checked, plan, leaving, next), base, call.base),
      recordCount: checked.entries.filter(({ mode }) => mode === 'match').length,
    }
  }

  function give(plan: KeptPlan, narrowed: NarrowedReading, person: FoundPerson | undefined) {
    const record = plan.lookedUp?.record
    if (record === undefined || person === undefined) throw new NodeError('source.record_unknown')
    return {
      data: writeOut(narrowResource(record.resource, leavingOf(plan, narrowed).match), base, plan.call.base),
      recordCount: 1,
      version: versionOf(record),
    }
  }

  return {
    name,
    party,
    parse(body) {
      const given = parseCall(body)
      if (given.page === undefined) return keep(readCall(given, templates, name).plan)
      const cursor = cursors.read(given.page, given.reader)
      const { type, parameters, template, ...page } = cursor
      const call = {
        ...given,
        interaction: 'search-type' as const,
        type,
        parameters,
        inUrl: false,
        operations: [template],
      }
      const { plan } = readCall(call, templates, name)
      if (plan.template.name !== template) throw beginAgain()
      return keep({ ...plan, page })
    },
    async identify(request) {
      const plan = plans.get(request)
      if (plan === undefined) throw new NodeError('access.denied', { detail: 'the request was not checked here' })
      if (!isLookedUp(plan)) return request
      const lookedUp = await findPerson.beforeDeciding(plan)
      return keep({ ...plan, person: lookedUp.named, lookedUp })
    },
    async read(permit, request): Promise<Answer> {
      const { plan, narrowed } = planFor(permit, request)
      const person = plan.lookedUp?.person ?? (await findPerson.find(plan.person))
      const isSearch = plan.call.interaction === 'search-type'
      const answer = isSearch ? await search(plan, narrowed, person) : give(plan, narrowed, person)
      const persons = person?.bsn === undefined ? [] : [person.bsn]
      const { withheld } = narrowed
      return { ...answer, persons, ...(withheld.length === 0 ? {} : { narrowed: { paths: withheld, records: false } }) }
    },
  }
}

/** What is known of a request that was checked here. */
type KeptPlan = FhirPlan & {
  /** Of a search that goes on. */
  readonly page?: Page
  /** What was looked up before the decision. */
  readonly lookedUp?: LookedUp
}

/** The page that a cursor leads to. */
interface Page {
  readonly patient: string
  readonly suffix: string
  readonly page: number
}

/** What accompanies can be of the type of the matches: each leaves with what was decided at its own place. */
function leavingOf({ template, search }: FhirPlan, { isWithheld }: NarrowedReading): LeavingByMode {
  const own = [template.type, new Set(search.elements.filter((element) => !isWithheld(element)))] as const
  const accompanying = new Map<string, Set<string>>()
  for (const each of [...search.include, ...search.revinclude]) {
    const elements = accompanying.get(each.type) ?? new Set<string>()
    for (const element of each.elements) if (!isWithheld(`${placeOf(each)}.${element}`)) elements.add(element)
    accompanying.set(each.type, elements)
  }
  return { match: new Map([...accompanying, own]), include: new Map([own, ...accompanying]) }
}

/** The search as the server gets it: for one Patient, and with nothing that was not read. */
function parametersOf(
  { template, search }: FhirPlan,
  { patient }: FoundPerson,
): readonly (readonly [string, string])[] {
  const person: readonly [string, string] =
    template.type === 'Patient' ? ['_id', patient.slice('Patient/'.length)] : [template.person.parameter, patient]
  return [
    person,
    ...Object.entries(template.always).map(([key, { value }]) => [key, value] as const),
    ...pairsOf(search),
  ]
}
