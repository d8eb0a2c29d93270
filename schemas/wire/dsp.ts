import { z } from 'zod'

/** The JSON-LD context of the Dataspace Protocol 2025-1. Named and never fetched. */
export const dspContext = 'https://w3id.org/dspace/2025/1/context.jsonld'
export const dspVersion = '2025-1'

const context = z
  .array(z.unknown())
  .max(20)
  .refine((entries) => entries.includes(dspContext), `must name ${dspContext}`)

/** Asks for a catalogue. Members that are not used are ignored. @see Dataspace Protocol 2025-1, Catalog Request Message */
export const catalogRequestSchema = z.looseObject({
  '@context': context,
  '@type': z.literal('CatalogRequestMessage'),
  filter: z.unknown().optional(),
})

export const catalogPageQuerySchema = z.object({
  continuationToken: z.string().min(1).max(256).describe('As the Link header of the page before has it.'),
})

const offer = z.looseObject({
  '@id': z.string(),
  '@type': z.literal('Offer'),
  permission: z
    .array(
      z.looseObject({
        action: z.literal('use'),
        constraint: z.array(
          z.strictObject({
            leftOperand: z.string(),
            operator: z.literal('isAnyOf'),
            rightOperand: z.array(z.string()),
          }),
        ),
      }),
    )
    .min(1),
})

const dataset = z.looseObject({
  '@id': z.string(),
  '@type': z.literal('Dataset'),
  hasPolicy: z.array(offer).min(1),
  distribution: z
    .array(z.strictObject({ '@type': z.literal('Distribution'), format: z.string(), accessService: z.string() }))
    .min(1),
})

const written = z.array(z.literal(dspContext))

/** A dataset by itself. */
export const dspDatasetSchema = dataset.extend({ '@context': written })

/** A catalogue, or a page of one; `dataset` is absent from one that has none. */
export const dspCatalogSchema = z.looseObject({
  '@context': written,
  '@id': z.string(),
  '@type': z.literal('Catalog'),
  participantId: z.string(),
  service: z.array(z.strictObject({ '@id': z.string(), '@type': z.literal('DataService'), endpointURL: z.string() })),
  dataset: z.array(dataset).min(1).optional(),
})

/** Where each party speaks the protocol. @see Dataspace Protocol 2025-1, Version Information */
export const dspVersionsSchema = z.strictObject({
  protocolVersions: z
    .array(
      z.strictObject({
        version: z.literal(dspVersion),
        path: z.string(),
        binding: z.literal('HTTPS'),
        serviceId: z.string(),
        identifierType: z.string(),
      }),
    )
    .min(1),
})

export const catalogErrorSchema = z.object({
  '@context': written,
  '@type': z.literal('CatalogError'),
  code: z.string(),
  reason: z.array(z.string()),
})

export type DspCatalog = z.output<typeof dspCatalogSchema>
export type DspDataset = z.output<typeof dataset>
