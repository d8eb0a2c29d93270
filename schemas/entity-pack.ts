import { z } from 'zod'

const name = z.string().min(1).max(200)
const scalar = z.union([z.string(), z.number(), z.boolean()])
const properties = z.record(name, scalar)

/** What a property must be: one of these values, or none of those. */
const demand = z.strictObject({
  is: z.array(scalar).min(1).optional(),
  isNot: z.array(scalar).min(1).optional().describe('also met by what has no such property'),
})
const demands = z.record(name, demand)

const entity = z.strictObject({ type: name, id: name, properties: properties.default({}) })

/** A rule about entities: who may do what with what, by their properties. */
const entityRule = z.strictObject({
  id: z.string().regex(/^[A-Z][A-Z0-9-]*$/),
  version: z.int().positive(),
  title: name,
  subject: z.strictObject({ type: name, id: z.array(name).optional(), properties: demands.default({}) }),
  action: z.strictObject({ name: z.array(name).min(1), properties: demands.default({}) }),
  resource: z.strictObject({ type: name, id: z.array(name).optional(), properties: demands.default({}) }),
})

/**
 * A pack about things that are no records of a register: known entities, and rules over their properties. What a caller
 * sends of an entity stands for what is known of it.
 */
export const entityPackSchema = z.strictObject({
  kind: z.literal('entities'),
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  title: name,
  description: name,
  entities: z.array(entity).default([]).describe('subjects and resources that searches look through'),
  rules: z.array(entityRule).min(1),
})

export type EntityPackData = z.output<typeof entityPackSchema>
export type EntityRuleData = EntityPackData['rules'][number]
