import { bsnSystem } from '../../../schemas/fhir/template.js'
import { failed, type AskFhir, type FoundResource } from './ask-fhir.js'
import { identifierOf, isFormer, isObject, isResource, logicalId, patientOf } from './references.js'
import type { FhirPlan } from './read-call.js'
import { requireMatch } from './read-bundle.js'
import type { NamedPerson } from './read-search.js'

/** A person whom the server knows, under both names. */
export interface FoundPerson {
  /** `Patient/id`. */
  readonly patient: string
  readonly bsn: string | undefined
}

/** What was looked up before the decision. */
export interface LookedUp {
  /** Nobody for a record or a Patient that is not there, or a Patient without the number that the policy needs. */
  readonly named: NamedPerson
  /** The record itself, where a read names one that the template has. */
  readonly record?: FoundResource
  /** Its person, where the policy needed the number; else there was no reason to look at the Patient yet. */
  readonly person?: FoundPerson
}

/** Finds persons at the server: the number of a Patient, and the Patient of a number. */
export interface FindPerson {
  /**
   * Whose the record is that a plan names, or who the Patient is that it names: what the policy must know before it decides.
   * @param plan one that is looked up @throws `source.failed`
   */
  beforeDeciding(plan: FhirPlan): Promise<LookedUp>
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
      // Found by a number that it has no longer, or merged into another: not the one that is meant.
      if (isFormer(patient, bsnSystem, bsn)) return []
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

  /** The record that a read names with its Patient, where it is one that the template has. */
  async function findOwned(plan: FhirPlan): Promise<{ record: FoundResource; patient: string } | undefined> {
    const record = await ask.read(pathOf(plan))
    const patient = record && patientOf(record.resource, plan.template.person.element, base)
    if (record === undefined || patient === undefined) return undefined
    try {
      requireMatch(record.resource, plan, patient, base)
    } catch {
      // Not one of those that the template is about: for who asks it is not there.
      return undefined
    }
    return { record, patient }
  }

  async function beforeReading(plan: FhirPlan): Promise<LookedUp> {
    const owned = await findOwned(plan)
    if (owned === undefined) return { named: {} }
    const { record, patient } = owned
    const id = patient.slice('Patient/'.length)
    if (plan.template.person.by === 'patient') return { named: { patient: id }, record }
    const person = await findById(id)
    return person?.bsn === undefined ? { named: {} } : { named: { patient: id, bsn: person.bsn }, record, person }
  }

  return {
    async beforeDeciding(plan) {
      if (plan.call.interaction !== 'search-type') return beforeReading(plan)
      const { patient = '' } = plan.person
      const bsn = (await findById(patient))?.bsn
      return { named: bsn === undefined ? {} : { patient, bsn } }
    },
    async find({ bsn, patient }) {
      if (patient === undefined) return bsn === undefined ? undefined : findByNumber(bsn)
      const found = await findById(patient)
      // Between the decision and now it became somebody else's.
      return bsn !== undefined && found?.bsn !== bsn ? undefined : found
    },
  }
}

/** Whether the server must say whose it is before anybody can decide: the call names a record, or not the number of the person. */
export function isLookedUp({ template, call, person }: FhirPlan): boolean {
  if (call.interaction !== 'search-type') return true
  return template.person.by === 'bsn' && person.bsn === undefined && person.patient !== undefined
}

/** Where the record of a read is, below the base of the server. */
export function pathOf({ call }: FhirPlan): string {
  const { type, id = '', versionId } = call
  return versionId === undefined ? `${type}/${id}` : `${type}/${id}/_history/${versionId}`
}
