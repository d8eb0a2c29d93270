import { codesPart } from '../codes/explain-codes.js'
import type { ExplainCodes } from '../codes/explain-codes.js'
import type { DataSource } from '../data-source.js'
import { createQueryReader } from '../graphql/read-query.js'
import { narrowReading } from '../narrow.js'
import { getPermittedPlan } from '../permitted-plan.js'
import { createFieldForms } from '../register/field-forms.js'
import type { RegisterDefinition } from '../register/definition.js'
import { forwardQuery } from './forwarded-query.js'
import { readAnswer } from './read-answer.js'

/**
 * Asks the register, and gives the `data` of its answer.
 * @throws `source.unavailable`
 */
export type AskRegister = (request: {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}) => Promise<unknown>

export interface UpstreamDeps {
  /** The name of the source. */
  readonly name: string
  /** The party whose register it is. */
  readonly party: string
  readonly definition: RegisterDefinition
  readonly ask: AskRegister
  /** Says what the codes of an answer mean; without it nobody does. */
  readonly explainCodes?: ExplainCodes | undefined
}

/**
 * Makes a source of a register that an organisation has already, served as GraphQL: the same checks as for a register
 * that this node keeps, and nothing of the data stays here.
 *
 * What goes to the register is the request written anew, narrowed to what the permit lets leave. What comes back must
 * have the form of the schema, and every record is held against the conditions that it was asked with, as far as one
 * record shows them. Conditions on the records of a list, and the order, are the register's word.
 */
export function createUpstream({ name, party, definition, ask, explainCodes }: UpstreamDeps): DataSource {
  const { served } = definition
  const reader = createQueryReader({ served, source: name })
  const forms = createFieldForms(served)
  return {
    name,
    party,
    parse: (body) => reader.read(body),
    async read(permit, request) {
      const plan = getPermittedPlan({ reader, permit, party, request })
      const { root } = plan
      if (root === undefined) return { data: plan.writer()([]), recordCount: 0, persons: [] }
      const narrowing = permit.narrowingFor({ party, ...request })
      const { isWithheld, withheld, isNarrowed } = narrowReading(request, narrowing)
      const conditions = narrowing?.where ?? []
      const forwarded = forwardQuery(plan, root, { served, forms, isWithheld, conditions })
      const { query, variables } = forwarded
      const checked = readAnswer(await ask({ query, variables }), plan, root, forwarded, { isWithheld, conditions })
      const answer = { ...checked, ...codesPart(plan, checked.data, explainCodes) }
      return withheld.length > 0 || isNarrowed
        ? { ...answer, narrowed: { paths: withheld, records: isNarrowed } }
        : answer
    },
  }
}
