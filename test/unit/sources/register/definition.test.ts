import { describe, expect, test } from '@jest/globals'
import { loadRegisterDefinition, parseRegisterDefinition } from '../../../../node/sources/register/definition.js'
import { refusalOf } from '../../../support/refusals.js'

const sdl = `
  scalar UUID
  type Query { dossier: [Dossier!]! stuk: [Stuk!]! }
  type Dossier { id: UUID! naam: String jaar: Int anderId: UUID }
  type Stuk { nummer: String! }
`
const stuk = { type: 'Stuk', key: 'nummer', indexes: [] }
const dossier = { type: 'Dossier', key: 'id', indexes: ['naam'] }
const good = { sdl: 'dossier-1.graphql', roots: { dossier, stuk } }

const parse = (data: unknown): unknown => parseRegisterDefinition(data, () => sdl)

describe('the definition of a register', () => {
  test('of the indicatieregister is shipped', () => {
    const { schema, roots } = loadRegisterDefinition('indicatieregister-2')
    expect(schema.getType('WlzIndicatie')).toBeDefined()
    expect(roots).toEqual({
      wlzIndicatie: {
        type: 'WlzIndicatie',
        key: 'wlzindicatieID',
        indexes: ['initieelVerantwoordelijkZorgkantoor'],
        person: 'bsn',
      },
    })
  })

  test.each(['indicatieregister-0', '../configuration', '', 'A', '/etc/passwd'])('is not found as %j', (name) => {
    expect(refusalOf(() => loadRegisterDefinition(name)).code).toBe('config.invalid')
  })

  test('fits its schema', () => {
    expect(parse(good)).toMatchObject({ roots: { dossier, stuk } })
  })

  test.each([
    ['another member', { ...good, titel: 'a' }],
    ['a path to its schema', { ...good, sdl: '../a.graphql' }],
    ['a root that the schema does not have', { ...good, roots: { ...good.roots, weg: stuk } }],
    ['a root less than the schema', { ...good, roots: { dossier } }],
    ['the wrong type', { ...good, roots: { stuk, dossier: { ...dossier, type: 'Stuk' } } }],
    ['a key that is not there', { ...good, roots: { stuk, dossier: { ...dossier, key: 'weg' } } }],
    ['a key that may be absent', { ...good, roots: { stuk, dossier: { ...dossier, key: 'anderId' } } }],
    ['an index that cannot be compared', { ...good, roots: { stuk, dossier: { ...dossier, indexes: ['jaar'] } } }],
    ['an index that is not there', { ...good, roots: { stuk, dossier: { ...dossier, indexes: ['toString'] } } }],
    ['nothing', null],
  ])('cannot have %s', (_what, data) => {
    expect(refusalOf(() => parse(data)).code).toBe('config.invalid')
  })
})
