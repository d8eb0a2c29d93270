import { describe, expect, test } from '@jest/globals'
import { createFindPerson } from '../../../../node/sources/fhir/find-person.js'
import type { Resource } from '../../../../node/sources/fhir/references.js'
import { bsnSystem } from '../../../../schemas/fhir/template.js'
import { firstBsn, secondBsn } from '../../../support/fhir-example.js'
import { rejectionOf } from '../../../support/refusals.js'

const number = (value: string, use?: string) => ({ system: bsnSystem, value, ...(use === undefined ? {} : { use }) })
const patient = (id: string, identifier: readonly object[], members: object = {}): Resource => ({
  resourceType: 'Patient',
  id,
  identifier,
  ...members,
})

/** Finds persons at a server that has these Patients, and gives all of them for every search. */
function finding(...patients: readonly Resource[]) {
  const ask = {
    read: (path: string) => {
      const found = patients.find(({ id }) => path === `Patient/${id ?? ''}`)
      return Promise.resolve(found && { resource: found, etag: undefined, lastModified: undefined })
    },
    search: () =>
      Promise.resolve({ resourceType: 'Bundle', type: 'searchset', entry: patients.map((resource) => ({ resource })) }),
    page: () => Promise.reject(new Error('there are no pages')),
  }
  return createFindPerson(ask, 'https://dossier.intern/r4')
}

describe('the Patient of a number', () => {
  test('is the one that has it, whatever else that one is known by', async () => {
    const found = finding(patient('p-1', [number(firstBsn, 'official'), { system: 'urn:praktijk', value: '12' }]))
    expect(await found.find({ bsn: firstBsn })).toEqual({ patient: 'Patient/p-1', bsn: firstBsn })
    expect(await finding().find({ bsn: firstBsn })).toBeUndefined()
  })

  test.each(['old', 'temp'])('is not one for whom it is %s', async (use) => {
    const former = patient('p-1', [number(firstBsn, use), number(secondBsn)])
    expect(await finding(former).find({ bsn: firstBsn })).toBeUndefined()
    expect(await finding(former).find({ bsn: firstBsn, patient: 'p-1' })).toBeUndefined()
    expect(await finding(former).find({ patient: 'p-1' })).toMatchObject({ bsn: secondBsn })
    const now = patient('p-2', [number(firstBsn)])
    expect(await finding(former, now).find({ bsn: firstBsn })).toMatchObject({ patient: 'Patient/p-2' })
  })

  test('is the one that is left of two that were made one', async () => {
    const link = [{ other: { reference: 'Patient/p-2' }, type: 'replaced-by' }]
    const merged = [patient('p-1', [number(firstBsn)], { active: false, link }), patient('p-2', [number(firstBsn)])]
    expect(await finding(...merged).find({ bsn: firstBsn })).toMatchObject({ patient: 'Patient/p-2' })
  })

  test('is nobody who can be told where several have it, or where the server gives another', async () => {
    const two = [patient('p-1', [number(firstBsn)]), patient('p-2', [number(firstBsn)])]
    for (const patients of [two, [patient('p-1', [number(secondBsn)])], [patient('..', [number(firstBsn)])]])
      expect((await rejectionOf(finding(...patients).find({ bsn: firstBsn }))).code).toBe('source.failed')
  })
})
