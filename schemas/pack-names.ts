import { z } from 'zod'

export const scope = z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,200}$/, 'one OAuth scope token')
export const fieldName = z.string().regex(/^[a-zA-Z][A-Za-z0-9]*$/)
export const typeName = z.string().regex(/^[A-Z][A-Za-z0-9]*$/)
export const claimName = z.string().regex(/^[a-z][A-Za-z0-9_]*$/)
export const setName = z.string().regex(/^[a-z][A-Za-z0-9]*$/)
export const path = z
  .string()
  .regex(/^[a-zA-Z][A-Za-z0-9]*(\.[a-zA-Z][A-Za-z0-9]*){0,8}$/)
  .describe('field names joined with a point; `some` after a list stands for one of its records')

/** A field, or all fields of a set of the pack: `@name`. */
export const fieldOrSet = z.union([fieldName, z.templateLiteral(['@', setName])])
