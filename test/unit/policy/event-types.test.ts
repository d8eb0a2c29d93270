import { describe, expect, test } from '@jest/globals'
import { readdirSync } from 'node:fs'
import { isObjectType } from 'graphql'
import { loadEventTypes } from '../../../node/policy/event-types.js'
import { loadRegisterDefinition } from '../../../node/sources/register/definition.js'
import { eventTypesSchema, type EventType } from '../../../schemas/events.js'

const now = Date.parse('2026-11-26T12:00:00Z')
const outside = loadEventTypes()
const inside = loadEventTypes({ sandbox: true })
const registers = new Map(
  readdirSync('schemas/sources')
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.replace('.json', ''))
    .map((name) => [name, loadRegisterDefinition(name)] as const),
)

function found(name: string): EventType {
  const type = outside.find(name)
  if (type === undefined) throw new Error(`there is no ${name}`)
  return type
}

describe('event types', () => {
  test.each([
    ['NIEUWE_INDICATIE_ZORKANTOOR', 'NIEUWE_INDICATIE_ZORGKANTOOR'],
    ['GEWIJZIGDE_BEHANDELPERIODE_ZORGKANTOOR', 'GEWIJZIGDE_BEHANDELINGPERIODE_ZORGKANTOOR'],
    ['iWlzFoutmelding', 'IWLZFOUTMELDING'],
    ['NIEUWE_INDICATIE_GEMEENTE', 'NIEUWE_INDICATIE_GEMEENTE'],
  ])('%s is known as %s', (name, eventType) => {
    expect(outside.find(name)?.eventType).toBe(eventType)
  })

  test.each(['NIEUWE_INDICATIE', 'nieuwe_indicatie_zorgkantoor', '', '__proto__'])('%p is unknown', (name) => {
    expect(outside.find(name)).toBeUndefined()
  })

  test('a name that two types have is refused', () => {
    const [first] = outside.all
    const twice = [
      first,
      { ...first, eventType: 'EEN_ANDERE', cloudEventsType: 'nl.ander.v1.0.0', aliases: [first?.eventType] },
    ]
    expect(eventTypesSchema.safeParse(twice).success).toBe(false)
    expect(eventTypesSchema.safeParse([first]).success).toBe(true)
  })

  test('what waits for a change of law has no ground outside a sandbox, for that role alone', () => {
    const gemeente = found('NIEUWE_INDICATIE_GEMEENTE')
    expect(outside.hasGrondslag(gemeente, { now, role: 'gemeente-wmo' })).toBe(true)
    expect(outside.hasGrondslag(gemeente, { now, role: 'gemeente-jw' })).toBe(false)
    expect(inside.hasGrondslag(gemeente, { now, role: 'gemeente-jw' })).toBe(true)
    expect(outside.hasGrondslag(found('NIEUWE_INDICATIE_HUISARTS'), { now })).toBe(false)
  })

  test('a ground counts from its first day to its last, in the Netherlands', () => {
    const type = { ...found('NIEUWE_INDICATIE_CAK') }
    const until = { ...type, grondslag: { ...type.grondslag, geldigVanaf: '2026-11-01', geldigTot: '2026-11-30' } }
    const at = (time: string): boolean => outside.hasGrondslag(until, { now: Date.parse(time) })
    expect(at('2026-10-31T22:59:00Z')).toBe(false)
    expect(at('2026-10-31T23:00:00Z')).toBe(true)
    expect(at('2026-11-30T22:59:00Z')).toBe(true)
    expect(at('2026-11-30T23:00:00Z')).toBe(false)
  })
})

describe.each(outside.all.map((type) => [type.eventType, type] as const))('%s', (_name, type) => {
  test('is about records and fields that its register has', () => {
    const { source, receivers } = type
    if (!('register' in source)) {
      expect(receivers).toEqual({ by: 'caller' })
      return
    }
    const model = registers.get(source.register)?.served.model
    const entity = model?.get(source.type)
    expect(entity?.key.toLowerCase()).toBe(type.objectIDType.toLowerCase())
    const fields = entity?.type.getFields() ?? {}
    if ('timer' in source) expect(String(fields[source.timer.field]?.type)).toMatch(/^Date(Time)?!?$/)
    else for (const { field } of source.when ?? []) expect(Object.keys(fields)).toContain(field)
    const paths =
      receivers.by === 'field'
        ? [receivers.path, ...(receivers.notEqualTo ?? [])]
        : receivers.by === 'afzender'
          ? [receivers.path]
          : []
    expect(receivers.by).not.toBe('caller')
    for (const path of paths) expect([path, leadsToText(source.type, path)]).toEqual([path, true])

    function leadsToText(start: string, path: string): boolean {
      let at = start
      const steps = path.split('.')
      const last = steps.pop() ?? ''
      for (const step of steps) {
        const relation = model?.get(at)?.relations.get(step)
        if (relation === undefined) return false
        at = relation.to
      }
      const end = model?.get(at)?.type
      const field = isObjectType(end) ? end.getFields()[last] : undefined
      return field !== undefined && /^(String|UUID)!?$/.test(String(field.type))
    }
  })

  test('is sent by who keeps its register', () => {
    const { source, senderRoles } = type
    const keepers: Readonly<Record<string, readonly string[]>> = {
      'indicatieregister-2': ['ciz'],
      'bemiddelingsregister-1': ['zorgkantoor'],
      'leveringsregister-1': ['zorgaanbieder'],
      'toewijzingsregister-1': ['gemeente'],
    }
    if ('register' in source) expect(senderRoles).toEqual(keepers[source.register])
    // Who reads nothing has nothing to tell.
    expect(senderRoles).not.toContain('stelselbeheerder')
    if (type.kind === 'notificatie') expect(senderRoles).not.toContain('huisarts')
  })

  test('tells a role that receives such a thing, by a name of its own', () => {
    expect(type.kind === 'melding').toBe(type.receiverRole === 'bronhouder')
    if (type.receivers.by === 'abonnement') expect(type.notificatieType).toMatch(/^(IWLZ_)?VRIJWILLIG$/)
  })
})
