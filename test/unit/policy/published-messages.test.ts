import { describe, expect, test } from '@jest/globals'
import type { GraphQLSchema } from 'graphql'
import type { Lack } from '../../../node/policy/lack.js'
import { compilePublishedMessages, loadPublishedMessages } from '../../../node/policy/published-messages.js'
import { loadRegisterDefinition } from '../../../node/sources/register/definition.js'
import { publishedMessagesSchema } from '../../../schemas/published-messages.js'
import { question } from './example.js'

const rows = publishedMessagesSchema.parse([
  { schema: 'a', operation: ['ding'], lack: ['filter'], path: ['dingID'], code: 'UNAUTHORIZED', message: 'van a' },
  { lack: ['own-filter'], given: true, code: 'BAD_REQUEST', message: 'een andere' },
  { lack: ['own-filter'], own: true, code: 'BAD_REQUEST', message: '{field} van uw {identifier}' },
  { lack: ['role'], provesNone: ['agb'], code: 'UNAUTHORIZED', message: 'geen agb' },
  { lack: ['read'], reads: ['deel'], code: 'BAD_REQUEST', message: 'geen deel' },
  { lack: ['operation'], code: 'BAD_REQUEST', message: 'onbekend' },
  { lack: ['filter'], code: 'BAD_REQUEST', message: '{field} ontbreekt' },
])
const filter: Lack = { kind: 'filter', path: 'dingID', text: '' }

function messages(lacks: readonly Lack[], asked = question(), schema = 'a'): readonly string[] {
  const find = compilePublishedMessages(rows, schema, 'nee')
  return find({ question: asked, lacks }).map(({ code, message }) => `${code} ${message}`)
}

describe('the message for what is lacking', () => {
  test('is that of the register definition before one for all', () => {
    expect(messages([filter])).toEqual(['UNAUTHORIZED van a'])
    expect(messages([filter], question(), 'b')).toEqual(['BAD_REQUEST dingID ontbreekt'])
    expect(messages([{ ...filter, path: 'deel.naam' }])).toEqual(['BAD_REQUEST naam ontbreekt'])
    expect(messages([filter], question({ resource: { operation: 'anders' } }))).toEqual([
      'BAD_REQUEST dingID ontbreekt',
    ])
  })

  test('looks at whether the query compares the place, and names the identifier that was wanted', () => {
    const lack: Lack = { kind: 'own-filter', path: 'dingID', identifier: 'uzovi', text: '' }
    expect(messages([lack])).toEqual(['BAD_REQUEST een andere'])
    expect(messages([lack], question({ resource: { filters: [] } }))).toEqual(['BAD_REQUEST dingID van uw uzovi'])
  })

  test('looks at which identifier the requester has', () => {
    const lack: Lack = { kind: 'role', text: '' }
    expect(messages([lack])).toEqual(['UNAUTHORIZED geen agb'])
    const claims = { organization_id_type: 'agb', organization_id: '06999901' }
    expect(messages([lack], question({ claims }))).toEqual(['FORBIDDEN nee'])
  })

  test('looks at what is read, and below it', () => {
    const lack: Lack = { kind: 'read', text: '' }
    expect(messages([lack], question({ resource: { paths: ['deel.naam'] } }))).toEqual(['BAD_REQUEST geen deel'])
    expect(messages([lack], question({ resource: { paths: ['deelnemer'] } }))).toEqual(['FORBIDDEN nee'])
  })

  test('is said once, and the gravest first', () => {
    const period: Lack = { kind: 'period', text: '' }
    expect(messages([period, { ...filter, path: 'naam' }, filter, period])).toEqual([
      'UNAUTHORIZED van a',
      'BAD_REQUEST naam ontbreekt',
      'FORBIDDEN nee',
    ])
  })

  test('is the general one for a denial that says of nothing that it is lacking', () => {
    expect(messages([])).toEqual(['FORBIDDEN nee'])
  })

  test('of an operation that no rule is about is the only one', () => {
    expect(messages([{ kind: 'operation', text: '' }, filter])).toEqual(['BAD_REQUEST onbekend'])
  })
})

describe('the shipped messages', () => {
  const shipped = loadPublishedMessages()

  test.each(shipped.filter(({ schema }) => schema !== undefined).map((row) => [row.message, row] as const))(
    '%s is about operations and places that its register has',
    (_message, { schema = '', operation = [], path = [], reads = [] }) => {
      const definition = loadRegisterDefinition(schema as 'indicatieregister-2').schema
      const unknown = [...path, ...reads].filter(
        (place) => !operation.some((root) => hasPlace(definition, root, place)),
      )
      expect(unknown).toEqual([])
      expect(operation.filter((root) => definition.getQueryType()?.getFields()[root] === undefined)).toEqual([])
    },
  )
})

/** True when `place` leads to a field from the records of `root`. */
function hasPlace(schema: GraphQLSchema, root: string, place: string): boolean {
  let fields = fieldsOf(schema, String(schema.getQueryType()?.getFields()[root]?.type))
  for (const step of place.split('.').filter((name) => name !== 'some')) {
    const field = fields?.[step]
    if (field === undefined) return false
    fields = fieldsOf(schema, String(field.type))
  }
  return true
}

function fieldsOf(schema: GraphQLSchema, type: string) {
  const named = schema.getType(type.replace(/[[\]!]/g, ''))
  return named !== undefined && 'getFields' in named ? named.getFields() : undefined
}
