import { createRegistryClient } from '../../registry-client/client.js'
import { discoveryService, stelselbeheerderName } from '../demo/participants.js'
import type { Member, World } from '../demo/world.js'

/** A party as the others know it: from its listing, which it signed and they verified. */
export interface PictureParty {
  readonly name: string
  readonly role: string
  /** Names of the sources in its listing. */
  readonly serves: readonly string[]
}

/** What a bronhouder answered to one party, from its journal. */
export interface PictureRead {
  readonly requester: string
  /** Rules by which reads were let in; each once. */
  readonly permitted: readonly string[]
  /** Whether a read was refused too. */
  readonly refused: boolean
}

/** What the picture shows. */
export interface NetworkFacts {
  readonly issuer: PictureParty
  readonly parties: readonly PictureParty[]
  /** The bronhouder that was asked most. */
  readonly bronhouder: string
  readonly reads: readonly PictureRead[]
}

/** Reads them from a network that played its story: the list as one node has it, and the journals of all. */
export async function readNetworkFacts(world: World): Promise<NetworkFacts> {
  const issuerName = world.member(stelselbeheerderName).organization.name
  const reader = world.member('ciz')
  const { parties: listed } = await createRegistryClient({
    nodeUrl: reader.internalUrl,
    subject: reader.name,
  }).discover.listings(discoveryService)
  const sources = new Set(world.members.flatMap((member) => Object.keys(member.sources)))
  const parties = listed
    .map(({ fields, parameters }) => ({
      name: String(fields['organization_name']),
      role: String(fields['organization_role']),
      serves: Object.keys(parameters)
        .filter((name) => sources.has(name))
        .sort(),
    }))
    .sort((one, other) => one.name.localeCompare(other.name, 'nl'))
  const journals = await Promise.all(world.members.map(async (member) => ({ member, reads: await readsAt(member) })))
  const [most] = [...journals].sort((one, other) => other.reads.length - one.reads.length)
  const issuer = parties.find(({ name }) => name === issuerName)
  if (issuer === undefined || most === undefined) throw new Error('the network is not whole')
  return {
    issuer,
    parties: parties.filter(({ name }) => name !== issuerName),
    bronhouder: most.member.organization.name,
    reads: most.reads,
  }
}

async function readsAt({ administrator }: Member): Promise<readonly PictureRead[]> {
  const decided = (await administrator.journal(0)).flatMap(({ event }) =>
    event.code === 'read.decided' ? [{ ...event, requester: event.actor?.organization ?? '' }] : [],
  )
  const requesters = [...new Set(decided.map(({ requester }) => requester))]
  return requesters
    .map((requester) => {
      const own = decided.filter((event) => event.requester === requester)
      const permitted = own.flatMap(({ outcome, rule }) => (outcome === 'success' && rule !== undefined ? [rule] : []))
      return {
        requester,
        permitted: [...new Set(permitted)].sort(),
        refused: own.some(({ outcome }) => outcome === 'refused'),
      }
    })
    .sort((one, other) => one.requester.localeCompare(other.requester, 'nl'))
}
