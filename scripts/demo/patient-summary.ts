import { z } from 'zod'
import { createRegistryClient, type FhirResource } from '../../registry-client/client.js'
import { keptConsentSchema, keptConsentsSchema } from '../../schemas/wire/consent.js'
import type { Narrator } from './narrator.js'
import { expectRefusal } from './refusals.js'
import type { Member, World } from './world.js'

/** The scope of the patientsamenvatting pack. */
export const summaryScope = 'huisartsen/patientsamenvatting:read'

/** The patient of the practice whom the story is about; a number for tests. */
const patient = { bsn: '999990019', system: 'http://fhir.nl/fhir/NamingSystem/bsn' }
const consents = '/internal/bronnet/v1/subjects/huisarts/consents'

/** A read at the FHIR server of a practice: not without consent, as far as it goes, and not after it was withdrawn. */
export async function tellPatientSummary({
  world,
  tell,
}: {
  readonly world: World
  readonly tell: Narrator
}): Promise<void> {
  const huisarts = world.member('huisarts')
  await clearEarlierConsents(huisarts)
  tell.step(
    'The zorgaanbieder asks the huisarts for the problems of a patient. The huisarts has a FHIR server of its own.',
  )
  await expectRefusal(tell, readProblems(world, 'zorgaanbieder'), 403, 'The huisarts')

  tell.step('The patient consents, and the huisarts registers that.')
  const statement = { effect: 'permit', recipient: 'agb:06999901', purpose: 'ZORGVERLENING', from: '2026-01-01' }
  const { id } = keptConsentSchema.parse(
    await huisarts.administrator.call('POST', consents, { bsn: patient.bsn, statement }),
  )
  const startedAt = performance.now()
  const problems = await readProblems(world, 'zorgaanbieder')
  tell.fact(`It reads: ${problems.map(nameOf).join(', ')}.`, performance.now() - startedAt)
  tell.expect(
    problems.length > 0 && problems.every((each) => each['note'] === undefined && each['identifier'] === undefined),
    'the active problems of this patient, without the notes and numbers of the practice',
  )

  tell.step('Zorgkantoor Noord, whose client the patient is, asks the same.')
  await expectRefusal(tell, readProblems(world, 'zorgkantoor-noord'), 403, 'The huisarts')

  tell.step('The patient withdraws the consent.')
  await huisarts.administrator.call('POST', `${consents}/${id}/withdraw`, {})
  await expectRefusal(tell, readProblems(world, 'zorgaanbieder'), 403, 'The huisarts')
}

async function readProblems(world: World, reader: string): Promise<readonly FhirResource[]> {
  const { authorizationServer, sources } = world.member('huisarts')
  const registry = createRegistryClient({ nodeUrl: world.member(reader).internalUrl, subject: reader })
  const source = { url: sources['patientsamenvatting'] ?? '', authorizationServer, scope: summaryScope }
  const parameters = { 'patient.identifier': `${patient.system}|${patient.bsn}`, 'clinical-status': 'active' }
  const found: FhirResource[] = []
  for await (const problem of registry.fhir.search(source, { type: 'Condition', parameters })) found.push(problem)
  return found
}

/** Of an earlier run; the story begins without any. */
async function clearEarlierConsents({ administrator }: Member): Promise<void> {
  const found = keptConsentsSchema.parse(await administrator.call('POST', `${consents}/search`, { bsn: patient.bsn }))
  for (const { id, withdrawnAt } of found.consents)
    if (withdrawnAt === undefined) await administrator.call('POST', `${consents}/${id}/withdraw`, {})
}

const codedSchema = z.looseObject({ code: z.looseObject({ text: z.string() }) })

function nameOf(resource: FhirResource): string {
  return codedSchema.safeParse(resource).data?.code.text ?? resource.id ?? ''
}
