import { describe, expect, test } from '@jest/globals'
import { describeSchema, parseSourceSchema } from '../../../../node/sources/graphql/source-schema.js'
import { refusalOf } from '../../../support/refusals.js'

/** A schema that is served, with one thing replaced by another. */
function sdl(replaced = '', by = ''): string {
  return `
    scalar UUID
    type Query { dossier(where: DossierFilter, order: [DossierSort!]): [Dossier!]! }
    type Dossier { id: UUID! naam: String jaar: Int soort: Soort deel: [Deel!] eigenaar: Deel }
    type Deel { naam: String }
    enum Soort { A B }
    enum Richting { ASC DESC }
    input DossierFilter {
      and: [DossierFilter!] or: [DossierFilter!]
      id: UuidFilter naam: TextFilter jaar: IntFilter soort: SoortFilter deel: DeelListFilter eigenaar: DeelFilter
    }
    input DeelFilter { naam: TextFilter }
    input DeelListFilter { all: DeelFilter none: DeelFilter some: DeelFilter any: Boolean }
    input UuidFilter { eq: UUID in: [UUID] gt: UUID }
    input IntFilter { lte: Int nlte: Int }
    input SoortFilter { eq: Soort }
    input TextFilter { and: [TextFilter!] eq: String contains: String nin: [String] }
    input DossierSort { naam: Richting eigenaar: DeelSort }
    input DeelSort { naam: Richting }
  `.replace(replaced, by)
}

describe('the schema of a source', () => {
  test('gives its root fields with what their arguments mean', () => {
    const root = describeSchema(parseSourceSchema(sdl())).roots.get('dossier')
    expect(root?.type.name).toBe('Dossier')
    expect(Array.from(root?.where?.shape.members ?? [], ([name, { kind }]) => `${name} ${kind}`)).toEqual([
      'and and',
      'or or',
      'id compare',
      'naam compare',
      'jaar compare',
      'soort compare',
      'deel relation',
      'eigenaar relation',
    ])
    expect(Array.from(root?.order?.shape.members ?? [], ([name, { kind }]) => `${name} ${kind}`)).toEqual([
      'naam key',
      'eigenaar below',
    ])
  })

  test('a root field may have no arguments', () => {
    const text = sdl('(where: DossierFilter, order: [DossierSort!])')
    const root = describeSchema(parseSourceSchema(text)).roots.get('dossier')
    expect([root?.where, root?.order]).toEqual([undefined, undefined])
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
    ['an argument on a part of a record', 'deel: [Deel!]', 'deel(where: DeelFilter): [Deel!]'],
    ['another argument than where and order', '(where: DossierFilter', '(first: Int, where: DossierFilter'],
    ['a required where', 'DossierFilter,', 'DossierFilter!,'],
    ['an order that is no list', '[DossierSort!]', 'DossierSort'],
    ['a root field that is no list', '[Dossier!]!', 'Dossier'],
    ['a root field whose items may be null', '[Dossier!]!', '[Dossier]!'],
    ['an unknown operator', 'contains: String', 'lijktOp: String'],
    ['a comparison of the wrong type', 'eq: String', 'eq: UUID'],
    ['a list where one value belongs', 'eq: String', 'eq: [String]'],
    ['one value where a list belongs', 'nin: [String]', 'nin: String'],
    ['a required value', 'eq: String', 'eq: String!'],
    ['a comparison of parts on what is no text', '{ lte: Int', '{ contains: Int'],
    ['a filter on a field that is not there', 'naam: TextFilter jaar', 'titel: TextFilter jaar'],
    ['an and of something else', 'and: [DossierFilter!]', 'and: [DeelFilter!]'],
    ['an unknown quantifier', 'any: Boolean', 'any: Boolean geen: DeelFilter'],
    ['quantifiers of several types', 'none: DeelFilter', 'none: DossierFilter'],
    ['one value where a list of parts is', 'deel: DeelListFilter', 'deel: DeelFilter'],
    ['an order by a list', '{ naam: Richting eigenaar: DeelSort }', '{ deel: DeelSort }'],
    ['an order by what is not there', '{ naam: Richting eigenaar', '{ titel: Richting eigenaar'],
    ['an unknown direction', 'ASC DESC', 'ASC DESC WILLEKEURIG'],
  ])('cannot have %s', (_what, replaced, by) => {
    const schema = parseSourceSchema(sdl(replaced, by))
    expect(refusalOf(() => describeSchema(schema)).code).toBe('config.invalid')
  })
})
