import { loadRegisterDefinition } from '../../node/sources/register/definition.js'
import { createUpstream } from '../../node/sources/upstream/upstream.js'
import { regionRows } from '../support/region-rows.js'
import { createOracle } from '../unit/sources/register/oracle.js'
import { describeDataSource } from './data-source.js'

const definition = loadRegisterDefinition('bemiddelingsregister-1')
const rows = regionRows('bemiddelingsregister', { seed: 4, persons: 10 })
const [first, second] = rows['Bemiddelingspecificatie'] ?? []

const ask = (row: Readonly<Record<string, unknown>> | undefined): unknown => ({
  query: `query ($id: UUID!, $instelling: String!) {
    bemiddelingspecificatie(where: { bemiddelingspecificatieID: { eq: $id }, instelling: { eq: $instelling } }) {
      bemiddelingspecificatieID bemiddeling { bemiddelingID client { bsn } } zzpCode
    }
  }`,
  variables: { id: row?.['bemiddelingspecificatieID'], instelling: row?.['instelling'] },
})

describeDataSource('a register elsewhere', () => {
  let reads = 0
  const answer = createOracle(definition.schema, rows)
  const source = createUpstream({
    name: 'bemiddelingen',
    party: 'ciz',
    definition,
    ask({ query, variables }) {
      reads += 1
      return Promise.resolve(answer(query, variables))
    },
  })
  return Promise.resolve({ source, body: ask(first), otherBody: ask(second), reads: () => reads })
})
