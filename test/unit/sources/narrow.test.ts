import { describe, expect, test } from '@jest/globals'
import { narrowReading } from '../../../node/sources/narrow.js'
import type { Condition } from '../../../node/policy/question.js'
import { loadRegisterDefinition } from '../../../node/sources/register/definition.js'
import { createRegister } from '../../../node/sources/register/register.js'
import { permitFor } from '../../support/permits.js'
import { regionRows } from '../../support/region-rows.js'
import { createExampleStore } from './register/example.js'

const condition: Condition = { kind: 'compare', path: 'naam', field: 'Ding.naam', operator: 'eq', value: 'a' }
const request = { where: undefined, paths: ['a', 'a.b', 'a.c', 'd', 'd.e', 'd.e.f'] }

describe('what may leave', () => {
  test('is all without a narrowing', () => {
    const { isWithheld, withheld, isNarrowed } = narrowReading(request, undefined)
    expect([isWithheld('a.b'), withheld, isNarrowed]).toEqual([false, [], false])
  })

  test('is what the paths say, with what leads there', () => {
    const { isWithheld, withheld } = narrowReading(request, { paths: ['a.b'] })
    expect(request.paths.filter(isWithheld)).toEqual(['a.c', 'd', 'd.e', 'd.e.f'])
    expect(withheld).toEqual(['a.c', 'd'])
  })

  test('is nothing when the paths are none', () => {
    expect(narrowReading(request, { paths: [] }).withheld).toEqual(['a', 'd'])
  })

  test('does not take a path for one that it begins like', () => {
    expect(narrowReading({ where: undefined, paths: ['ab', 'a'] }, { paths: ['a'] }).withheld).toEqual(['ab'])
  })

  test('meets the conditions of the request and those of the permit', () => {
    expect(narrowReading({ ...request, where: condition }, { where: [condition] }).where).toEqual({
      kind: 'and',
      of: [condition, condition],
    })
    expect(narrowReading(request, { where: [] }).where).toBeUndefined()
  })
})

test('a register reads nothing for what does not leave, and writes null or leaves it out', async () => {
  const definition = loadRegisterDefinition('bemiddelingsregister-1')
  const register = createRegister({ name: 'br', party: 'ciz', definition, store: createExampleStore() })
  const rows = regionRows('bemiddelingsregister', { seed: 1, persons: 20 })
  await register.loadSeed(rows)
  const id = String(rows['Bemiddelingspecificatie']?.[0]?.['bemiddelingspecificatieID'])
  const query = `{ bemiddelingspecificatie(where: { bemiddelingspecificatieID: { eq: "${id}" } }) {
    code: zzpCode bemiddelingspecificatieID percentage
    bemiddeling { client { bsn contactpersoon { rol } taal } regiehouder { instelling } }
  } }`
  const asked = register.parse({ query })
  const paths = ['bemiddelingspecificatieID', 'bemiddeling.client.taal']
  const answer = await register.read(permitFor(asked, {}, { paths }), asked)
  expect(JSON.parse(answer.data)).toEqual({
    bemiddelingspecificatie: [
      {
        bemiddelingspecificatieID: id,
        percentage: null,
        bemiddeling: { client: { contactpersoon: null, taal: 'nl' }, regiehouder: null },
      },
    ],
  })
  expect(answer.narrowed?.paths).toEqual([
    'bemiddeling.client.bsn',
    'bemiddeling.client.contactpersoon',
    'bemiddeling.regiehouder',
    'percentage',
    'zzpCode',
  ])
})
