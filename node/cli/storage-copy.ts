import { systemClock } from '../kernel/clock.js'
import type { OpenedStore, Snapshot } from '../stores/contents.js'
import { fillStore } from '../stores/filling.js'
import { CommandFailure, type Command, type Terminal } from './command.js'
import { exitStatus } from './exit-status.js'
import { createProgress } from './progress.js'
import {
  describeTotals,
  fromStoreOption,
  isSamePlace,
  storeUrlOf,
  toStoreOption,
  withSnapshot,
  withStore,
  type OpenStoreAt,
} from './store-options.js'

/** `bronnet storage copy`: everything of one store into another, which need not be of the same kind. */
export function storageCopyCommand({ openStoreAt }: { readonly openStoreAt: OpenStoreAt }): Command {
  return {
    name: 'storage copy',
    summary: 'copy a store to another place, of the same kind or the other; stop the node first',
    options: [fromStoreOption, toStoreOption],
    examples: ['bronnet storage copy --from level:./data --to postgresql://bronnet@db.internal/bronnet'],
    async run(given, terminal) {
      const [from, to] = [storeUrlOf(given, 'from'), storeUrlOf(given, 'to')]
      if (isSamePlace(from, to)) {
        throw new CommandFailure(exitStatus.usage, ['--from and --to name the same place'])
      }
      const source = openStoreAt(from, { named: '--from', options: { mustExist: true, alone: true } })
      return withStore(source, (opened) =>
        withSnapshot(opened, (snapshot) => {
          const target = openStoreAt(to, { named: '--to', options: { alone: true } })
          return withStore(target, (filled) => copy(snapshot, filled, terminal))
        }),
      )
    },
  }
}

async function copy(source: Snapshot, target: OpenedStore, terminal: Terminal): Promise<number> {
  const onProgress = createProgress({ terminal, clock: systemClock, verb: 'copied', total: await source.count() })
  const totals = await fillStore({ kind: 'copy', source, target, onProgress })
  terminal.say(`The copy is complete and verified: ${describeTotals(totals)}.`)
  return exitStatus.good
}
