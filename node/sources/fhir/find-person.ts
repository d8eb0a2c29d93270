import { bsnSystem } from '../../../schemas/fhir/template.js'
import { failed, type AskFhir } from './ask-fhir.js'
import { identifierOf, isObject, isResource, logicalId, patientOf } from './references.js'
import type { FhirPlan } from './read-call.js'
import { requireMatch } from './read-bundle.js'
import type { NamedPerson } from './read-search.js'

/** A person whom the server knows, under both names. */
export interface FoundPerson {
  /** `Patient/id`. */
  readonly patient: string
  readonly bsn: string | undefined
}

/** Finds persons at the server: the number of a Patient, and the Patient of a number. */
export interface FindPerson {
  /**
   * Whose the record is that a plan names, or who the Patient is that it names: what the policy must know before it decides.
   * The person of the plan itself where the server need not be asked; nobody for a record or a Patient that is not there,
   * or a Patient without the number that the policy needs. @throws `source.failed`
   */
  beforeDeciding(plan: FhirPlan): Promise<NamedPerson>
  /** The person of a plan; `undefined` for one whom the server does not know. @throws `source.failed` */
  find(person: NamedPerson): Promise<FoundPerson | undefined>
}

export function createFindPerson(ask: AskFhir, base: string): FindPerson {
  /** @throws `source.failed` where several Patients have the number: nobody says which of them is meant */
  async function findByNumber(bsn: string): Promise<FoundPerson | undefined> {
    const bundle = await ask.search('Patient', [
      ['identifier', `${bsnSystem}|${bsn}`],
      ['_count', '10'],
    ])
    if (bundle.resourceType !== 'Bundle') throw failed('the answer is no searchset')
    const entries: readonly unknown[] = Array.isArray(bundle['entry']) ? bundle['entry'] : []
    const ids = entries.flatMap((entry) => {
      const patient = isObject(entry) ? entry['resource'] : undefined
      if (!isResource(patient) || patient.resourceType !== 'Patient') return []
      if (identifierOf(patient, bsnSystem) !== bsn) throw failed('a Patient does not have the number that was asked')
      if (patient.id === undefined || !logicalId.test(patient.id)) throw failed('a Patient has no id')
      return [patient.id]
    })
    const [id, ...others] = new Set(ids)
    if (others.length > 0) throw failed('several Patients have one number')
    return id === undefined ? undefined : { patient: `Patient/${id}`, bsn }
  }

  async function findById(id: string): Promise<FoundPerson | undefined> {
    const found = await ask.read(`Patient/${id}`)
    if (found === undefined) return undefined
    const { resource } = found
    if (resource.resourceType !== 'Patient' || resource.id !== id)
      throw failed('a Patient is not the one that was asked')
    return { patient: `Patient/${id}`, bsn: identifierOf(resource, bsnSystem) }
  }

  /** The Patient of the record that a read names, where it is one that the template has. */
  async function findOwner(plan: FhirPlan): Promise<NamedPerson> {
    const found = await ask.read(pathOf(plan))
    const owner = found && patientOf(found.resource, plan.template.person.element, base)
    if (found === undefined || owner === undefined) return {}
    try {
      requireMatch(found.resource, plan, owner, base)
    } catch {
      // Not one of those that the template is about: for who asks it is not there.
      return {}
    }
    return { patient: owner.slice('Patient/'.length) }
  }

  return {
    async beforeDeciding(plan) {
      const { template, call, person } = plan
      if (!isLookedUp(plan)) return person
      const named = call.interaction === 'search-type' ? person : await findOwner(plan)
      if (template.person.by === 'patient' || named.patient === undefined) return named
      const bsn = (await findById(named.patient))?.bsn
      return bsn === undefined ? {} : { ...named, bsn }
    },
    async find({ bsn, patient }) {
      if (patient === undefined) return bsn === undefined ? undefined : findByNumber(bsn)
      const found = await findById(patient)
      // Between the decision and now it became somebody else's.
      return bsn !== undefined && found?.bsn !== bsn ? undefined : found
    },
  }
}

/** Whether the server must say whose it is before anybody can decide: the call names a record, or the wrong name of a person. */
export function isLookedUp({ template, call, person }: FhirPlan): boolean {
  if (call.interaction !== 'search-type') return true
  return template.person.by === 'bsn' && person.bsn === undefined && person.patient !== undefined
}

/** Where the record of a read is, below the base of the server. */
export function pathOf({ call }: FhirPlan): string {
  const { type, id = '', versionId } = call
  return versionId === undefined ? `${type}/${id}` : `${type}/${id}/_history/${versionId}`
}
