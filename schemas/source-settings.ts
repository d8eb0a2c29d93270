import { z } from 'zod'
import { sourceFaceFields } from './source-face.js'

/** The local name of an organisation, and of what it serves; part of URLs. */
export const subjectName = z
  .string()
  .max(64)
  .regex(/^[a-zA-Z0-9._-]+$/, 'letters, digits, dot, underscore and hyphen only')
/** The schema of packs and sources that are asked by FHIR R4. */
export const fhirSchema = 'fhir-r4'
/** The register definitions in `schemas/sources/`. */
const registerSchemas = [
  'indicatieregister-2',
  'bemiddelingsregister-1',
  'leveringsregister-1',
  'toewijzingsregister-1',
  'eigenbijdrageregister-1',
] as const

/** A source of a party: a register that the node keeps, or a register or FHIR server that the organisation has already. */
export const sourceSchema = z.strictObject({
  name: subjectName.describe('name of the source; part of its URL'),
  kind: z
    .enum(['register', 'graphql', 'fhir'])
    .describe(
      '`register`: records that this node keeps; `graphql`: a register that the organisation has already; `fhir`: its FHIR R4 server',
    ),
  schema: z
    .enum([...registerSchemas, fhirSchema])
    .describe(
      'the register definition in `schemas/sources/`; `fhir-r4` for a FHIR server, whose templates are in the pack',
    ),
  pack: z.string().min(1).describe('the use-case pack in the policies directory that guards it'),
  decisionPoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'AuthZEN decision point that decides about reads instead of the rules of the pack; it sees every question',
    ),
  seed: z
    .string()
    .min(1)
    .optional()
    .describe('for `register`: JSON file with records, added at start when they are not there yet'),
  authorizations: z
    .boolean()
    .optional()
    .describe(
      'for `register`: gives AutorisatieCredentials by itself when records change, by the rules of the pack (`authorizations`); not for a seed',
    ),
  codes: z
    .array(
      z.strictObject({
        file: z
          .string()
          .min(1)
          .describe('JSON file with a code list, own codes with their concepts, or a concept map (`schemas/codes.ts`)'),
        fields: z
          .array(z.string().regex(/^[A-Za-z]\w*\.[A-Za-z]\w*$/, 'such as Toewijzing.productcode'))
          .default([])
          .describe('the fields, as `Type.field`, whose values are codes of this list'),
      }),
    )
    .max(50)
    .optional()
    .describe('codes of the organisation itself, to say what they mean beside the codes that the node knows'),
  upstream: z
    .strictObject({
      url: z
        .url({ protocol: /^https?$/ })
        .describe(
          'its GraphQL endpoint, or the base URL of the FHIR server; https, unless it is on this machine; it may be a private address',
        ),
      headerName: z
        .string()
        .regex(/^[A-Za-z0-9-]{1,64}$/, 'the name of a header')
        .default('Authorization')
        .describe('header with which the node makes itself known there'),
      headerFile: z
        .string()
        .min(1)
        .optional()
        .describe('file with the value of the header; it is read again when the value is refused there'),
      timeoutSeconds: z.number().positive().max(60).default(5).describe('how long it may take to answer'),
      maxBytes: z
        .int()
        .min(1024)
        .max(64 * 1024 * 1024)
        .default(8 * 1024 * 1024)
        .describe('largest answer that is read'),
    })
    .optional()
    .describe('for `graphql` and `fhir`: where the register or the FHIR server is'),
  ...sourceFaceFields,
})
