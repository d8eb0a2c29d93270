import { createReadOwn } from '../../node/access/read-own.js'
import { NodeError } from '../../node/kernel/errors.js'
import { silentLog } from '../../node/kernel/log.js'
import { createAbonnementFields } from '../../node/notifications/abonnement/abonnement-fields.js'
import type { BronhouderCall } from '../../node/notifications/abonnement/call-bronhouder.js'
import { createActAtBronhouder } from '../../node/notifications/abonnement/act-at-bronhouder.js'
import { createCarryOut } from '../../node/notifications/abonnement/carry-out.js'
import { createFollowCases } from '../../node/notifications/abonnement/follow-cases.js'
import { createNoticeChangedCases } from '../../node/notifications/abonnement/notice-changed-cases.js'
import { createOwnCases, type OwnCases } from '../../node/notifications/abonnement/own-cases.js'
import { createOwnAbonnementDesk, type OwnAbonnementDesk } from '../../node/notifications/abonnement/own-desk.js'
import {
  createOwnNames,
  ownAbonnementen,
  type OwnAbonnement,
  type OwnNames,
} from '../../node/notifications/abonnement/own-records.js'
import type { Wish } from '../../node/notifications/abonnement/own-wishes.js'
import { idTypeOf, type MessageParty } from '../../schemas/wire/notification.js'
import { createNetwerkpunt, type NetwerkpuntCall } from '../../node/notifications/netwerkpunt.js'
import { startTrace } from '../../node/kernel/trace.js'
import type { Operation } from '../../node/stores/contracts.js'
import { readAll } from '../../node/stores/read-all.js'
import { event, openAbonnementWorld, type AbonnementWorld } from './abonnement-world.js'
import { gemeente, openGemeenteRegister, toewijzingen, type GemeenteRegister } from './gemeente-register.js'
import { createDumpableStore, createNodeParts, moment } from './node-parts.js'
import { createFixedClock } from '../../node/kernel/clock.js'

export const ciz = 'did:web:ciz.example.nl'

/** A gemeente that follows its cases at CIZ, each with a store of its own; nothing between them but calls. */
export interface FollowWorld {
  readonly register: GemeenteRegister
  readonly bronhouder: AbonnementWorld
  readonly ownCases: OwnCases
  readonly names: OwnNames
  readonly desk: OwnAbonnementDesk
  /** What goes wrong with the calls that follow; nothing when `undefined`. */
  breakWith(code: 'outbound.failed' | 'notification.abonnement_refused' | undefined): void
  /** What happens at the gemeente while the bronhouder answers the next call. */
  meanwhile(happens: () => Promise<unknown>): void
  /** Takes the bronhouder off the list; it can still be reached. */
  unlist(): void
  /** Whether the gemeente holds its membership; it does until told otherwise. */
  holdMembership(held: boolean): void
  /** Every call that was made, without the variables of persons. */
  readonly calls: readonly string[]
  /** Looks at what changed, and does what there is to do. */
  round(): Promise<void>
  /** The same, with other eyes for the own cases. */
  roundWith(others: OwnCases): Promise<void>
  /** As on a new day and at the start. */
  newDay(): Promise<void>
  /** The same, with other eyes for the own cases. */
  newDayWith(others: OwnCases): Promise<void>
  /** Starts the same node again with other settings, and does what there is to do. */
  restartWith(wishes: readonly Wish[]): Promise<void>
  own(): Promise<readonly OwnAbonnement[]>
  /** Who hears at the bronhouder that something changed for this person. */
  heard(bsn: string): Promise<readonly string[]>
  /** Moves both clocks. */
  move(seconds: number): void
  /** Everything in the store of the gemeente as text. */
  dump(): Promise<string>
}

const cases = { party: gemeente, source: toewijzingen, domein: 'WMO' } as const
export const usualWish: Wish = { party: gemeente, bronhouder: 'ciz', eventType: event, doel: 'WMO_UITVOERING', cases }

