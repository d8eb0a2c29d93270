import type { Activation } from '../../node/discovery/activation-record.js'
import type { Listing } from '../../node/discovery/listing.js'
import type { Party } from '../../node/identity/party.js'
import { service } from './discovery-world.js'
import { createReplicaWorld, type ReplicaWorld } from './replica-world.js'

/** A node with the party `lid`, a member, that wants to be on a list. */
export interface ActivationWorld extends ReplicaWorld {
  readonly party: Party
  /** Makes a party of the node, with a membership in its wallet. */
  join(subject: string, claims?: Record<string, unknown>): Promise<Party>
  activate(parameters?: Readonly<Record<string, string>>, subject?: string): Promise<void>
  deactivate(): Promise<void>
  renewDue(): Promise<void>
  activation(subject?: string): Promise<Activation | undefined>
  /** How often something was sent to the list. */
  posts(): number
  /** Numbers of what is on the list. */
  entries(): Promise<readonly string[]>
  /** Who is found at the node after a look at the list. */
  listings(): Promise<readonly Listing[]>
  /** The next request waits at the server until it is let go. */
  holdNextRequest(): { readonly arrived: Promise<void>; readonly release: () => void }
}

export async function createActivationWorld(): Promise<ActivationWorld> {
  const world = await createReplicaWorld()
  const join = async (subject: string, claims: Record<string, unknown> = {}): Promise<Party> => {
    const { parties, wallet } = world.client.node
    const party = await parties.create({ subject })
    await wallet.add(party, world.list.membership(party.did, claims))
    return party
  }
  const party = await join('lid')
  // Not a copy: the client of the world may be replaced.
  return Object.assign(world, {
    party,
    join,
    activate: (parameters: Readonly<Record<string, string>> = {}, subject = 'lid') =>
      world.client.activations.activate(service, subject, parameters),
    deactivate: () => world.client.activations.deactivate(service, 'lid'),
    renewDue: () => world.client.activations.renewDue(),
    activation: (subject = 'lid') => world.client.activations.find(service, subject),
    posts: () => world.seen().filter((request) => request.startsWith('POST')).length,
    entries: async () => Object.keys((await world.list.page()).entries),
    async listings() {
      await world.client.sync.run(service)
      return (await world.client.search(service, {})).listings
    },
    holdNextRequest() {
      let arrive = (): void => {}
      let release = (): void => {}
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve
      })
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      world.script.push(async () => {
        arrive()
        await held
        return undefined
      })
      return { arrived, release: () => release() }
    },
  })
}
