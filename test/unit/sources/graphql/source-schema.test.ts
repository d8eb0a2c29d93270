import { describe, expect, test } from '@jest/globals'
import { findRoots, parseSourceSchema } from '../../../../node/sources/graphql/source-schema.js'
import { refusalOf } from '../../../support/refusals.js'

/** A schema that is served, with one thing replaced by another. */
function sdl(replaced = '', by = ''): string {
  return `
    scalar UUID
    type Query { dossier(where: DossierFilter): [Dossier!]! }
    type Dossier { id: UUID! naam: String jaar: Int deel: [Deel!] }
    type Deel { naam: String }
    input DossierFilter { id: UuidFilter naam: TextFilter }
    input UuidFilter { eq: UUID }
    input TextFilter { eq: String }
  `.replace(replaced, by)
}

describe('the schema of a source', () => {
  test('gives its root fields with the fields that can be compared', () => {
    const root = findRoots(parseSourceSchema(sdl())).get('dossier')
    expect(root?.type.name).toBe('Dossier')
    expect([...(root?.comparable.keys() ?? [])]).toEqual(['id', 'naam'])
  })

  test('a root field may have no filter', () => {
    const root = findRoots(parseSourceSchema(sdl('(where: DossierFilter)'))).get('dossier')
    expect(root?.where).toBeUndefined()
  })

  test.each([
    ['a text that is no schema', 'type Query', 'tipe Query'],
    ['a type that is not there', '[Deel!]', '[Weg!]'],
    ['an unknown scalar', 'scalar UUID', 'scalar UUID scalar Geld type Prijs { bedrag: Geld }'],
    ['a schema without types', sdl(), 'scalar UUID'],
  ])('is refused when it is parsed: %s', (_what, replaced, by) => {
    expect(refusalOf(() => parseSourceSchema(sdl(replaced, by))).code).toBe('config.invalid')
  })

  test.each([
    ['a mutation', 'type Deel', 'type Mutation { doe: Int } type Deel'],
    ['a subscription', 'type Deel', 'type Subscription { hoor: Int } type Deel'],
    ['an interface', 'type Deel', 'interface Ding { naam: String } type Deel'],
    ['a union', 'type Deel', 'union Ding = Deel | Dossier type Deel'],
    ['an enumeration', 'type Deel', 'enum Soort { A B } type Deel'],
    ['an argument on a nested field', 'deel: [Deel!]', 'deel(eerste: Int): [Deel!]'],
    ['another argument than where', '(where: DossierFilter)', '(filter: DossierFilter)'],
    ['a required where', 'DossierFilter)', 'DossierFilter!)'],
    ['a root field that is no list', '[Dossier!]!', 'Dossier'],
    ['a root field whose items may be null', '[Dossier!]!', '[Dossier]!'],
    ['another operator', '{ eq: String }', '{ eq: String neq: String }'],
    ['an operator that is not eq', '{ eq: String }', '{ contains: String }'],
    ['a filter of another type than its field', '{ eq: String }', '{ eq: UUID }'],
    ['a filter on a field that is not there', 'naam: TextFilter', 'titel: TextFilter'],
    ['a filter on a type that cannot be compared', 'jaar: Int', 'jaar: Int naam2: Boolean'],
  ])('cannot have %s', (what, replaced, by) => {
    const text = what.startsWith('a filter on a type')
      ? sdl(replaced, by)
          .replace('naam: TextFilter', 'naam2: BooleanFilter')
          .concat('input BooleanFilter { eq: Boolean }')
      : sdl(replaced, by)
    const schema = parseSourceSchema(text)
    expect(refusalOf(() => findRoots(schema)).code).toBe('config.invalid')
  })
})
