import {
  createAbonnementDesk,
  type AbonnementCaller,
  type AbonnementDesk,
} from '../../node/notifications/abonnement/abonnement-desk.js'
import { createAbonnementNames } from '../../node/notifications/abonnement/abonnement-records.js'
import { loadAbonnementRules, type AbonnementRules } from '../../node/notifications/abonnement/abonnement-rules.js'
import {
  createMatchAbonnementen,
  type MatchAbonnementen,
} from '../../node/notifications/abonnement/match-abonnementen.js'
import { createFixedClock } from '../../node/kernel/clock.js'
import { startTrace } from '../../node/kernel/trace.js'
import { loadEventTypes } from '../../node/policy/event-types.js'
import type { Operation, Store } from '../../node/stores/contracts.js'
import { countReads } from './count-reads.js'
import { createDumpableStore, createNodeParts, moment, type NodeParts } from './node-parts.js'

export const wmo = 'https://wetten.overheid.nl/jci1.3:c:BWBR0035362&artikel=2.3.5'
export const jeugdwet = 'https://wetten.overheid.nl/jci1.3:c:BWBR0034925&artikel=1.2'
export const wlz = 'https://wetten.overheid.nl/jci1.3:c:BWBR0035917&artikel=3.2.5'
export const event = 'NIEUWE_INDICATIE_GEMEENTE'

/** A bronhouder, as far as abonnementen go. */
export interface AbonnementWorld {
  readonly node: NodeParts
  readonly desk: AbonnementDesk
  readonly match: MatchAbonnementen
  readonly rules: AbonnementRules
  /** Everything in the store as text. */
  dump(): Promise<string>
  /** What the store was asked since the last time: how many reads, and each write by the kinds of its operations. */
  takeWork(): { readonly reads: number; readonly writes: readonly string[] }
}

export function openAbonnementWorld(
  options: { readonly store?: Store; readonly sandbox?: boolean; readonly maxPerAbonnee?: number } = {},
): AbonnementWorld {
  const clock = createFixedClock(moment)
  const dumpable = createDumpableStore(clock)
  const counted = countReads(options.store ?? dumpable.store)
  let writes: string[] = []
  const store: Store = {
    ...counted.store,
    write(operations: readonly Operation[]) {
      writes.push(operations.map((each) => `${each.kind}${'collection' in each ? ` ${each.collection}` : ''}`).join())
      return counted.store.write(operations)
    },
  }
  const node = createNodeParts({
    clock,
    store,
    trust: { LedenadministratieCredential: ['did:web:stelsel.example.nl'] },
  })
  const rules = loadAbonnementRules(loadEventTypes({ sandbox: options.sandbox ?? false }))
  const names = createAbonnementNames(Buffer.alloc(32, 7))
  return {
    node,
    rules,
    desk: createAbonnementDesk({ ...node, names, rules, maxPerAbonnee: () => options.maxPerAbonnee ?? 100 }),
    match: createMatchAbonnementen({ ...node, names, rules }),
    dump: () => dumpable.dump(),
    takeWork() {
      const work = { reads: counted.reads(), writes }
      counted.forget()
      writes = []
      return work
    },
  }
}

/** Gemeente Noord of the demonstration, or another with this number, in this role. */
export function callerOf(id = '9998', role = 'gemeente'): AbonnementCaller {
  return {
    party: 'ciz',
    abonnee: { idType: 'GEMEENTECODE', id, role },
    did: `did:web:gemeente-${id}.example.nl`,
    trace: startTrace(),
  }
}

/** The input of `createAbonnement` for a person, for `callerOf()`. */
export function following(
  bsn: string,
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    notificatieTypeID: event,
    abonneeIDType: 'GEMEENTECODE',
    abonneeID: '9998',
    doel: 'WMO_UITVOERING',
    grondslag: wmo,
    volgindicatie: { bsn },
    ...changes,
  }
}
