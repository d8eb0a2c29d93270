import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedDirective,
  parse,
  validate,
} from 'graphql'
import type { GraphQLNamedType, GraphQLSchema } from 'graphql'
import { packageFile } from '../../node/kernel/package-root.js'
import { createMessageFields } from '../../node/notifications/message-fields.js'
import { createNetwerkpunt } from '../../node/notifications/netwerkpunt.js'
import { describeWithShared } from '../support/shared.js'

const own = readFileSync(packageFile('schemas', 'netwerkpunt', 'netwerkpunt-1.graphql'), 'utf8')

/** What a schema says, without its descriptions. */
function outline(schema: GraphQLSchema): unknown {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const directives = schema.getDirectives().filter((directive) => !isSpecifiedDirective(directive))
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))
  return {
    roots: roots.map((type) => type?.name),
    directives: directives.map(({ name, locations }) => [name, locations]),
    types: Object.fromEntries(types.map((type) => [type.name, outlineType(type)])),
  }
}

function outlineType(type: GraphQLNamedType): unknown {
  if (isScalarType(type)) return { scalar: type.specifiedByURL ?? null }
  if (isEnumType(type)) return { values: type.getValues().map(({ name }) => name) }
  if (isInputObjectType(type))
    return { input: Object.values(type.getFields()).map(({ name, type: of }) => `${name}: ${String(of)}`) }
  if (!isObjectType(type) && !isInterfaceType(type)) throw new Error(`${type.name} is of another kind`)
  return {
    implements: type.getInterfaces().map(({ name }) => name),
    fields: Object.values(type.getFields()).map(
      ({ name, args, type: of }) =>
        `${name}(${args.map((argument) => `${argument.name}: ${String(argument.type)}`).join()}): ${String(of)}`,
    ),
  }
}

describeWithShared('the netwerkpunt as it was published', ['official', 'iwlz'], (read) => {
  test('says the same as ours, which has descriptions of its own', () => {
    const published = read('netwerkpunt.graphql')
    expect(outline(buildSchema(own))).toEqual(outline(buildSchema(published)))
  })

  test.each(['notificatie-voorbeeld.graphql', 'melding-voorbeeld.graphql'])(
    'takes the published example %s',
    (file) => {
      const document = read(file)
      expect(validate(buildSchema(own), parse(document))).toEqual([])
      const netwerkpunt = createNetwerkpunt(
        createMessageFields(() => Promise.reject(new Error('nothing is delivered here'))),
      )
      const variables = {
        timestamp: '2026-11-22T08:00:00Z',
        afzenderIDType: 'KVK',
        afzenderID: '62253778',
        ontvangerIDType: 'UZOVI',
        ontvangerID: '5999',
        eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
        subjectList: [
          {
            subject: 'WlzIndicatie/3f0e2f0b-6f0c-4a57-9d0a-1c1f0a7d9b11',
            recordID: 'WlzIndicatie/3f0e2f0b-6f0c-4a57-9d0a-1c1f0a7d9b11',
          },
        ],
      }
      expect(netwerkpunt.parse({ query: document, variables }).field.name).toMatch(/^zend(Notificatie|Melding)$/)
    },
  )
})

describe('what is added to the netwerkpunt', () => {
  test('stands in files of its own, and changes nothing that was published', () => {
    const { sdl } = createNetwerkpunt([])
    const whole = outline(buildSchema(sdl)) as { types: Record<string, { input?: string[]; fields?: string[] }> }
    const alone = outline(buildSchema(own)) as typeof whole
    for (const [name, type] of Object.entries(alone.types)) {
      expect(whole.types[name]?.input).toEqual(type.input)
      expect(whole.types[name]?.fields ?? []).toEqual(expect.arrayContaining([...(type.fields ?? [])]))
    }
  })
})
