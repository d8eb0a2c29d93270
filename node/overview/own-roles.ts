import {
  ledenadministratieSubjectSchema,
  type LedenadministratieSubject,
} from '../../schemas/credentials/ledenadministratie.js'
import type { Wallet } from '../credentials/wallet.js'
import type { Party } from '../identity/party.js'

/** What a membership says a party is. */
export type OwnRole = Pick<LedenadministratieSubject['organization'], 'role' | 'id' | 'id_type' | 'name'>

/**
 * The roles that the memberships in the wallet of a party say it has. Does not verify them: whoever is asked does, and a
 * membership that counts nowhere gets no answer anywhere.
 */
export async function findOwnRoles(wallet: Pick<Wallet, 'list'>, party: Party): Promise<readonly OwnRole[]> {
  const held = await wallet.list(party)
  return held.flatMap(({ type, subject }): readonly OwnRole[] => {
    if (type !== 'LedenadministratieCredential') return []
    const parsed = ledenadministratieSubjectSchema.safeParse(subject)
    return parsed.success ? [parsed.data.organization] : []
  })
}
