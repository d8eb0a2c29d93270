import type { SourceRequest } from '../../../../node/sources/data-source.js'
import { createQueryReader } from '../../../../node/sources/graphql/read-query.js'
import type { QueryReader, QueryReaderDeps } from '../../../../node/sources/graphql/read-query.js'
import { describeSchema, parseSourceSchema } from '../../../../node/sources/graphql/source-schema.js'
import { refusalOf } from '../../../support/refusals.js'

/** A small source whose types go round, so that depth has no end of its own. */
export const exampleSchema = parseSourceSchema(`
  scalar UUID
  scalar Date
  type Query {
    dossier(where: DossierFilter): [Dossier!]!
    persoon: [Persoon!]!
  }
  type Dossier { id: UUID! naam: String dag: Date open: Boolean deel: Dossier delen: [Dossier] }
  type Persoon { naam: String }
  input DossierFilter { id: UuidFilter naam: TextFilter dag: DateFilter }
  input UuidFilter { eq: UUID }
  input TextFilter { eq: String }
  input DateFilter { eq: Date }
`)

export const exampleId = '0d9a4f2e-6c3b-4b1f-9a7e-2f1c8b7d6e5a'

/** A value that must not come back in any note: it has the form of a BSN. */
export const privateValue = '999990019'

export function createExampleReader(deps: Partial<QueryReaderDeps> = {}): QueryReader {
  return createQueryReader({ served: describeSchema(exampleSchema), source: 'voorbeeld', ...deps })
}

export function read(query: string, variables?: unknown, deps?: Partial<QueryReaderDeps>): SourceRequest {
  return createExampleReader(deps).read(variables === undefined ? { query } : { query, variables })
}

/** The notes with which a request is refused. */
export function notesOf(query: string, variables?: unknown, deps?: Partial<QueryReaderDeps>): readonly string[] {
  const refusal = refusalOf(() => read(query, variables, deps))
  if (!refusal.code.startsWith('source.')) throw refusal
  return refusal.notes
}

/** The code with which a request is refused. */
export function codeOf(query: string, deps?: Partial<QueryReaderDeps>): string {
  return refusalOf(() => read(query, undefined, deps)).code
}

/** The answer to `query` over `records`. */
export function answer(query: string, records: readonly unknown[], variables: unknown = {}): unknown {
  const reader = createExampleReader({ limits: { leafFields: 5000, tokens: 20_000, documentBytes: 1_000_000 } })
  const plan = reader.findPlan(reader.read({ query, variables }))
  return JSON.parse(plan?.writer()(records) ?? 'null')
}
