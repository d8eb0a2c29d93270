import { describe, expect, test } from '@jest/globals'
import { loadRegisterDefinition, parseRegisterDefinition } from '../../../../node/sources/register/definition.js'
import { refusalOf } from '../../../support/refusals.js'

const sdl = `
  scalar UUID
  type Query { dossier: [Dossier!]! stuk: [Stuk!]! }
  type Dossier { id: UUID! naam: String jaar: Int anderId: UUID }
  type Stuk { nummer: String! }
`
const stuk = { root: 'stuk', key: 'nummer', indexes: [] }
const dossier = { root: 'dossier', key: 'id', indexes: ['naam'] }
const good = { sdl: 'dossier-1.graphql', types: { Dossier: dossier, Stuk: stuk } }

/** The good definition with this in the place of what it says of dossiers. */
const withDossier = (changes: object): unknown => ({
  ...good,
  types: { Stuk: stuk, Dossier: { ...dossier, ...changes } },
})

const parse = (data: unknown): unknown => parseRegisterDefinition(data, () => sdl)

describe('the definition of a register', () => {
  test('of the indicatieregister is shipped', () => {
    const { schema, served } = loadRegisterDefinition('indicatieregister-2')
    expect(schema.getType('WlzIndicatie')).toBeDefined()
    expect([...served.model.values()]).toMatchObject([
      {
        root: 'wlzIndicatie',
        key: 'wlzindicatieID',
        indexes: ['initieelVerantwoordelijkZorgkantoor', 'bsn'],
        person: 'bsn',
      },
    ])
  })

  test.each(['indicatieregister-0', '../configuration', '', 'A', '/etc/passwd'])('is not found as %j', (name) => {
    expect(refusalOf(() => loadRegisterDefinition(name)).code).toBe('config.invalid')
  })

  test('fits its schema', () => {
    expect([...parseRegisterDefinition(good, () => sdl).served.model.keys()]).toEqual(['Dossier', 'Stuk'])
  })

  test.each([
    ['another member', { ...good, titel: 'a' }],
    ['a path to its schema', { ...good, sdl: '../a.graphql' }],
    ['a type that the schema does not have', { ...good, types: { ...good.types, Weg: stuk } }],
    ['a root that the schema does not have', withDossier({ root: 'weg' })],
    ['a root less than the schema', { ...good, types: { Dossier: dossier } }],
    ['the root of another type', { ...good, types: { Stuk: dossier, Dossier: { ...dossier, root: 'stuk' } } }],
    ['a key that is not there', withDossier({ key: 'weg' })],
    ['a key that may be absent', withDossier({ key: 'anderId' })],
    ['an index that is no text', withDossier({ indexes: ['jaar'] })],
    ['an index that is not there', withDossier({ indexes: ['toString'] })],
    ['a person who is not there', withDossier({ person: 'bsn' })],
    ['a way to a person that leads nowhere', withDossier({ person: 'naam.bsn' })],
    ['a reference that leads to no record', withDossier({ references: { naam: 'naamID' } })],
    ['a way that leads nowhere', withDossier({ paths: { titel: 5 } })],
    ['nothing', null],
  ])('cannot have %s', (_what, data) => {
    expect(refusalOf(() => parse(data)).code).toBe('config.invalid')
  })
})
