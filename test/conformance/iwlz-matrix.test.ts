import { describe, expect, test } from '@jest/globals'
import { getNamedType, isObjectType } from 'graphql'
import type { AccessQuestion } from '../../node/policy/question.js'
import type { Rule } from '../../node/policy/rule.js'
import type { PackData } from '../../schemas/pack.js'
import { caseQuestion, compileForTest, findPack, readCases } from '../support/pack-questions.js'
import { schemaOf } from '../support/register-schema.js'
import { describeWithShared } from '../support/shared.js'

/** A row of a published autorisatiematrix: an attribute of an entity, and the columns in which it has an R. */
interface Row {
  readonly entity: string
  readonly attribute: string
  readonly granted: readonly string[]
}

function parseMatrix(text: string): { readonly columns: readonly string[]; readonly rows: readonly Row[] } {
  const lines = text.split('\n').filter((line) => line.trim().startsWith('|'))
  const cells = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.replace(/<[^>]*>/g, '').trim()),
  )
  const columns = (cells[0] ?? []).slice(1)
  let entity = ''
  const rows: Row[] = []
  for (const [first = '', ...marks] of cells.slice(2)) {
    if (first.startsWith('**')) entity = first.replaceAll('*', '').trim()
    else if (first !== '')
      rows.push({ entity, attribute: first, granted: columns.filter((_, at) => marks[at] === 'R') })
  }
  return { columns, rows }
}

/** The types for which an entity of the matrix stands, where its name is not that of a type. */
const types: Readonly<Record<string, readonly string[]>> = {
  Wlzindicatie: ['WlzIndicatie'],
  contactgegevens: ['ClientContactgegevens', 'ContactpersoonContactgegevens', 'ContactGegevens'],
}

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/** How an attribute of the matrix is called in the schema, where that is not the same but for capitals. */
const spelling: Readonly<Record<string, readonly string[]>> = {
  bemiddelingspcificatieID: ['bemiddelingspecificatieID'],
  contactgegevensID: ['clientContactgegevensID', 'contactpersoonContactgegevensID', 'contactGegevensID'],
  gebeimeClient: ['geheimeClient'],
  burgelijkeStaat: ['burgerlijkeStaat'],
  huisarts: ['huisarts', 'agbcodeHuisarts'],
}

/** A place where an attribute of the matrix stands, with the rule that has the column there. */
interface Place {
  readonly rule: Rule
  readonly asked: AccessQuestion
  readonly above: string
  readonly type: unknown
  readonly path: string
  readonly field: string
}

/** Where the columns of a matrix are at work, by the rules that follow them: made once, because it is asked per cell. */
function columnsOf(data: PackData): ReadonlyMap<string, readonly Omit<Place, 'path' | 'field'>[]> {
  const pack = compileForTest(data)
  const cases = readCases(data).filter(({ expect: { permitted } }) => permitted)
  const found = new Map<string, Omit<Place, 'path' | 'field'>[]>()
  for (const { id, version, wat } of data.rules) {
    const rule = pack.rules.find(({ name }) => name === `${id}.v${version}`)
    const entry = cases.find(({ expect: expected }) => expected.rule === rule?.name)
    if (rule === undefined || entry === undefined) continue
    const asked = caseQuestion(entry, data)
    for (const [column, places] of Object.entries(wat.matrix))
      found.set(column, [
        ...(found.get(column) ?? []),
        ...places.map((above) => ({ rule, asked, above, type: typeAt(data, wat.type, above) })),
      ])
  }
  return found
}

function typeAt(data: PackData, root: string, above: string): unknown {
  return above
    .split('.')
    .filter(Boolean)
    .reduce<unknown>(
      (type, step) => (isObjectType(type) ? getNamedType(type.getFields()[step]?.type) : undefined),
      schemaOf(data).getType(root),
    )
}

/** Everywhere that a column of the matrix is at work, and what the attribute is there. */
function placesOf(columns: ReturnType<typeof columnsOf>, column: string, { entity, attribute }: Row): readonly Place[] {
  const wanted = types[entity] ?? types[entity.toLowerCase()] ?? [entity]
  return (columns.get(column) ?? []).flatMap((place) => {
    const { type, above } = place
    if (!isObjectType(type) || !wanted.some((name) => same(name, type.name))) return []
    return Object.keys(type.getFields())
      .filter((field) => (spelling[attribute] ?? [attribute]).some((known) => same(known, field)))
      .map((field) => ({ ...place, path: above === '' ? field : `${above}.${field}`, field: `${type.name}.${field}` }))
  })
}

/** True when the rule lets this one field leave, with all else as in a case that it permits. */
function isGranted({ rule, asked, path, field }: Pick<Place, 'rule' | 'asked' | 'path' | 'field'>): boolean {
  const steps = path.split('.')
  const paths = steps.map((_, index) => steps.slice(0, index + 1).join('.')).sort()
  return rule.weigh({ ...asked, resource: { ...asked.resource, paths, fields: [field] } }).permitted
}

describeWithShared('each cell of the autorisatiematrix', ['official', 'iwlz'], (readPublished) => {
  describe('of the bemiddelingsregister', () => {
    const data = findPack('bemiddelingsregister')
    const working = columnsOf(data)
    const { columns, rows } = parseMatrix(readPublished('autorisatiematrix-bemiddelingsregister.md'))

    test('is found', () => {
      expect(columns).toHaveLength(11)
      expect(rows.length).toBeGreaterThan(70)
      expect(data.rules.flatMap(({ wat }) => Object.keys(wat.matrix))).toEqual(expect.arrayContaining([...columns]))
    })

    test.each(rows)('$entity $attribute is readable in $granted', (row) => {
      expect(columns.filter((column) => placesOf(working, column, row).some(isGranted))).toEqual(row.granted)
    })
  })

  describe('of the indicatieregister', () => {
    const data = findPack('indicatieregister')
    const { columns, rows } = parseMatrix(readPublished('autorisatiematrix-indicatieregister.md'))
    const fields = Object.values(schemaOf(data).getTypeMap()).flatMap((type) =>
      isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [],
    )
    const pack = compileForTest(data)
    const granting = readCases(data).flatMap((entry) => {
      const rule = pack.rules.find(({ name }) => name === entry.expect.rule && /^UCIR-000[1-4]\./.test(name))
      return entry.expect.permitted && rule !== undefined ? [{ rule, asked: caseQuestion(entry, data) }] : []
    })

    test('is found, and has an R everywhere', () => {
      expect(columns).toEqual(['IRA0001', 'IRA0002', 'IRA0003'])
      expect(rows.every(({ granted }) => granted.length === 3)).toBe(true)
    })

    test.each(rows)('$entity $attribute is readable', (row) => {
      const wanted = types[row.entity] ?? types[row.entity.toLowerCase()] ?? [row.entity]
      const spelled = spelling[row.attribute] ?? [row.attribute]
      const found = fields.filter((field) => {
        const [type = '', name = ''] = field.split('.')
        return wanted.some((each) => same(each, type)) && spelled.some((each) => same(each, name))
      })
      expect(found.length).toBeGreaterThan(0)
      for (const { rule, asked } of granting)
        for (const field of found)
          expect(isGranted({ rule, asked, path: field.slice(field.indexOf('.') + 1), field })).toBe(true)
    })
  })
})