export async function openFollowWorld(wishes: readonly Wish[] = [usualWish]): Promise<FollowWorld> {
  const clock = createFixedClock(moment)
  const { store, dump } = createDumpableStore(clock)
  const node = createNodeParts({
    clock,
    store,
    trust: { LedenadministratieCredential: ['did:web:stelsel.example.nl'] },
  })
  const notice = createNoticeChangedCases({
    clock,
    isFollowed: ({ schema }) => schema === 'toewijzingsregister-1',
  })
  const register = await openGemeenteRegister({ node, onChange: [notice] })
  const { servedSources } = register
  const bronhouder = openAbonnementWorld()
  const netwerkpunt = createNetwerkpunt(createAbonnementFields(bronhouder.desk))
  const calls: string[] = []
  let broken: 'outbound.failed' | 'notification.abonnement_refused' | undefined

  let happening: (() => Promise<unknown>) | undefined

  /** As discovery lists it, or not at all. */
  let organization: MessageParty | undefined = { idType: 'KVK', id: '62253778' }

  async function callBronhouder({ membership, query, variables }: BronhouderCall) {
    const { field, run } = netwerkpunt.parse({ query, variables })
    calls.push(field.name)
    if (broken !== undefined) throw new NodeError(broken)
    const kind = Object.entries(idTypeOf).find(([, idType]) => idType === membership.idType)?.[0]
    const claims = {
      organization_role: membership.role,
      organization_id_type: kind,
      organization_id: membership.id,
    }
    // What a grant says is all that a field looks at.
    const grant = {
      record: { requester: 'did:web:gemeente.example.nl', claims },
    } as unknown as NetwerkpuntCall['grant']
    const data = JSON.parse(await run({ party: 'ciz', grant, trace: startTrace() })) as Record<string, unknown>
    await happening?.()
    happening = undefined
    return { did: ciz, organization, data }
  }

  const ownCases = createOwnCases({ clock, servedSources, readOwn: createReadOwn({ ...node, servedSources }) })
  const parts = { ...node, log: silentLog, rules: bronhouder.rules, servedSources, ownCases }
  const names = createOwnNames(Buffer.alloc(32, 9))
  const follow = createFollowCases({ ...parts, names, wishes })
  const membership = { name: 'Gemeente Noord', role: 'gemeente', idType: 'GEMEENTECODE', id: '9998' } as const
  let isMember = true
  const findMemberships = async () => (isMember ? [membership] : [])
  const act = createActAtBronhouder({ ...parts, names, callBronhouder, findMemberships })
  const carryOut = createCarryOut({ ...parts, act })
  const lease = {
    signal: new AbortController().signal,
    write: (operations: readonly Operation[]) => store.write(operations),
  }
  return {
    register,
    bronhouder,
    ownCases,
    names,
    desk: createOwnAbonnementDesk({ ...parts, names }),
    calls,
    breakWith(code) {
      broken = code
    },
    meanwhile(happens) {
      happening = happens
    },
    unlist() {
      organization = undefined
    },
    holdMembership(held) {
      isMember = held
    },
    async round() {
      await follow.lookAtChanged(lease)
      await carryOut(lease)
    },
    async roundWith(others) {
      await createFollowCases({ ...parts, names, wishes, ownCases: others }).lookAtChanged(lease)
      await carryOut(lease)
    },
    async newDay() {
      await follow.goThroughAll(lease)
      await carryOut(lease)
    },
    async newDayWith(others) {
      await createFollowCases({ ...parts, names, wishes, ownCases: others }).goThroughAll(lease)
      await carryOut(lease)
    },
    async restartWith(others) {
      await createFollowCases({ ...parts, names, wishes: others }).goThroughAll(lease)
      await carryOut(lease)
    },
    own: async () => (await readAll(store.records, ownAbonnementen)).map(({ value }) => value),
    heard: async (bsn) =>
      (await bronhouder.match({ party: 'ciz', eventType: event, bsn })).map(({ abonnementID }) => abonnementID),
    move(seconds) {
      clock.move(seconds)
      bronhouder.node.clock.move(seconds)
    },
    dump,
  }
}
