import { createFixedClock } from '../../../../node/kernel/clock.js'
import { parseRegisterDefinition } from '../../../../node/sources/register/definition.js'
import { createRegister } from '../../../../node/sources/register/register.js'
import type { Register } from '../../../../node/sources/register/register.js'
import type { Answer } from '../../../../node/sources/data-source.js'
import type { Store } from '../../../../node/stores/contracts.js'
import { createMemoryStore } from '../../../../node/stores/memory.js'
import { permitFor } from '../../../support/permits.js'

const sdl = `
  scalar UUID
  type Query { dossier(where: DossierFilter): [Dossier!]! stuk: [Stuk!]! }
  type Dossier { id: UUID! kantoor: String plaats: String }
  type Stuk { nummer: String! }
  input DossierFilter { id: UuidFilter kantoor: TextFilter plaats: TextFilter }
  input UuidFilter { eq: UUID }
  input TextFilter { eq: String }
`

export const exampleDefinition = parseRegisterDefinition(
  {
    sdl: 'dossier-1.graphql',
    types: {
      Dossier: { root: 'dossier', key: 'id', indexes: ['kantoor'] },
      Stuk: { root: 'stuk', key: 'nummer' },
    },
  },
  () => sdl,
)

export function createExampleStore(): Store {
  return createMemoryStore({ clock: createFixedClock(0) })
}

export function createExampleRegister(store: Store, place: { name?: string; party?: string } = {}): Register {
  const { name = 'dossiers', party = 'ciz' } = place
  return createRegister({ name, party, definition: exampleDefinition, store })
}

/** The id of the record with this number. */
export function idOf(number: number): string {
  return `53089759-97a5-4a50-b1c9-${String(number).padStart(12, '0')}`
}

/** Reads with a permit for exactly what is asked. */
export async function ask(register: Register, query: string, variables: unknown = {}): Promise<Answer> {
  const request = register.parse({ query, variables })
  return register.read(permitFor(request, { party: register.party }), request)
}
